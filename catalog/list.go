package catalog

import (
	"context"

	"github.com/melissiproject/hive/catalog/internal/listing"
)

// What a list is asked for, and a part of it.
type (
	// Sort is the order of a list. Folders always come before files.
	Sort = listing.Sort
	// ListOptions say which part of a folder to list.
	ListOptions = listing.Options
	// Page is a part of a list.
	Page = listing.Page
)

// Orders of a list.
const (
	SortName  = listing.SortName
	SortSize  = listing.SortSize
	SortMTime = listing.SortMTime
)

// MaxLimit is the most entries of one page; a limit of 0 means this.
const MaxLimit = listing.MaxLimit

// List returns a page of the folder at path. Entries that come and go between two pages neither repeat nor hide others.
func (t *Tree) List(ctx context.Context, path Path, opts ListOptions) (page Page, err error) {
	cur, err := listing.Parse(opts)
	if err != nil {
		return Page{}, err
	}
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		page, err = list(ctx, t, path, cur, listing.Limit(opts.Limit))
		return err
	})
	return page, err
}

func list(ctx context.Context, t *Tree, path Path, cur listing.Cursor, limit int) (Page, error) {
	folder, err := t.space.Folder(ctx, t.space.Read(), path)
	if err != nil {
		return Page{}, err
	}
	page, err := listing.List(ctx, t.space, folder.ID, cur, limit)
	if err != nil {
		return Page{}, err
	}
	for i := range page.Entries {
		page.Entries[i].Path = t.place(path.Child(page.Entries[i].Name).String())
	}
	return page, decorate(ctx, t, t.space.Read(), page.Entries)
}
