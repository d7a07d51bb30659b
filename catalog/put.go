package catalog

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/internal/database"
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
	room, err := t.preparePut(ctx, path, opts)
	if err != nil {
		return Entry{}, false, err
	}
	w := t.catalog.blocks.Writer()
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
	return t.commit(ctx, w, path, file, opts)
}

// commit makes the blocks safe and gives them a name.
func (t *Tree) commit(ctx context.Context, w *blockstore.Writer, path Path, file blockstore.File, opts PutOptions) (entry Entry, created bool, err error) {
	if err := w.Commit(ctx); err != nil {
		return Entry{}, false, fmt.Errorf("put %s: %w", path, err)
	}
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		entry, created, err = e.put(ctx, path, file, opts)
		return err
	})
	if err != nil {
		return Entry{}, false, err
	}
	return entry, created, nil
}

// preparePut refuses early what would fail at the end, before a body is read for nothing, and returns how many bytes
// the quota leaves.
func (t *Tree) preparePut(ctx context.Context, path Path, opts PutOptions) (room int64, err error) {
	db := t.catalog.db.Read()
	f, err := t.lookup(ctx, db, path)
	if err != nil {
		return 0, err
	}
	there := f.depth == len(path.names)
	switch {
	case there && f.entry.Kind == KindFolder:
		return 0, fmt.Errorf("%w: %s", ErrIsFolder, path)
	case !there && f.entry.Kind == KindFile, f.depth < len(path.names)-1 && !opts.Parents:
		return 0, f.missing(path)
	}
	if err := expect(f.entry, there, opts.IfMatch, opts.IfNoneMatch); err != nil {
		return 0, fmt.Errorf("put %s: %w", path, err)
	}
	room, err = t.room(ctx)
	if err != nil || room == Unlimited {
		return room, err
	}
	if opts.Length > room {
		return 0, fmt.Errorf("%w: %d bytes left, %d announced", ErrQuota, room, opts.Length)
	}
	return room, nil
}

// room returns how many bytes the quota leaves.
func (t *Tree) room(ctx context.Context) (int64, error) {
	db := t.catalog.db.Read()
	quota, err := t.catalog.cfg.Quota(ctx, db, t.owner)
	if err != nil || quota == Unlimited {
		return Unlimited, err
	}
	var used int64
	if err := db.QueryRowContext(ctx, "SELECT used_bytes FROM spaces WHERE id = ?", t.space).Scan(&used); err != nil {
		return 0, fmt.Errorf("catalog: used bytes: %w", err)
	}
	return max(quota-used, 0), nil
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
func (e *edit) put(ctx context.Context, path Path, file blockstore.File, opts PutOptions) (Entry, bool, error) {
	f, err := e.lookup(ctx, e.tx, path)
	if err != nil {
		return Entry{}, false, err
	}
	there := f.depth == len(path.names)
	if there && f.entry.Kind == KindFolder {
		return Entry{}, false, fmt.Errorf("%w: %s", ErrIsFolder, path)
	}
	if err := expect(f.entry, there, opts.IfMatch, opts.IfNoneMatch); err != nil {
		return Entry{}, false, fmt.Errorf("put %s: %w", path, err)
	}
	if there {
		entry, err := e.replace(ctx, f.entry, file, opts)
		return entry, false, err
	}
	entry, err := e.create(ctx, f, path, file, opts)
	return entry, true, err
}

// create adds a new file with its first revision; f is how far its path leads.
func (e *edit) create(ctx context.Context, f found, path Path, file blockstore.File, opts PutOptions) (Entry, error) {
	parent, err := e.foldersFrom(ctx, f, path.Parent(), opts.Parents)
	if err != nil {
		return Entry{}, err
	}
	if err := e.charge(ctx, file.Size); err != nil {
		return Entry{}, err
	}
	entry := Entry{Kind: KindFile, Root: file.Root, Size: file.Size, MTime: e.mtime(opts), Revision: 1}
	if opts.Exec != nil {
		entry.Exec = *opts.Exec
	}
	if entry, err = e.add(ctx, parent, entry, path); err != nil {
		return Entry{}, err
	}
	e.record(ChangeCreate, entry, "")
	return entry, e.addRevision(ctx, entry)
}

// replace gives a file a new revision, or only other metadata where the bytes are the same.
func (e *edit) replace(ctx context.Context, entry Entry, file blockstore.File, opts PutOptions) (Entry, error) {
	same := entry.Root == file.Root
	if same && opts.MTime.IsZero() && opts.Exec == nil {
		return entry, nil
	}
	meta := Meta{Exec: opts.Exec}
	if mtime := e.mtime(opts); !same || !opts.MTime.IsZero() {
		meta.MTime = &mtime
	}
	if same {
		return e.setMeta(ctx, entry, meta)
	}
	if err := e.charge(ctx, file.Size); err != nil {
		return Entry{}, err
	}
	entry.Root, entry.Size, entry.Revision = file.Root, file.Size, entry.Revision+1
	entry.Author, entry.Changed, entry.MTime = e.actor.User, e.now, *meta.MTime
	if opts.Exec != nil {
		entry.Exec = *opts.Exec
	}
	if err := e.update(ctx, entry); err != nil {
		return Entry{}, err
	}
	e.record(ChangeUpdate, entry, "")
	return entry, e.addRevision(ctx, entry)
}

func (e *edit) mtime(opts PutOptions) time.Time {
	if opts.MTime.IsZero() {
		return e.now
	}
	return sane(opts.MTime)
}

// update writes what can change of a file.
func (e *edit) update(ctx context.Context, entry Entry) error {
	_, err := e.tx.ExecContext(ctx, `UPDATE entries SET root = ?, size = ?, mtime = ?, exec = ?, revision = ?, changed = ?,
		author_id = ? WHERE id = ?`, rootBytes(entry.Root), entry.Size, database.At(entry.MTime), entry.Exec, entry.Revision,
		database.At(entry.Changed), entry.Author, entry.ID)
	if err != nil {
		return fmt.Errorf("catalog: update %s: %w", entry.Path, err)
	}
	return nil
}

// addRevision writes the newest revision of a file into its history.
func (e *edit) addRevision(ctx context.Context, entry Entry) error {
	_, err := e.catalog.sql.addRevision.Exec(ctx, e.tx, entry.ID, entry.Revision, rootBytes(entry.Root), entry.Size,
		database.At(entry.MTime), entry.Exec, e.actor.User, e.actor.Device, database.At(e.now))
	if err != nil {
		return fmt.Errorf("catalog: add revision of %s: %w", entry.Path, err)
	}
	return nil
}

// Meta is what of an entry can change without a new revision. Nil keeps a value.
type Meta struct {
	MTime   *time.Time
	Exec    *bool // ignored for a folder
	IfMatch string
}

// SetMeta changes the metadata of an entry.
func (t *Tree) SetMeta(ctx context.Context, path Path, meta Meta) (entry Entry, err error) {
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		if entry, err = e.stat(ctx, e.tx, path); err != nil {
			return err
		}
		if err := expect(entry, true, meta.IfMatch, ""); err != nil {
			return fmt.Errorf("change %s: %w", path, err)
		}
		entry, err = e.setMeta(ctx, entry, meta)
		return err
	})
	return entry, err
}

func (e *edit) setMeta(ctx context.Context, entry Entry, meta Meta) (Entry, error) {
	before := entry
	if meta.MTime != nil {
		entry.MTime = sane(*meta.MTime)
	}
	if meta.Exec != nil && entry.Kind == KindFile {
		entry.Exec = *meta.Exec
	}
	if entry.MTime.Equal(before.MTime) && entry.Exec == before.Exec {
		return before, nil
	}
	entry.Changed = e.now
	if err := e.update(ctx, entry); err != nil {
		return Entry{}, err
	}
	e.record(ChangeMeta, entry, "")
	return entry, nil
}

// Mkdir makes a folder; with parents also those above, and then one that is there already is no error.
func (t *Tree) Mkdir(ctx context.Context, path Path, parents bool) (entry Entry, err error) {
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		f, err := e.lookup(ctx, e.tx, path)
		if err != nil {
			return err
		}
		if f.depth == len(path.names) && (!parents || f.entry.Kind != KindFolder) {
			return fmt.Errorf("%w: %s", ErrExists, path)
		}
		if !parents {
			if _, err := e.folders(ctx, path.Parent(), false); err != nil {
				return err
			}
		}
		entry, err = e.folders(ctx, path, true)
		return err
	})
	return entry, err
}
