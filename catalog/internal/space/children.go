package space

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// PageSize is how many entries of a folder one query reads.
const PageSize = 500

// Children lists a folder in the bytewise order of names, without paths. It reads page by page.
func (s *Space) Children(ctx context.Context, folder int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for last := ""; ; {
			page, err := s.ChildPage(ctx, folder, last)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < PageSize {
				return
			}
			last = page[len(page)-1].Name
		}
	}
}

// ChildPage returns up to PageSize entries of a folder with names above after.
func (s *Space) ChildPage(ctx context.Context, folder int64, after string) ([]Entry, error) {
	rows, err := s.Read().QueryContext(ctx, "SELECT "+EntryColumns+` FROM entries e WHERE e.parent_id = ? AND e.name > ?
		ORDER BY e.name LIMIT ?`, folder, after, PageSize)
	if err != nil {
		return nil, fmt.Errorf("catalog: list folder: %w", err)
	}
	return Collect(rows, func(e *Entry) error { return e.Scan(rows) })
}

// Paths climbs from entries to the root. Those that do not get there, because they are in the trash, have no path.
func (s *Space) Paths(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]string, error) {
	type step struct {
		from, id int64
		name     string
	}
	paths := make(map[int64]string, len(ids))
	if len(ids) == 0 {
		return paths, nil
	}
	rows, err := idb.QueryContext(ctx, `WITH RECURSIVE up (start, id, parent, name, level) AS (
		SELECT e.id, e.id, e.parent_id, e.name, 0 FROM entries e WHERE e.id IN (?)
		UNION ALL SELECT up.start, e.id, e.parent_id, e.name, up.level + 1 FROM up JOIN entries e ON e.id = up.parent)
		SELECT start, id, name FROM up ORDER BY start, level DESC`, bun.List(slices.Compact(slices.Sorted(slices.Values(ids)))))
	if err != nil {
		return nil, fmt.Errorf("catalog: find paths: %w", err)
	}
	steps, err := Collect(rows, func(p *step) error { return rows.Scan(&p.from, &p.id, &p.name) })
	if err != nil {
		return nil, err
	}
	for i, p := range steps {
		top := i == 0 || steps[i-1].from != p.from
		above, alive := paths[p.from]
		switch {
		case top && p.id == s.Root:
			paths[p.from] = "/"
		case top || !alive:
		default:
			paths[p.from] = strings.TrimSuffix(above, "/") + "/" + p.name
		}
	}
	return paths, nil
}
