package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/melissiproject/hive/catalog/internal/listing"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/trash"
	"github.com/melissiproject/hive/catalog/internal/write"
)

// Trashed is an entry in the trash, with all it held.
type Trashed = trash.Trashed

// RemoveOptions are the conditions of a removal.
type RemoveOptions struct {
	IfMatch string
}

// Remove moves the entry at path into the trash, with all its revisions and, for a folder, all it holds. Any size is
// instant. The root gives ErrPath. A mount ends, and does not go into the trash: its Trashed.ID is 0.
func (t *Tree) Remove(ctx context.Context, path Path, opts RemoveOptions) (trashed Trashed, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		if path.IsRoot() {
			return fmt.Errorf("%w: the root cannot be deleted", ErrPath)
		}
		err := edit(ctx, t, func(ctx context.Context, e *space.Edit) (err error) {
			trashed, err = remove(ctx, e, path, opts)
			return err
		})
		trashed.Path = t.place(trashed.Path)
		return err
	})
	if err != nil {
		return Trashed{}, err
	}
	return trashed, nil
}

// remove moves what is at path into the trash, or ends a mount.
func remove(ctx context.Context, e *space.Edit, path Path, opts RemoveOptions) (Trashed, error) {
	entry, err := e.Stat(ctx, e.Tx, path)
	if err != nil {
		return Trashed{}, err
	}
	if err := write.Unchanged(ctx, e.Tx, entry, opts.IfMatch); err != nil {
		return Trashed{}, fmt.Errorf("remove %s: %w", path, err)
	}
	if entry.Target == 0 {
		return trash.Discard(ctx, e, entry)
	}
	gone := Trashed{Entry: entry.ID, Path: entry.Path, Name: entry.Name, Kind: entry.Kind, Deleted: e.Now, By: e.Actor.User}
	return gone, space.Unmount(ctx, e, entry)
}

// Trash returns up to limit entries of the trash, the latest first, older than the number before when that is not 0. The
// trash of a user is that of the home, and of every share of another hive that is mounted as a whole and may be written.
func (t *Tree) Trash(ctx context.Context, before int64, limit int) ([]Trashed, error) {
	bins, err := bins(ctx, t)
	if err != nil {
		return nil, err
	}
	limit = listing.Limit(limit)
	var all []Trashed
	for _, bin := range bins {
		page, err := trash.Page(ctx, bin.space, before, limit)
		if err != nil {
			return nil, err
		}
		for i := range page {
			page[i].Path = bin.place(page[i].Path)
		}
		all = append(all, page...)
	}
	if len(bins) > 1 {
		slices.SortFunc(all, func(a, b Trashed) int { return cmp.Compare(b.ID, a.ID) })
	}
	return all[:min(len(all), limit)], nil
}

// bins are the trees whose trash is that of the user of a home.
func bins(ctx context.Context, t *Tree) ([]*Tree, error) {
	behind, _, err := mounted(ctx, t, 0)
	all := []*Tree{t}
	for _, m := range behind {
		if m.space.Replica && !m.readOnly && m.space.Whole() {
			all = append(all, m)
		}
	}
	return all, err
}

// binOf is the tree in whose trash an entry lies.
func binOf(ctx context.Context, t *Tree, id int64) (*Tree, error) {
	var in int64
	err := t.space.Read().QueryRowContext(ctx, "SELECT space_id FROM trash WHERE id = ?", id).Scan(&in)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: number %d in the trash", ErrNotFound, id)
	}
	if err != nil {
		return nil, fmt.Errorf("catalog: trash: %w", err)
	}
	if in == t.space.ID {
		return t, nil
	}
	bins, err := bins(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, bin := range bins {
		if bin.space.ID == in {
			return bin, nil
		}
	}
	return nil, fmt.Errorf("%w: number %d in the trash", ErrNotFound, id)
}

// RestoreTrash takes an entry out of the trash: to the path to, which must be free, or back to where it was. Then a name
// that is taken becomes "name (restored).ext", and folders that are gone are made again.
func (t *Tree) RestoreTrash(ctx context.Context, id int64, to *Path) (entry Entry, err error) {
	in, err := binOf(ctx, t, id)
	if err != nil {
		return Entry{}, err
	}
	if to != nil {
		target, at, err := locate(ctx, t, *to, false)
		if err != nil {
			return Entry{}, err
		}
		if target.prefix != in.prefix {
			return Entry{}, fmt.Errorf("%w: %s", ErrMounted, *to)
		}
		to = &at
	}
	err = edit(ctx, in, func(ctx context.Context, e *space.Edit) (err error) {
		entry, err = trash.Restore(ctx, e, id, to)
		return err
	})
	if _, mounted := errors.AsType[*space.Crossing](err); mounted {
		err = fmt.Errorf("%w: number %d of the trash", ErrMounted, id)
	}
	if err != nil {
		return Entry{}, err
	}
	return in.show(ctx, entry)
}
