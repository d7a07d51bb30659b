package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// PutOptions say how a file is written. The zero value replaces or creates, without conditions.
type PutOptions struct {
	IfMatch     string    // entity tags, as in HTTP: the file must be at one of them; "*": it must be there
	IfNoneMatch string    // "*": it must not be there
	MTime       time.Time // now when zero
	Exec        *bool     // nil keeps what it is, false for a new file
	Parents     bool      // make the folders above that are missing
	Length      int64     // bytes that will come, if positive; fewer or more are an error
}

// Put writes a file and tells whether it is new. An error of r comes back wrapped, and then, as with any error, the tree
// is as it was. Bytes equal to the newest revision make no new one. When Put returns, the file survives a power cut.
func (t *Tree) Put(ctx context.Context, path Path, r io.Reader, opts PutOptions) (_ Entry, created bool, err error) {
	in, at, room := t, path, int64(0)
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		in, at = t, path
		room, err = preparePut(ctx, t, path, opts)
		return err
	})
	if err != nil {
		return Entry{}, false, err
	}
	w := t.blocks.Writer()
	defer w.Close()
	if room != Unlimited {
		r = &quotaReader{r: r, left: room}
	}
	file, err := w.Import(ctx, r)
	if err != nil {
		return Entry{}, false, fmt.Errorf("put %s: %w", path, err)
	}
	if opts.Length > 0 && file.Size != opts.Length {
		return Entry{}, false, fmt.Errorf("put %s: %d of %d bytes: %w", path, file.Size, opts.Length, io.ErrUnexpectedEOF)
	}
	return commit(ctx, in, w, at, file, opts)
}

// commit makes the blocks safe and gives them a name.
func commit(ctx context.Context, t *Tree, w *blockstore.Writer, path Path, file blockstore.File, opts PutOptions) (entry Entry, created bool, err error) {
	if err := w.Commit(ctx); err != nil {
		return Entry{}, false, fmt.Errorf("put %s: %w", path, err)
	}
	err = edit(ctx, t, func(ctx context.Context, e *space.Edit) error {
		entry, created, err = put(ctx, e, path, file, opts)
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

// preparePut refuses early what would fail at the end, before a body is read for nothing, and returns how many bytes
// the quota leaves.
func preparePut(ctx context.Context, t *Tree, path Path, opts PutOptions) (room int64, err error) {
	if t.readOnly {
		return 0, fmt.Errorf("%w: %s", ErrReadOnly, path)
	}
	f, err := t.space.Lookup(ctx, t.space.Read(), path)
	if err != nil {
		return 0, err
	}
	if err := puttable(f, path, opts); err != nil {
		return 0, err
	}
	room, err = t.space.Room(ctx)
	if err != nil || room == Unlimited {
		return room, err
	}
	if opts.Length > room {
		return 0, fmt.Errorf("%w: %d bytes left, %d announced", ErrQuota, room, opts.Length)
	}
	return room, nil
}

// puttable says why a file cannot be put at path, which leads as far as f.
func puttable(f space.Found, path Path, opts PutOptions) error {
	if f.Whole && f.Entry.Kind == KindFolder {
		return fmt.Errorf("%w: %s", ErrIsFolder, path)
	}
	if err := f.Reaches(path, opts.Parents); err != nil {
		return err
	}
	if err := expect(f.Entry, f.Whole, opts.IfMatch, opts.IfNoneMatch); err != nil {
		return fmt.Errorf("put %s: %w", path, err)
	}
	return nil
}

// quotaReader fails with ErrQuota when more comes than is left.
type quotaReader struct {
	r    io.Reader
	left int64
}

func (q *quotaReader) Read(p []byte) (int, error) {
	n, err := q.r.Read(p)
	if q.left -= int64(n); q.left < 0 {
		return n, fmt.Errorf("%w: the upload is larger than what is left", ErrQuota)
	}
	return n, err
}

// put names a file whose blocks are safe.
func put(ctx context.Context, e *space.Edit, path Path, file blockstore.File, opts PutOptions) (Entry, bool, error) {
	f, err := e.Lookup(ctx, e.Tx, path)
	if err != nil {
		return Entry{}, false, err
	}
	if err := puttable(f, path, opts); err != nil {
		return Entry{}, false, err
	}
	if f.Whole {
		entry, err := replace(ctx, e, f.Entry, file, opts)
		return entry, false, err
	}
	entry, err := create(ctx, e, f, path, file, opts)
	return entry, true, err
}

// create adds a new file with its first revision; f is how far its path leads.
func create(ctx context.Context, e *space.Edit, f space.Found, path Path, file blockstore.File, opts PutOptions) (Entry, error) {
	parent, err := e.FoldersFrom(ctx, f, path.Parent(), opts.Parents)
	if err != nil {
		return Entry{}, err
	}
	if err := e.Charge(ctx, file.Size); err != nil {
		return Entry{}, err
	}
	entry := Entry{Kind: KindFile, Root: file.Root, Size: file.Size, MTime: opts.mtime(e.Now), Revision: 1}
	if opts.Exec != nil {
		entry.Exec = *opts.Exec
	}
	if entry, err = e.Add(ctx, parent, entry, path); err != nil {
		return Entry{}, err
	}
	e.Record(space.ChangeCreate, entry, Entry{})
	return entry, e.AddRevision(ctx, entry)
}

// replace gives a file a new revision, or only other metadata where the bytes are the same.
func replace(ctx context.Context, e *space.Edit, entry Entry, file blockstore.File, opts PutOptions) (Entry, error) {
	same := entry.Root == file.Root
	if same && opts.MTime.IsZero() && opts.Exec == nil {
		return entry, nil
	}
	meta := Meta{Exec: opts.Exec}
	if mtime := opts.mtime(e.Now); !same || !opts.MTime.IsZero() {
		meta.MTime = &mtime
	}
	if same {
		return setMeta(ctx, e, entry, meta)
	}
	if err := e.Charge(ctx, file.Size); err != nil {
		return Entry{}, err
	}
	entry.Root, entry.Size, entry.Revision = file.Root, file.Size, entry.Revision+1
	entry.Author, entry.Changed, entry.MTime = e.Actor.User, e.Now, *meta.MTime
	if opts.Exec != nil {
		entry.Exec = *opts.Exec
	}
	if err := e.Update(ctx, entry); err != nil {
		return Entry{}, err
	}
	e.Record(space.ChangeUpdate, entry, Entry{})
	if err := space.Supersede(ctx, e, []int64{entry.ID}); err != nil {
		return Entry{}, err
	}
	return entry, e.AddRevision(ctx, entry)
}

func (o PutOptions) mtime(now time.Time) time.Time {
	if o.MTime.IsZero() {
		return now
	}
	return space.Sane(o.MTime)
}

// Meta is what of an entry can change without a new revision. Nil keeps a value.
type Meta struct {
	MTime   *time.Time
	Exec    *bool // ignored for a folder
	IfMatch string
}

// SetMeta changes the metadata of an entry.
func (t *Tree) SetMeta(ctx context.Context, path Path, meta Meta) (Entry, error) {
	return alter(ctx, t, path, func(ctx context.Context, e *space.Edit, path Path) (Entry, error) {
		entry, err := e.Stat(ctx, e.Tx, path)
		if err != nil {
			return Entry{}, err
		}
		if err := expect(entry, true, meta.IfMatch, ""); err != nil {
			return Entry{}, fmt.Errorf("change %s: %w", path, err)
		}
		return setMeta(ctx, e, entry, meta)
	})
}

func setMeta(ctx context.Context, e *space.Edit, entry Entry, meta Meta) (Entry, error) {
	before := entry
	if meta.MTime != nil {
		entry.MTime = space.Sane(*meta.MTime)
	}
	if meta.Exec != nil && entry.Kind == KindFile {
		entry.Exec = *meta.Exec
	}
	if entry.MTime.Equal(before.MTime) && entry.Exec == before.Exec {
		return before, nil
	}
	entry.Changed = e.Now
	if err := e.Update(ctx, entry); err != nil {
		return Entry{}, err
	}
	e.Record(space.ChangeMeta, entry, Entry{})
	return entry, nil
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
