package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/trash"
	"github.com/melissiproject/hive/catalog/internal/write"
)

// transfer is a move or a copy.
type transfer struct {
	from, to Path
	opts     TransferOptions
	move     bool
}

// run does it within one space where it can, and else from one into the other.
func (x transfer) run(ctx context.Context, t *Tree) (Entry, error) {
	entry, err := x.inside(ctx, t)
	if _, crossing := errors.AsType[*space.Crossing](err); !crossing {
		return entry, err
	}
	a, from, err := locate(ctx, t, x.from, !x.move)
	if err != nil {
		return Entry{}, err
	}
	b, to, err := locate(ctx, t, x.to, false)
	if err != nil {
		return Entry{}, err
	}
	x.from, x.to = from, to
	if a.prefix == b.prefix {
		return x.inside(ctx, b)
	}
	return x.across(ctx, a, b)
}

// inside does it in one space.
func (x transfer) inside(ctx context.Context, t *Tree) (entry Entry, err error) {
	err = edit(ctx, t, func(ctx context.Context, e *space.Edit) (err error) {
		if x.move {
			entry, err = write.Move(ctx, e, x.from, x.to, x.opts)
		} else {
			entry, err = write.Copy(ctx, e, x.from, x.to, x.opts)
		}
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	return t.show(ctx, entry)
}

// across copies from one space into another, in one transaction; a move then deletes what it copied.
func (x transfer) across(ctx context.Context, a, b *Tree) (entry Entry, err error) {
	if x.to.IsRoot() || (x.move && x.from.IsRoot()) {
		return Entry{}, fmt.Errorf("%w: %s to %s", ErrIntoItself, x.from, x.to)
	}
	err = a.catalog.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Nobody may change the source while it is copied, nor purge it: its blocks have no other name before the commit.
		nothing := func(context.Context, *space.Edit) error { return nil }
		for _, id := range []int64{min(a.space.ID, b.space.ID), max(a.space.ID, b.space.ID)} {
			if err := a.catalog.tables.Space(id, 0, 0).EditIn(ctx, tx, a.actor, nothing); err != nil {
				return err
			}
		}
		if x.move {
			if err := a.space.EditIn(ctx, tx, a.actor, nothing); err != nil {
				return err
			}
		}
		source, err := a.space.Stat(ctx, tx, x.from)
		if err != nil {
			return err
		}
		if err := x.allowed(ctx, tx, a, source); err != nil {
			return err
		}
		err = b.space.EditIn(ctx, tx, b.actor, func(ctx context.Context, e *space.Edit) (err error) {
			entry, err = x.put(ctx, e, a.space, source)
			return err
		})
		if err != nil || !x.move {
			return err
		}
		return a.space.EditIn(ctx, tx, a.actor, func(ctx context.Context, e *space.Edit) error {
			_, err := trash.Discard(ctx, e, source)
			return err
		})
	})
	if err != nil {
		return Entry{}, err
	}
	a.catalog.tables.Announce(b.space.ID)
	if x.move {
		a.catalog.tables.Announce(a.space.ID)
	}
	return b.show(ctx, entry)
}

// allowed checks the conditions, and that no mount would have to leave its home.
func (x transfer) allowed(ctx context.Context, tx bun.Tx, a *Tree, source Entry) error {
	if err := write.Unchanged(ctx, tx, source, x.opts.IfMatch); err != nil {
		return fmt.Errorf("%s: %w", x.from, err)
	}
	if !x.move || a.prefix != "" || source.Kind != KindFolder {
		return nil
	}
	mounts, err := a.catalog.tables.MountsOf(ctx, tx, "m.space_id = ?", a.space.ID)
	if err != nil || len(mounts) == 0 {
		return err
	}
	ids := make([]int64, len(mounts))
	for i, m := range mounts {
		ids[i] = m.Entry
	}
	paths, err := a.space.Paths(ctx, tx, ids)
	for _, place := range paths {
		if p, bad := ParsePath(place); bad == nil && x.from.Contains(p) {
			return fmt.Errorf("%w: %s is a mount", ErrMounted, place)
		}
	}
	return err
}

// put makes the copy.
func (x transfer) put(ctx context.Context, e *space.Edit, from *space.Space, source Entry) (Entry, error) {
	parent, err := e.Folder(ctx, e.Tx, x.to.Parent())
	if err != nil {
		return Entry{}, err
	}
	if err := write.Apart(ctx, e, from, source, parent, x.to); err != nil {
		return Entry{}, err
	}
	if source.Kind == KindFolder {
		if err := e.Fits(ctx, source, x.to); err != nil {
			return Entry{}, err
		}
	}
	if err := trash.Clear(ctx, e, x.to, x.opts.Overwrite); err != nil {
		return Entry{}, err
	}
	return write.CopyInto(ctx, e, from, source, parent, x.to)
}
