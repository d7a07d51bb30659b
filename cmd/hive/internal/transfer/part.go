package transfer

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer/part"
)

func (c *download) part(name string) string {
	if c.done+c.Length < resumable {
		return ""
	}
	return part.Name(name, c.Root, c.Exec, part.InOrder)
}

// note notes a name in the target.
func (t *target) note(name string) {
	if part.Is(name) {
		t.parts = append(t.parts, name)
	}
}

// goOn is write with what an earlier get left of the file. It is not done, without an error, where there is nothing, or where it
// is of another content: then it is removed.
func (d *Download) goOn(ctx context.Context, t *target, remote string, e apitype.Entry, revision int64) (done bool, err error) {
	for _, name := range t.parts {
		if !strings.HasPrefix(name, part.Of(e.Name)) {
			continue
		}
		if f, size := part.Open(t.root, name); f != nil {
			if done, err = d.rest(ctx, t.root, f, size, remote, e, revision); done || err != nil {
				return done, err
			}
		}
	}
	return false, nil
}

// dropParts removes what earlier gets left of a file that is there now.
func (t *target) dropParts(name string) {
	for _, left := range t.parts {
		if !strings.HasPrefix(left, part.Of(name)) {
			continue
		}
		if f, _ := part.Open(t.root, left); f != nil {
			_ = t.root.Remove(left) // the next get tries again
			f.Close()
		}
	}
}

// rest gets what a part of a size lacks. Its last byte comes again: so there is something to ask for where it is whole.
func (d *Download) rest(ctx context.Context, root *os.Root, f *os.File, size int64, remote string, e apitype.Entry, revision int64) (done bool, err error) {
	name, from := filepath.Base(f.Name()), max(size-1, 0)
	content, err := d.open(ctx, remote, revision, from)
	if err != nil && (hopeless(err) || passes(err)) {
		return false, errors.Join(err, f.Close())
	}
	if err != nil {
		return false, errors.Join(f.Close(), root.Remove(name)) // why, says the next request
	}
	defer func() { content.Close() }() // the one it has then
	if content.part(e.Name) != name || from > 0 && content.Range == "" {
		return false, errors.Join(f.Close(), root.Remove(name))
	}
	e.MTime, e.Exec = content.MTime, content.Exec
	d.Bytes.Add(from)
	if _, err = f.Seek(from, io.SeekStart); err == nil {
		err = content.copyTo(ctx, f, &d.Counters)
	}
	if err == nil {
		err = verify(ctx, f, content.Root)
	}
	if err = d.finish(ctx, root, f, e, err); errors.Is(err, errChanged) {
		d.Bytes.Add(-content.done)
		return false, nil
	}
	return err == nil, err
}

// finish gives a file its time and its place. Where err says that it is not complete it is removed, or left for the next get to go
// on with.
func (d *Download) finish(ctx context.Context, root *os.Root, f *os.File, e apitype.Entry, err error) error {
	name := filepath.Base(f.Name())
	if err == nil {
		err = d.fit(root, f, e)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = root.Chtimes(name, time.Time{}, e.MTime)
	}
	if err == nil {
		err = root.Rename(name, e.Name)
	}
	if err == nil {
		d.Files.Add(1)
		return nil
	}
	if strings.HasPrefix(name, part.Of(e.Name)) && interrupted(ctx, err) {
		return err
	}
	return errors.Join(err, root.Remove(name))
}

// fit gives a part the rights that it may have in its place. It refuses when something came there meanwhile: without Force nothing
// was there.
func (d *Download) fit(root *os.Root, f *os.File, e apitype.Entry) error {
	old, err := part.Lookup(root, e.Name)
	if err != nil || old == nil {
		return err
	}
	if !d.Force {
		return ErrExists
	}
	waits, err := f.Stat()
	if err != nil {
		return err
	}
	if mode := waits.Mode() & part.Rights(old, e.Exec); mode != waits.Mode().Perm() {
		return f.Chmod(mode)
	}
	return nil
}

// interrupted tells whether nothing is wrong but that there was no time, or no hive. A full disk is.
func interrupted(ctx context.Context, err error) bool {
	_, lost := errors.AsType[errLost](err)
	return (lost || ctx.Err() != nil) && !outOfSpace(err) && !outOfSpace(context.Cause(ctx))
}
