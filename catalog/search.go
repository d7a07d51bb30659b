package catalog

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/melissiproject/hive/catalog/internal/listing"
	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// Search returns entries whose name holds query, in any case, in the order they were made: first those of the home, then
// those of each mount. A page may hold fewer than limit and still have a next: what lies in the user's own trash is left out.
func (t *Tree) Search(ctx context.Context, query, after string, limit int) (Page, error) {
	mount, last, err := listing.Place(after)
	if err != nil {
		return Page{}, err
	}
	limit = listing.Limit(limit)
	pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(names.Fold(query)) + "%"
	var page Page
	if mount == 0 {
		if page, err = searchIn(ctx, t, pattern, last, limit); err != nil || page.Next != "" {
			return page, err
		}
		last = 0
	}
	behind, numbers, err := mounted(ctx, t, max(mount-1, 0))
	for i := 0; i < len(behind) && err == nil; i++ {
		room := limit - len(page.Entries)
		if room == 0 { // the mount begins the next page
			page.Next = fmt.Sprintf("%d.0", numbers[i])
			break
		}
		if numbers[i] != mount {
			last = 0
		}
		var more Page
		if more, err = searchIn(ctx, behind[i], pattern, last, room); err == nil {
			page.Entries = append(page.Entries, more.Entries...)
		}
		if more.Next != "" {
			page.Next = fmt.Sprintf("%d.%s", numbers[i], more.Next)
			break
		}
	}
	return page, err
}

// Queries of a search: of a space and, through a mount, of its folder alone. So neither a page nor the time that it takes tells what
// else there is, in the trash too.
const (
	inSpace  = "SELECT " + space.EntryColumns + " FROM entries e WHERE e.space_id = ? AND e.parent_id IS NOT NULL"
	inFolder = `WITH RECURSIVE down (id) AS (SELECT e.id FROM entries e WHERE e.id = ?
		UNION ALL SELECT e.id FROM down JOIN entries e ON e.parent_id = down.id AND e.kind = 0)
		SELECT ` + space.EntryColumns + " FROM down CROSS JOIN entries e WHERE e.parent_id = down.id" + space.NoMounts
)

// searchIn searches one space. Next is the number of the last entry.
func searchIn(ctx context.Context, t *Tree, pattern string, last int64, limit int) (Page, error) {
	query, top := inSpace, t.space.ID
	if t.prefix != "" {
		query, top = inFolder, t.space.Root
	}
	rows, err := t.space.Read().QueryContext(ctx, query+" AND e.id > ? AND e.name_fold LIKE ? ESCAPE '!' ORDER BY e.id LIMIT ?",
		top, last, pattern, limit)
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
	page.Entries, err = placed(ctx, t, hits)
	return page, err
}

// placed returns the entries that are not in the trash, as their user sees them.
func placed(ctx context.Context, t *Tree, entries []Entry) ([]Entry, error) {
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	paths, err := t.space.Paths(ctx, t.space.Read(), ids)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range entries {
		if path, there := paths[e.ID]; there {
			e.Path = t.place(path)
			out = append(out, e)
		}
	}
	return out, decorate(ctx, t, t.space.Read(), out)
}
