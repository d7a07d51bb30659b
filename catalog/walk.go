package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// Walk returns the entry at path and all below: a folder before what it holds, names in bytewise order. It reads page by
// page, so what changes meanwhile may or may not show.
func (t *Tree) Walk(ctx context.Context, path Path) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		top, err := t.Stat(ctx, path)
		if !yield(top, err) || err != nil {
			return
		}
		walk(ctx, t.space, top, path, yield)
	}
}

// walk yields what is below folder, and tells whether to go on.
func walk(ctx context.Context, s *space.Space, folder Entry, path Path, yield func(Entry, error) bool) bool {
	if folder.Kind != KindFolder {
		return true
	}
	for e, err := range s.Children(ctx, folder.ID) {
		if err != nil {
			yield(Entry{}, err)
			return false
		}
		below := path.Child(e.Name)
		e.Path = below.String()
		if !yield(e, nil) || !walk(ctx, s, e, below, yield) {
			return false
		}
	}
	return true
}

// Open returns a reader of the file at path, of its newest revision when number is 0, and the entry as it was then. The
// caller closes the reader; ctx bounds its reads.
func (t *Tree) Open(ctx context.Context, path Path, number int64) (Entry, *blockstore.Reader, error) {
	e, err := t.space.File(ctx, t.space.Read(), path)
	if err == nil && number != 0 && number != e.Revision {
		err = rewind(ctx, t.space, &e, number)
	}
	if err != nil {
		return Entry{}, nil, err
	}
	r, err := t.OpenEntry(ctx, e)
	return e, r, err
}

// OpenEntry returns a reader of a file that Stat, List or Walk gave. A revision that was deleted since gives ErrNotFound.
func (t *Tree) OpenEntry(ctx context.Context, e Entry) (*blockstore.Reader, error) {
	if e.Kind != KindFile {
		return nil, fmt.Errorf("%w: %s", ErrIsFolder, e.Path)
	}
	r, err := t.blocks.Open(ctx, e.Root)
	if errors.Is(err, blockstore.ErrNotFound) {
		if rewound := rewind(ctx, t.space, &e, e.Revision); errors.Is(rewound, ErrRevision) {
			return nil, fmt.Errorf("%w: %s", ErrNotFound, e.Path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", e.Path, err)
	}
	return r, nil
}
