package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
)

// walkPage is how many entries of a folder one query of a walk reads.
const walkPage = 500

// Walk returns the entry at path and all below: a folder before what it holds, names in bytewise order. It reads page by
// page, so what changes meanwhile may or may not show.
func (t *Tree) Walk(ctx context.Context, path Path) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		top, err := t.Stat(ctx, path)
		if !yield(top, err) || err != nil {
			return
		}
		t.walk(ctx, top, path, yield)
	}
}

// walk yields what is below folder, and tells whether to go on.
func (t *Tree) walk(ctx context.Context, folder Entry, path Path, yield func(Entry, error) bool) bool {
	if folder.Kind != KindFolder {
		return true
	}
	for e, err := range t.children(ctx, folder.ID) {
		if err != nil {
			yield(Entry{}, err)
			return false
		}
		below := path.child(e.Name)
		e.Path = below.String()
		if !yield(e, nil) || !t.walk(ctx, e, below, yield) {
			return false
		}
	}
	return true
}

// children lists a folder by name, without paths.
func (t *Tree) children(ctx context.Context, folder int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for last := ""; ; {
			page, err := t.childPage(ctx, t.catalog.db.Read(), folder, last)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < walkPage {
				return
			}
			last = page[len(page)-1].Name
		}
	}
}

func (t *Tree) childPage(ctx context.Context, idb bun.IDB, folder int64, after string) ([]Entry, error) {
	rows, err := idb.QueryContext(ctx, "SELECT "+entryColumns+" FROM entries e WHERE e.parent_id = ? AND e.name > ? ORDER BY e.name LIMIT ?",
		folder, after, walkPage)
	if err != nil {
		return nil, fmt.Errorf("catalog: list folder: %w", err)
	}
	return collect(rows, func(e *Entry) error { return e.scan(rows) })
}

// Open returns a reader of the file at path, of its newest revision when number is 0, and the entry as it was then. The
// caller closes the reader; ctx bounds its reads.
func (t *Tree) Open(ctx context.Context, path Path, number int64) (Entry, *blockstore.Reader, error) {
	e, err := t.statFile(ctx, t.catalog.db.Read(), path)
	if err == nil && number != 0 && number != e.Revision {
		err = t.rewind(ctx, &e, number)
	}
	if err != nil {
		return Entry{}, nil, err
	}
	r, err := t.OpenEntry(ctx, e)
	return e, r, err
}

// OpenEntry returns a reader of a file that Stat, List or Walk gave. A revision that was deleted since gives ErrNotFound.
func (t *Tree) OpenEntry(ctx context.Context, e Entry) (*blockstore.Reader, error) {
	r, err := t.catalog.blocks.Open(ctx, e.Root)
	if errors.Is(err, blockstore.ErrNotFound) {
		if rewound := t.rewind(ctx, &e, e.Revision); errors.Is(rewound, ErrRevision) {
			return nil, fmt.Errorf("%w: %s", ErrNotFound, e.Path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", e.Path, err)
	}
	return r, nil
}
