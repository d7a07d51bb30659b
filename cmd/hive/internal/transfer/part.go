package transfer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// The name of a file that is to take the place of another is partPrefix and partSuffix, and between them a number by chance, or,
// where the next get is to go on with it, what says of which file and of which content it is.
const (
	partPrefix = ".hive-"
	partSuffix = ".part"
)

func isPart(name string) bool {
	return strings.HasPrefix(name, partPrefix) && strings.HasSuffix(name, partSuffix)
}

// partsOf begins the names of all parts of a file that can be gone on with.
func partsOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%s%x-", partPrefix, sum[:8])
}

// How a content comes into a part.
const (
	inOrder  = ""
	inPieces = "pieces" // with holes
)

// partOf is the name under which a content waits to become the file name: empty where that is not worth it, or the hive does not
// say what the content is to be in the end.
func partOf(name, root string, exec bool, size int64, how string) string {
	if root == "" || size < resumable {
		return ""
	}
	sum := sha256.Sum256([]byte(root + strconv.FormatBool(exec) + how))
	return fmt.Sprintf("%s%x%s", partsOf(name), sum[:8], partSuffix)
}

func (c *download) part(name string) string {
	return partOf(name, c.Root, c.Exec, c.done+c.Length, inOrder)
}

// note notes a name in the target.
func (t *target) note(name string) {
	if isPart(name) {
		t.parts = append(t.parts, name)
	}
}

// createPart makes a file that is to take the place of another. Where the name is taken, or there is none, it is one by chance.
func createPart(root *os.Root, name string, exec bool) (*os.File, error) {
	const flags = os.O_RDWR | os.O_CREATE | os.O_EXCL
	mode := fs.FileMode(0o666)
	if exec {
		mode = 0o777
	}
	if name != "" {
		f, err := root.OpenFile(name, flags, mode)
		if err == nil {
			_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // where there are no locks, as on some networks, there is one get
		}
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return root.OpenFile(partPrefix+strconv.FormatUint(rand.Uint64(), 36)+partSuffix, flags, mode)
}

// openPart opens a part that an earlier get of the same user left. It is nil where another get is at work on it.
func openPart(root *os.Root, name string) (*os.File, int64) {
	f, err := root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, 0
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	opened, _ := f.Stat()
	named, gone := root.Lstat(name)
	if errors.Is(err, syscall.EWOULDBLOCK) || gone != nil || !os.SameFile(opened, named) || !named.Mode().IsRegular() || !mine(named) {
		f.Close()
		return nil, 0
	}
	return f, named.Size()
}

// mine tells whether a file belongs to the user, and has no other name.
func mine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && stat.Nlink == 1
}

// goOn is write with what an earlier get left of the file. It is not done, without an error, where there is nothing, or where it
// is of another content: then it is removed.
func (d *Download) goOn(ctx context.Context, t *target, remote string, e apitype.Entry, revision int64) (done bool, err error) {
	for _, name := range t.parts {
		if !strings.HasPrefix(name, partsOf(e.Name)) {
			continue
		}
		if f, size := openPart(t.root, name); f != nil {
			if done, err = d.rest(ctx, t.root, f, size, remote, e, revision); done || err != nil {
				return done, err
			}
		}
	}
	return false, nil
}

// dropParts removes what earlier gets left of a file that is there now.
func (t *target) dropParts(name string) {
	for _, part := range t.parts {
		if !strings.HasPrefix(part, partsOf(name)) {
			continue
		}
		if f, _ := openPart(t.root, part); f != nil {
			_ = t.root.Remove(part) // the next get tries again
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
	if strings.HasPrefix(name, partsOf(e.Name)) && interrupted(ctx, err) {
		return err
	}
	return errors.Join(err, root.Remove(name))
}

// interrupted tells whether nothing is wrong but that there was no time, or no hive. A full disk is.
func interrupted(ctx context.Context, err error) bool {
	_, lost := errors.AsType[errLost](err)
	return (lost || ctx.Err() != nil) && !outOfSpace(err) && !outOfSpace(context.Cause(ctx))
}
