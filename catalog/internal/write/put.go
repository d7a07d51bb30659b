// Package write is what putting, moving and copying an entry does to the rows of a space.
//
// It owns the conditions of a write and its steps within one edit. It does not own the bytes, which are safe before, nor
// how a path goes through a mount.
package write

import (
	"context"
	"fmt"
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

// Puttable says why a file cannot be put at path, which leads as far as f.
func Puttable(f space.Found, path space.Path, opts PutOptions) error {
	if f.Whole && f.Entry.Kind == space.KindFolder {
		return fmt.Errorf("%w: %s", space.ErrIsFolder, path)
	}
	if err := f.Reaches(path, opts.Parents); err != nil {
		return err
	}
	if err := Expect(f.Entry, f.Whole, opts.IfMatch, opts.IfNoneMatch); err != nil {
		return fmt.Errorf("put %s: %w", path, err)
	}
	return nil
}

// Put names a file whose blocks are safe.
func Put(ctx context.Context, e *space.Edit, path space.Path, file blockstore.File, opts PutOptions) (space.Entry, bool, error) {
	f, err := e.Lookup(ctx, e.Tx, path)
	if err != nil {
		return space.Entry{}, false, err
	}
	if err := Puttable(f, path, opts); err != nil {
		return space.Entry{}, false, err
	}
	if f.Whole {
		if err := own(ctx, e, f.Entry, file); err != nil {
			return space.Entry{}, false, err
		}
		entry, err := Replace(ctx, e, f.Entry, file, opts)
		return entry, false, err
	}
	entry, err := create(ctx, e, f, path, file, opts)
	return entry, true, err
}

// own takes bytes that a replica lacked as written here. So they have no row of contents: the hive that named them may be gone.
func own(ctx context.Context, e *space.Edit, entry space.Entry, file blockstore.File) error {
	if !e.Replica || entry.Root != file.Root {
		return nil
	}
	result, err := e.Tx.ExecContext(ctx, "DELETE FROM contents WHERE entry_id = ? AND held = ?", entry.ID, false)
	if err != nil {
		return fmt.Errorf("catalog: note held content: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return e.Charge(ctx, file.Size)
}

// create adds a new file with its first revision; f is how far its path leads.
func create(ctx context.Context, e *space.Edit, f space.Found, path space.Path, file blockstore.File, opts PutOptions) (space.Entry, error) {
	parent, err := e.FoldersFrom(ctx, f, path.Parent(), opts.Parents)
	if err != nil {
		return space.Entry{}, err
	}
	if err := e.Charge(ctx, file.Size); err != nil {
		return space.Entry{}, err
	}
	entry := space.Entry{Kind: space.KindFile, Root: file.Root, Size: file.Size, MTime: opts.mtime(e.Now), Revision: 1}
	if opts.Exec != nil {
		entry.Exec = *opts.Exec
	}
	if entry, err = e.Add(ctx, parent, entry, path); err != nil {
		return space.Entry{}, err
	}
	e.Record(space.ChangeCreate, entry, space.Entry{})
	return entry, e.AddRevision(ctx, entry)
}

// Replace gives a file a new revision, or only other metadata where the bytes are the same.
func Replace(ctx context.Context, e *space.Edit, entry space.Entry, file blockstore.File, opts PutOptions) (space.Entry, error) {
	same := entry.Root == file.Root
	if same && opts.MTime.IsZero() && opts.Exec == nil {
		return entry, nil
	}
	meta := Meta{Exec: opts.Exec}
	if mtime := opts.mtime(e.Now); !same || !opts.MTime.IsZero() {
		meta.MTime = &mtime
	}
	if same {
		return SetMeta(ctx, e, entry, meta)
	}
	if err := e.Charge(ctx, file.Size); err != nil {
		return space.Entry{}, err
	}
	entry.Root, entry.Size, entry.Revision = file.Root, file.Size, entry.Revision+1
	entry.Author, entry.Changed, entry.MTime = e.Actor.User, e.Now, *meta.MTime
	if opts.Exec != nil {
		entry.Exec = *opts.Exec
	}
	if err := e.Update(ctx, entry); err != nil {
		return space.Entry{}, err
	}
	e.Record(space.ChangeUpdate, entry, space.Entry{})
	if err := space.Supersede(ctx, e, []int64{entry.ID}); err != nil {
		return space.Entry{}, err
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
func SetMeta(ctx context.Context, e *space.Edit, entry space.Entry, meta Meta) (space.Entry, error) {
	before := entry
	if meta.MTime != nil {
		entry.MTime = space.Sane(*meta.MTime)
	}
	if meta.Exec != nil && entry.Kind == space.KindFile {
		entry.Exec = *meta.Exec
	}
	if entry.MTime.Equal(before.MTime) && entry.Exec == before.Exec {
		return before, nil
	}
	entry.Changed = e.Now
	if err := e.Update(ctx, entry); err != nil {
		return space.Entry{}, err
	}
	e.Record(space.ChangeMeta, entry, space.Entry{})
	return entry, nil
}
