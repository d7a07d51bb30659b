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
// those of each mount. A page may hold fewer than limit and still have a next: what lies in the trash is left out.
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

// searchIn searches one space. Next is the number of the last entry.
func searchIn(ctx context.Context, t *Tree, pattern string, last int64, limit int) (Page, error) {
	rows, err := t.space.Read().QueryContext(ctx, "SELECT "+space.EntryColumns+` FROM entries e WHERE e.space_id = ? AND e.id > ?
		AND e.id <> ?`+t.space.Hidden()+" AND e.name_fold LIKE ? ESCAPE '!' ORDER BY e.id LIMIT ?",
		t.space.ID, last, t.space.Root, pattern, limit)
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
