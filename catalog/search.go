package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// Search returns entries whose name holds query, in any case, in the order they were made. A page may hold fewer than
// limit and still have a next: what lies in the trash is left out.
func (t *Tree) Search(ctx context.Context, query, after string, limit int) (Page, error) {
	last, err := int64(0), error(nil)
	if after != "" {
		if last, err = strconv.ParseInt(after, 10, 64); err != nil || last <= 0 {
			return Page{}, fmt.Errorf("%w: %q", ErrCursor, clip(after))
		}
	}
	limit = pageLimit(limit)
	db := t.catalog.db.Read()
	pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(fold(query)) + "%"
	rows, err := db.QueryContext(ctx, "SELECT "+entryColumns+` FROM entries e WHERE e.space_id = ? AND e.id > ? AND e.id <> ?
		AND e.name_fold LIKE ? ESCAPE '!' ORDER BY e.id LIMIT ?`, t.space, last, t.root, pattern, limit)
	if err != nil {
		return Page{}, fmt.Errorf("catalog: search: %w", err)
	}
	hits, err := collect(rows, func(e *Entry) error { return e.scan(rows) })
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(hits) == limit {
		page.Next = strconv.FormatInt(hits[limit-1].ID, 10)
	}
	page.Entries, err = t.placed(ctx, db, hits)
	return page, err
}

// placed returns the entries that are not in the trash, with their paths.
func (t *Tree) placed(ctx context.Context, idb bun.IDB, entries []Entry) ([]Entry, error) {
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	paths, err := t.paths(ctx, idb, ids)
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

// paths climbs from entries to the root. Those that do not get there, because they are in the trash, have no path.
func (t *Tree) paths(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]string, error) {
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
		SELECT start, id, name FROM up ORDER BY start, level DESC`, bun.In(slices.Compact(slices.Sorted(slices.Values(ids)))))
	if err != nil {
		return nil, fmt.Errorf("catalog: find paths: %w", err)
	}
	steps, err := collect(rows, func(s *step) error { return rows.Scan(&s.from, &s.id, &s.name) })
	if err != nil {
		return nil, err
	}
	for i, s := range steps {
		top := i == 0 || steps[i-1].from != s.from
		above, alive := paths[s.from]
		switch {
		case top && s.id == t.root:
			paths[s.from] = "/"
		case top || !alive:
		default:
			paths[s.from] = strings.TrimSuffix(above, "/") + "/" + s.name
		}
	}
	return paths, nil
}
