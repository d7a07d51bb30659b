package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/part"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/write"
)

// How a file is written, and what can change of it without a new revision.
type (
	// PutOptions say how a file is written. The zero value replaces or creates, without conditions.
	PutOptions = write.PutOptions
	// Meta is what of an entry can change without a new revision. Nil keeps a value.
	Meta = write.Meta
)

// Put writes a file and tells whether it is new. An error of r comes back wrapped, and then, as with any error, the tree
// is as it was. Bytes equal to the newest revision make no new one. When Put returns, the file survives a power cut.
func (t *Tree) Put(ctx context.Context, path Path, r io.Reader, opts PutOptions) (_ Entry, created bool, err error) {
	in, at, room, err := preparePut(ctx, t, path, opts, 0)
	if err != nil {
		return Entry{}, false, err
	}
	w := t.blocks.Writer()
	defer w.Close()
	file, err := write.Receive(ctx, w, r, room, opts.Length)
	if err != nil {
		return Entry{}, false, fmt.Errorf("put %s: %w", path, err)
	}
	return commit(ctx, in, w, at, file, opts)
}

// commit makes the blocks safe and gives them a name, with what else belongs into the transaction.
func commit(ctx context.Context, t *Tree, w *blockstore.Writer, path Path, file blockstore.File, opts PutOptions,
	with ...func(context.Context, *space.Edit, Entry) error,
) (entry Entry, created bool, err error) {
	if err := w.Commit(ctx); err != nil {
		return Entry{}, false, fmt.Errorf("put %s: %w", path, err)
	}
	err = edit(ctx, t, func(ctx context.Context, e *space.Edit) error {
		entry, created, err = write.Put(ctx, e, path, file, opts)
		for _, also := range with {
			if err == nil {
				err = also(ctx, e, entry)
			}
		}
		return err
	})
	if _, mounted := errors.AsType[*space.Crossing](err); mounted { // since the path was looked at
		err = fmt.Errorf("%w: a mount is at %s", ErrPrecondition, path)
	}
	if err == nil && t.prefix != "" {
		entry, err = t.show(ctx, entry)
	}
	if err != nil {
		return Entry{}, false, err
	}
	return entry, created, nil
}

// Expect checks the conditions of a request against an entry; empty ones hold. The error is ErrPrecondition.
func Expect(e Entry, ifMatch, ifNoneMatch string) error {
	return write.Expect(e, true, ifMatch, ifNoneMatch)
}

// preparePut refuses early what would fail at the end, before a body is read for nothing. It returns the tree that path leads
// into, the path there, and how many bytes the quota leaves. Of what waits to become files, own bytes are of this one.
func preparePut(ctx context.Context, t *Tree, path Path, opts PutOptions, own int64) (in *Tree, at Path, room int64, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		in, at = t, path
		room, err = roomFor(ctx, t, path, opts, own)
		return err
	})
	return in, at, room, err
}

func roomFor(ctx context.Context, t *Tree, path Path, opts PutOptions, own int64) (room int64, err error) {
	if t.readOnly {
		return 0, fmt.Errorf("%w: %s", ErrReadOnly, path)
	}
	f, err := t.space.Lookup(ctx, t.space.Read(), path)
	if err != nil {
		return 0, err
	}
	if err := write.Puttable(f, path, opts); err != nil {
		return 0, err
	}
	return roomOf(t).For(ctx, t.space.Read(), opts.Length, own)
}

func roomOf(t *Tree) part.Room { return part.RoomOf(t.space, t.actor.User) }

// SetMeta changes the metadata of an entry.
func (t *Tree) SetMeta(ctx context.Context, path Path, meta Meta) (Entry, error) {
	return alter(ctx, t, path, func(ctx context.Context, e *space.Edit, path Path) (Entry, error) {
		entry, err := e.Stat(ctx, e.Tx, path)
		if err != nil {
			return Entry{}, err
		}
		if err := write.Unchanged(ctx, e.Tx, entry, meta.IfMatch); err != nil {
			return Entry{}, fmt.Errorf("change %s: %w", path, err)
		}
		return write.SetMeta(ctx, e, entry, meta)
	})
}

// Mkdir makes a folder; with parents also those above, and then one that is there already is no error.
func (t *Tree) Mkdir(ctx context.Context, path Path, parents bool) (Entry, error) {
	return alter(ctx, t, path, func(ctx context.Context, e *space.Edit, path Path) (Entry, error) {
		f, err := e.Lookup(ctx, e.Tx, path)
		if err != nil {
			return Entry{}, err
		}
		if f.Whole && (!parents || f.Entry.Kind != KindFolder) {
			return Entry{}, fmt.Errorf("%w: %s", ErrExists, path)
		}
		if err := f.Reaches(path, parents); err != nil || f.Whole {
			return f.Entry, err
		}
		return e.FoldersFrom(ctx, f, path, true)
	})
}
