// Package listing is the pages of a folder in several orders.
//
// It owns the orders, the cursors that clients give back, and the queries, each of which reads one piece of an index. It
// does not own what a path leads to.
package listing

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

// Options say which part of a folder to list.
type Options struct {
	Sort  Sort // SortName when empty
	Desc  bool
	After string // Page.Next of the page before; "" for the first
	Limit int
}

// Page is a part of a list.
type Page struct {
	Entries []space.Entry
	Next    string // cursor of the next page, "" at the end
}

// Limit is a limit that was asked for, within what one page may hold.
func Limit(limit int) int {
	if limit <= 0 || limit > MaxLimit {
		return MaxLimit
	}
	return limit
}

// List returns a page of a folder, without paths.
func List(ctx context.Context, s *space.Space, folder int64, cur Cursor, limit int) (Page, error) {
	entries, err := listKinds(ctx, s, folder, cur, limit+1)
	if err != nil || len(entries) <= limit {
		return Page{Entries: entries}, err
	}
	return Page{Entries: entries[:limit], Next: cur.at(entries[limit-1]).String()}, nil
}

// listKinds lists folders, then files, each in the order of an index.
func listKinds(ctx context.Context, s *space.Space, folder int64, cur Cursor, limit int) ([]space.Entry, error) {
	var entries []space.Entry
	if cur.Kind == space.KindFolder.Number() {
		var err error
		if entries, err = listKind(ctx, s, folder, cur, limit); err != nil || len(entries) == limit {
			return entries, err
		}
		cur = Cursor{Sort: cur.Sort, Desc: cur.Desc, Kind: space.KindFile.Number()}
	}
	files, err := listKind(ctx, s, folder, cur, limit-len(entries))
	return append(entries, files...), err
}

// listKind lists entries of one kind after the cursor: first those that have the same key, then the others. Each is one
// piece of an index, in which every database starts in the middle, however many keys are equal.
func listKind(ctx context.Context, s *space.Space, folder int64, cur Cursor, limit int) ([]space.Entry, error) {
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
func listPiece(ctx context.Context, s *space.Space, folder int64, cur Cursor, limit int, condition string, args ...any) ([]space.Entry, error) {
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
	return space.Collect(rows, func(e *space.Entry) error { return e.Scan(rows) })
}

// column is the one that orders the entries of the cursor's kind.
func (c Cursor) column() string {
	switch {
	case c.Sort == SortMTime:
		return "mtime"
	case c.Sort == SortSize && c.Kind == space.KindFile.Number():
		return "size"
	}
	return "name_fold"
}

// key is the cursor's value in its column.
func (c Cursor) key() any {
	if c.column() == "name_fold" {
		return c.Name
	}
	return c.Number
}

// at is the cursor that stands at e.
func (c Cursor) at(e space.Entry) Cursor {
	next := Cursor{Sort: c.Sort, Desc: c.Desc, Kind: e.Kind.Number(), ID: e.ID}
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
