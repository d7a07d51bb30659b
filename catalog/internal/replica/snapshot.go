package replica

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Snapshot is a space as it was at one change. Its entries have UIDs and no paths.
type Snapshot struct {
	Seq   int64 // the last change
	space *space.Space
	tx    bun.Tx
	page  func(ctx context.Context, folder int64, last string) ([]space.Entry, error)
}

// Touched is a name in a folder at which something changed.
type Touched struct {
	Folder int64
	Name   string
}

// Snap runs fn with the space as it is at one moment.
func Snap(ctx context.Context, t *space.Tables, id int64, fn func(ctx context.Context, s *Snapshot) error) error {
	return t.DB.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := t.Load(ctx, tx, id)
		if err != nil {
			return err
		}
		snap := &Snapshot{space: s, tx: tx, page: space.Identify(ctx, s, tx)}
		if err := tx.QueryRowContext(ctx, "SELECT seq FROM spaces WHERE id = ?", id).Scan(&snap.Seq); err != nil {
			return fmt.Errorf("catalog: snapshot: %w", err)
		}
		return fn(ctx, snap)
	})
}

// Touched lists, once each, the names at which something changed after the number after: both ends of a move. What was
// changed within a folder that came, went or moved is not in the list of that change.
func (s *Snapshot) Touched(ctx context.Context, after int64) ([]Touched, error) {
	rows, err := s.tx.QueryContext(ctx, `SELECT parent_id, path, from_parent_id, COALESCE(from_path, '') FROM changes
		WHERE space_id = ? AND seq > ? AND (parent_id <> 0 OR from_parent_id <> 0) ORDER BY seq`, s.space.ID, after)
	if err != nil {
		return nil, fmt.Errorf("catalog: changes: %w", err)
	}
	defer rows.Close()
	var list []Touched
	seen := make(map[Touched]bool)
	add := func(folder int64, path string) {
		t := Touched{folder, path[strings.LastIndexByte(path, '/')+1:]}
		if folder != 0 && !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	for rows.Next() {
		var folder, fromFolder int64
		var path, from string
		if err := rows.Scan(&folder, &path, &fromFolder, &from); err != nil {
			return nil, fmt.Errorf("catalog: changes: %w", err)
		}
		add(fromFolder, from)
		add(folder, path)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("catalog: changes: %w", err)
	}
	return list, nil
}

// Child is the entry of a name in a folder. Mounts do not show.
func (s *Snapshot) Child(ctx context.Context, folder int64, name string) (space.Entry, bool, error) {
	return s.one(ctx, "e.parent_id = ? AND e.name = ? AND e.target_id IS NULL", folder, name)
}

// Entry is the entry of a number, also one in the trash.
func (s *Snapshot) Entry(ctx context.Context, id int64) (space.Entry, bool, error) {
	return s.one(ctx, "e.id = ?", id)
}

func (s *Snapshot) one(ctx context.Context, condition string, args ...any) (space.Entry, bool, error) {
	entries, err := s.space.Identified(ctx, s.tx, condition, args...)
	if err != nil || len(entries) == 0 {
		return space.Entry{}, false, err
	}
	return entries[0], true, nil
}

// Children lists a folder in the bytewise order of names. It reads page by page. Mounts do not show.
func (s *Snapshot) Children(ctx context.Context, folder int64) iter.Seq2[space.Entry, error] {
	return func(yield func(space.Entry, error) bool) {
		for last := ""; ; {
			page, err := s.page(ctx, folder, last)
			if err != nil {
				yield(space.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < space.PageSize {
				return
			}
			last = page[len(page)-1].Name
		}
	}
}

// Ancestors are the numbers of a folder and of those above it, up to the root of the space; none where it is not in the
// tree.
func (s *Snapshot) Ancestors(ctx context.Context, id int64) ([]int64, error) {
	chains, err := s.space.Climb(ctx, s.tx, []int64{id})
	if err != nil {
		return nil, err
	}
	ids := chains[id].IDs
	up := make([]int64, 0, len(ids))
	for i := range ids {
		up = append(up, ids[len(ids)-1-i])
	}
	return up, nil
}
