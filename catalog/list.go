package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Sort is the order of a list. Folders always come before files.
type Sort string

// Orders of a list. Names are compared without case; folders have no size and then go by name.
const (
	SortName  Sort = "name"
	SortSize  Sort = "size"
	SortMTime Sort = "mtime"
)

// MaxLimit is the most entries of one page; a limit of 0 means this.
const MaxLimit = 1000

// ListOptions say which part of a folder to list.
type ListOptions struct {
	Sort  Sort // SortName when empty
	Desc  bool
	After string // Page.Next of the page before; "" for the first
	Limit int
}

// Page is a part of a list.
type Page struct {
	Entries []Entry
	Next    string // cursor of the next page, "" at the end
}

// List returns a page of the folder at path. Entries that come and go between two pages neither repeat nor hide others.
func (t *Tree) List(ctx context.Context, path Path, opts ListOptions) (page Page, err error) {
	cur, err := parseCursor(opts)
	if err != nil {
		return Page{}, err
	}
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		page, err = list(ctx, t, path, cur, pageLimit(opts.Limit))
		return err
	})
	return page, err
}

func list(ctx context.Context, t *Tree, path Path, cur cursor, limit int) (Page, error) {
	folder, err := t.space.Folder(ctx, t.space.Read(), path)
	if err != nil {
		return Page{}, err
	}
	entries, err := listKinds(ctx, t.space, folder.ID, cur, limit+1)
	if err != nil {
		return Page{}, err
	}
	page := Page{Entries: entries}
	if len(entries) > limit {
		page = Page{Entries: entries[:limit], Next: cur.at(entries[limit-1]).String()}
	}
	for i := range page.Entries {
		page.Entries[i].Path = t.place(path.Child(page.Entries[i].Name).String())
	}
	return page, decorate(ctx, t, t.space.Read(), page.Entries)
}

func pageLimit(limit int) int {
	if limit <= 0 || limit > MaxLimit {
		return MaxLimit
	}
	return limit
}

// listKinds lists folders, then files, each in the order of an index.
func listKinds(ctx context.Context, s *space.Space, folder int64, cur cursor, limit int) ([]Entry, error) {
	var entries []Entry
	if cur.Kind == KindFolder.Number() {
		var err error
		if entries, err = listKind(ctx, s, folder, cur, limit); err != nil || len(entries) == limit {
			return entries, err
		}
		cur = cursor{Sort: cur.Sort, Desc: cur.Desc, Kind: KindFile.Number()}
	}
	files, err := listKind(ctx, s, folder, cur, limit-len(entries))
	return append(entries, files...), err
}

// listKind lists entries of one kind after the cursor: first those that have the same key, then the others. Each is one
// piece of an index, in which every database starts in the middle, however many keys are equal.
func listKind(ctx context.Context, s *space.Space, folder int64, cur cursor, limit int) ([]Entry, error) {
	column, past := cur.column(), ">"
	if cur.Desc {
		past = "<"
	}
	if cur.ID == 0 {
		return listPiece(ctx, s, folder, cur, limit, "")
	}
	same, err := listPiece(ctx, s, folder, cur, limit, fmt.Sprintf(" AND e.%s = ? AND e.id %s ?", column, past), cur.key(), cur.ID)
	if err != nil || len(same) == limit {
		return same, err
	}
	others, err := listPiece(ctx, s, folder, cur, limit-len(same), fmt.Sprintf(" AND e.%s %s ?", column, past), cur.key())
	return append(same, others...), err
}

// listPiece lists the entries of the cursor's kind for which the condition holds.
func listPiece(ctx context.Context, s *space.Space, folder int64, cur cursor, limit int, condition string, args ...any) ([]Entry, error) {
	order := "ASC"
	if cur.Desc {
		order = "DESC"
	}
	query := "SELECT " + space.EntryColumns + " FROM entries e" + s.Force("entries_by_"+strings.TrimSuffix(cur.column(), "_fold")) +
		" WHERE e.parent_id = ? AND e.kind = ?" + s.Hidden() + condition + fmt.Sprintf(" ORDER BY e.%s %s, e.id %s LIMIT ?", cur.column(), order, order)
	rows, err := s.Read().QueryContext(ctx, query, append(append([]any{folder, cur.Kind}, args...), limit)...)
	if err != nil {
		return nil, fmt.Errorf("catalog: list: %w", err)
	}
	return space.Collect(rows, func(e *Entry) error { return e.Scan(rows) })
}

// column is the one that orders the entries of the cursor's kind.
func (c cursor) column() string {
	switch {
	case c.Sort == SortMTime:
		return "mtime"
	case c.Sort == SortSize && c.Kind == KindFile.Number():
		return "size"
	}
	return "name_fold"
}

// key is the cursor's value in its column.
func (c cursor) key() any {
	if c.column() == "name_fold" {
		return c.Name
	}
	return c.Number
}

// at is the cursor that stands at e.
func (c cursor) at(e Entry) cursor {
	next := cursor{Sort: c.Sort, Desc: c.Desc, Kind: e.Kind.Number(), ID: e.ID}
	switch next.column() {
	case "mtime":
		next.Number = database.At(e.MTime).UnixNano()
	case "size":
		next.Number = e.Size
	default:
		next.Name = names.Fold(e.Name)
	}
	return next
}
