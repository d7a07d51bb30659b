package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/melissiproject/hive/blockstore"
)

// Open returns a reader of the file at path, of its newest revision when number is 0, and the entry as it was then. The
// caller closes the reader; ctx bounds its reads.
func (t *Tree) Open(ctx context.Context, path Path, number int64) (entry Entry, r *blockstore.Reader, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		e, err := t.space.File(ctx, t.space.Read(), path)
		if err == nil && number != 0 && number != e.Revision {
			err = rewind(ctx, t.space, &e, number)
		}
		if err != nil {
			return err
		}
		if entry = e; t.prefix != "" {
			if entry, err = t.show(ctx, e); err != nil {
				return err
			}
		}
		r, err = t.OpenEntry(ctx, entry)
		return err
	})
	if err != nil {
		return Entry{}, nil, err
	}
	return entry, r, nil
}

// OpenEntry returns a reader of a file that Stat, List or Walk gave. A revision that was deleted since gives ErrNotFound.
// Content that is not held is fetched while it is read, or gives ErrAbsent.
func (t *Tree) OpenEntry(ctx context.Context, e Entry) (*blockstore.Reader, error) {
	if e.Kind != KindFile {
		return nil, fmt.Errorf("%w: %s", ErrIsFolder, e.Path)
	}
	if t.prefix != "" || e.Space != t.space.ID {
		held, err := t.catalog.tables.Held(ctx, e.ID, e.Revision)
		if err != nil {
			return nil, err
		}
		if !held {
			return openAbsent(ctx, t, e)
		}
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

// openAbsent reads a file whose blocks come from another hive.
func openAbsent(ctx context.Context, t *Tree, e Entry) (*blockstore.Reader, error) {
	if t.catalog.cfg.Fetch == nil {
		return nil, fmt.Errorf("%w: %s", ErrAbsent, e.Path)
	}
	s, err := t.catalog.tables.Load(ctx, t.space.Read(), e.Space)
	if err != nil {
		return nil, err
	}
	paths, err := s.Paths(ctx, s.Read(), []int64{e.ID})
	if err != nil {
		return nil, err
	}
	request := FetchRequest{Space: e.Space, Entry: e.ID, Number: e.Revision, Root: e.Root, Path: paths[e.ID]}
	fetch, err := t.catalog.cfg.Fetch(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrAbsent, e.Path, err)
	}
	r, err := t.blocks.OpenFetch(ctx, e.Root, fetch)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrAbsent, e.Path, err)
	}
	return r, nil
}
