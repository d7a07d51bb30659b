package catalog

import (
	"context"
	"fmt"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// TransferOptions say how an entry is moved or copied.
type TransferOptions struct {
	Overwrite bool   // what is at the target goes to the trash; without it, that is ErrExists
	IfMatch   string // entity tags the source must be at
}

// Move gives the entry at from the path to, in any folder that is there. Its revisions go with it; any size is instant.
// Into another space a mount leads, or out of it, it is a copy instead, and the entry at from goes to the trash.
func (t *Tree) Move(ctx context.Context, from, to Path, opts TransferOptions) (Entry, error) {
	return transfer{from, to, opts, true}.run(ctx, t)
}

func move(ctx context.Context, e *space.Edit, from, to Path, opts TransferOptions) (Entry, error) {
	source, parent, err := prepareTransfer(ctx, e, from, to, opts, true)
	if err != nil || from.String() == to.String() {
		return source, err
	}
	entry := source
	entry.Parent, entry.Name, entry.Path, entry.Changed = parent.ID, to.Name(), to.String(), e.Now
	if err := e.Place(ctx, entry.ID, &parent, to); err != nil {
		return Entry{}, err
	}
	e.Record(space.ChangeMove, entry, source)
	if err := e.Stir(ctx, source.Parent); err != nil || source.Parent == parent.ID {
		return entry, err
	}
	return entry, e.Stir(ctx, parent.ID)
}

// prepareTransfer finds the entry at from and the folder that is to hold it, and clears the way.
func prepareTransfer(ctx context.Context, e *space.Edit, from, to Path, opts TransferOptions, move bool) (source, parent Entry, err error) {
	if source, err = e.Stat(ctx, e.Tx, from); err != nil {
		return Entry{}, Entry{}, err
	}
	if err := expect(source, true, opts.IfMatch, ""); err != nil {
		return Entry{}, Entry{}, fmt.Errorf("%s: %w", from, err)
	}
	same := from.String() == to.String()
	switch {
	case from.IsRoot() || to.IsRoot(), !same && to.Contains(from), !same && from.Contains(to) && source.Kind == KindFolder:
		return Entry{}, Entry{}, fmt.Errorf("%w: %s to %s", ErrIntoItself, from, to)
	case same && !move:
		return Entry{}, Entry{}, fmt.Errorf("%w: %s", ErrExists, to)
	case same:
		return source, Entry{}, nil
	}
	if parent, err = e.Folder(ctx, e.Tx, to.Parent()); err != nil {
		return Entry{}, Entry{}, err
	}
	if to.Depth() > from.Depth() && source.Kind == KindFolder {
		if err := e.Fits(ctx, source, to); err != nil {
			return Entry{}, Entry{}, err
		}
	}
	self := int64(0)
	if move {
		self = source.ID
	}
	if err := e.Vacant(ctx, parent, to.Name(), self); err != nil {
		return Entry{}, Entry{}, err
	}
	return source, parent, clear(ctx, e, to, opts.Overwrite)
}

// clear moves what is at path into the trash, if that is allowed.
func clear(ctx context.Context, e *space.Edit, path Path, overwrite bool) error {
	f, err := e.Lookup(ctx, e.Tx, path)
	if err != nil || !f.Whole {
		return err
	}
	if !overwrite {
		return fmt.Errorf("%w: %s", ErrExists, path)
	}
	if f.Entry.Target != 0 {
		return fmt.Errorf("%w: %s would replace a mount", ErrMounted, path)
	}
	_, err = discard(ctx, e, f.Entry)
	return err
}
