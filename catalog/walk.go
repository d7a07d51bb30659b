package catalog

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Walk returns the entry at path and all below: a folder before what it holds, names in bytewise order. It reads page by
// page, so what changes meanwhile may or may not show.
func (t *Tree) Walk(ctx context.Context, path Path) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var top Entry
		in := t
		err := within(ctx, t, path, func(t *Tree, path Path) error {
			e, err := t.space.Stat(ctx, t.space.Read(), path)
			if err == nil {
				top, err = t.show(ctx, e)
			}
			in = t
			return err
		})
		if !yield(top, err) || err != nil {
			return
		}
		walk(ctx, in, top, yield)
	}
}

// walk yields what is below folder, and tells whether to go on.
func walk(ctx context.Context, t *Tree, folder Entry, yield func(Entry, error) bool) bool {
	if folder.Kind != KindFolder {
		return true
	}
	in, id, err := inside(ctx, t, folder)
	if err != nil {
		yield(Entry{}, err)
		return false
	}
	if in == nil {
		return true
	}
	for e, err := range children(ctx, in, id, folder.Path) {
		if err != nil {
			yield(Entry{}, err)
			return false
		}
		if !yield(e, nil) || !walk(ctx, in, e, yield) {
			return false
		}
	}
	return true
}

// inside is the tree and the number of the folder that holds what shows in a folder: behind a mount another. What is no
// longer there gives no tree.
func inside(ctx context.Context, t *Tree, folder Entry) (*Tree, int64, error) {
	if folder.Target == 0 {
		return t, folder.ID, nil
	}
	behind, err := through(ctx, t, folder)
	if errors.Is(err, ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	return behind, behind.space.Root, nil
}

// children lists a folder page by page, in the bytewise order of names. path is how its user sees it.
func children(ctx context.Context, t *Tree, folder int64, path string) iter.Seq2[Entry, error] {
	path = strings.TrimSuffix(path, "/") + "/"
	return func(yield func(Entry, error) bool) {
		for last := ""; ; {
			page, err := t.space.ChildPage(ctx, folder, last)
			if err == nil {
				err = decorate(ctx, t, t.space.Read(), page)
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range page {
				e.Path = path + e.Name
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < space.PageSize {
				return
			}
			last = page[len(page)-1].Name
		}
	}
}
