package catalog

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Search returns entries whose name holds query, in any case, in the order they were made. A page may hold fewer than
// limit and still have a next: what lies in the trash is left out.
func (t *Tree) Search(ctx context.Context, query, after string, limit int) (Page, error) {
	var last int64
	if after != "" {
		var err error
		if last, err = strconv.ParseInt(after, 10, 64); err != nil || last <= 0 {
			return Page{}, fmt.Errorf("%w: %q", ErrCursor, space.Clip(after))
		}
	}
	limit = pageLimit(limit)
	db := t.space.Read()
	pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(space.Fold(query)) + "%"
	rows, err := db.QueryContext(ctx, "SELECT "+space.EntryColumns+` FROM entries e WHERE e.space_id = ? AND e.id > ? AND e.id <> ?
		AND e.name_fold LIKE ? ESCAPE '!' ORDER BY e.id LIMIT ?`, t.space.ID, last, t.space.Root, pattern, limit)
	if err != nil {
		return Page{}, fmt.Errorf("catalog: search: %w", err)
	}
	hits, err := space.Collect(rows, func(e *Entry) error { return e.Scan(rows) })
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(hits) == limit {
		page.Next = strconv.FormatInt(hits[limit-1].ID, 10)
	}
	page.Entries, err = placed(ctx, t.space, hits)
	return page, err
}

// placed returns the entries that are not in the trash, with their paths.
func placed(ctx context.Context, s *space.Space, entries []Entry) ([]Entry, error) {
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	paths, err := s.Paths(ctx, s.Read(), ids)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range entries {
		var there bool
		if e.Path, there = paths[e.ID]; there {
			out = append(out, e)
		}
	}
	return out, nil
}
