package catalog

import (
	"context"
	"fmt"

	"github.com/melissiproject/hive/internal/database"
)

// TransferOptions say how an entry is moved or copied.
type TransferOptions struct {
	Overwrite bool   // what is at the target goes to the trash; without it, that is ErrExists
	IfMatch   string // entity tags the source must be at
}

// Move gives the entry at from the path to, in any folder that is there. Its revisions go with it; any size is instant.
func (t *Tree) Move(ctx context.Context, from, to Path, opts TransferOptions) (entry Entry, err error) {
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		source, parent, err := e.prepareTransfer(ctx, from, to, opts, true)
		if err != nil {
			return err
		}
		if entry = source; from.String() == to.String() {
			return nil
		}
		entry.Parent, entry.Name, entry.Path, entry.Changed = parent.ID, to.Name(), to.String(), e.now
		_, err = e.tx.ExecContext(ctx, "UPDATE entries SET parent_id = ?, name = ?, name_fold = ?, changed = ? WHERE id = ?",
			parent.ID, entry.Name, fold(entry.Name), database.At(e.now), entry.ID)
		if err != nil {
			return fmt.Errorf("catalog: move %s: %w", from, err)
		}
		e.record(ChangeMove, entry, from.String())
		if err := e.stir(ctx, source.Parent); err != nil || source.Parent == parent.ID {
			return err
		}
		return e.stir(ctx, parent.ID)
	})
	return entry, err
}

// prepareTransfer finds the entry at from and the folder that is to hold it, and clears the way.
func (e *edit) prepareTransfer(ctx context.Context, from, to Path, opts TransferOptions, move bool) (source, parent Entry, err error) {
	if source, err = e.stat(ctx, e.tx, from); err != nil {
		return Entry{}, Entry{}, err
	}
	if err := expect(source, true, opts.IfMatch, ""); err != nil {
		return Entry{}, Entry{}, fmt.Errorf("%s: %w", from, err)
	}
	same := from.String() == to.String()
	switch {
	case from.IsRoot() || to.IsRoot(), !same && to.contains(from), !same && from.contains(to) && source.Kind == KindFolder:
		return Entry{}, Entry{}, fmt.Errorf("%w: %s to %s", ErrIntoItself, from, to)
	case same && !move:
		return Entry{}, Entry{}, fmt.Errorf("%w: %s", ErrExists, to)
	case same:
		return source, Entry{}, nil
	}
	if parent, err = e.statFolder(ctx, e.tx, to.Parent()); err != nil {
		return Entry{}, Entry{}, err
	}
	self := int64(0)
	if move {
		self = source.ID
	}
	if err := e.vacant(ctx, parent, to.Name(), self); err != nil {
		return Entry{}, Entry{}, err
	}
	return source, parent, e.clear(ctx, to, opts.Overwrite)
}

// clear moves what is at path into the trash, if that is allowed.
func (e *edit) clear(ctx context.Context, path Path, overwrite bool) error {
	f, err := e.lookup(ctx, e.tx, path)
	if err != nil || f.depth < len(path.names) {
		return err
	}
	if !overwrite {
		return fmt.Errorf("%w: %s", ErrExists, path)
	}
	_, err = e.discard(ctx, f.entry)
	return err
}
