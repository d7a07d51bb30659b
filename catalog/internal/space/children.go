package space

import (
	"context"
	"fmt"
)

// PageSize is how many entries of a folder one query reads.
const PageSize = 500

// NoMounts leaves mounts out: who sees a folder through one does not see those in it.
const NoMounts = " AND e.target_id IS NULL"

// Hidden is the condition that leaves out what does not show in this space.
func (s *Space) Hidden() string {
	if s.view != nil {
		return NoMounts
	}
	return ""
}

// ChildPage returns up to PageSize entries of a folder with names above after.
func (s *Space) ChildPage(ctx context.Context, folder int64, after string) ([]Entry, error) {
	rows, err := s.Read().QueryContext(ctx, "SELECT "+EntryColumns+" FROM entries e WHERE e.parent_id = ? AND e.name > ?"+s.Hidden()+
		" ORDER BY e.name LIMIT ?", folder, after, PageSize)
	if err != nil {
		return nil, fmt.Errorf("catalog: list folder: %w", err)
	}
	return Collect(rows, func(e *Entry) error { return e.Scan(rows) })
}
