package transfer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer/part"
	"github.com/melissiproject/hive/node"
)

// Upload puts files into a hive.
type Upload struct {
	run
	unfinished unfinished
}

// NewUpload returns an upload that has not begun.
func NewUpload(o Options) *Upload {
	o.Workers = cmp.Or(max(o.Workers, 0), UploadWorkers)
	return &Upload{run: run{Options: o}}
}

// Tree puts the content of the folder dir into the folder remote, which is made with those above it. Files that are
// there with the same size and mtime are left alone. The error is one that ended the work; those of single files are
// counted.
func (u *Upload) Tree(ctx context.Context, dir, remote string) error {
	known, err := u.folderExists(ctx, remote)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	return u.start(ctx, folder{path: ".", known: known, above: []string{real}}, func(ctx context.Context, f folder, push func(folder)) error {
		return u.visit(ctx, dir, remote, f, push)
	})
}

// folderExists tells whether remote is a folder. That it is a file is an error.
func (u *Upload) folderExists(ctx context.Context, remote string) (bool, error) {
	e, err := u.Remote.Stat(ctx, remote)
	if errors.Is(err, client.ErrNotFound) {
		return false, nil
	}
	if err == nil && e.Kind != apitype.KindFolder {
		err = ErrNotFolder
	}
	return err == nil, err
}

// visit puts the files of one folder and pushes its folders.
func (u *Upload) visit(ctx context.Context, dir, remote string, f folder, push func(folder)) error {
	local, far := filepath.Join(dir, f.path), path.Join(remote, filepath.ToSlash(f.path))
	entries, err := os.ReadDir(local)
	if err != nil {
		return u.check(ctx, local, err)
	}
	there, err := u.list(ctx, far, f.known)
	if err != nil {
		return u.check(ctx, far, err)
	}
	empty, names := true, map[string]string{}
	for _, entry := range entries {
		name := filepath.Join(local, entry.Name())
		info, child, err := u.inspect(name, entry, f)
		if err != nil {
			if err := u.check(ctx, name, err); err != nil {
				return err
			}
		}
		if info == nil {
			continue
		}
		empty = false
		if part.Is(entry.Name()) && !info.IsDir() {
			u.warn("%s: skipped: left by a get that was interrupted", name)
			continue
		}
		if err := u.check(ctx, name, once(names, entry.Name())); err != nil {
			return err
		}
		if names[nfc(entry.Name())] != entry.Name() {
			continue
		}
		e, exists := there[nfc(entry.Name())]
		if info.IsDir() {
			child.known = exists && e.Kind == apitype.KindFolder
			push(child)
			continue
		}
		if err := u.offer(ctx, name, path.Join(far, entry.Name()), info, e); err != nil {
			return err
		}
	}
	if empty && !f.known {
		_, err := u.Remote.Mkdir(ctx, far, true)
		return u.check(ctx, local, err)
	}
	return nil
}

// once notes the name of an entry of a local folder, and refuses one that differs from another only in how its characters are put
// together: the hive would take both for one.
func once(names map[string]string, name string) error {
	if other, ok := names[nfc(name)]; ok {
		return fmt.Errorf("%w %s: %+q and %+q are the same characters put together in two ways; rename one", ErrSameName, other, name, other)
	}
	names[nfc(name)] = name
	return nil
}

// list gives what the hive has in a folder.
func (u *Upload) list(ctx context.Context, remote string, known bool) (map[string]apitype.Entry, error) {
	if !known || u.Force {
		return nil, nil
	}
	there := map[string]apitype.Entry{}
	for e, err := range u.Remote.All(ctx, remote, client.ListOptions{Limit: 1000}) {
		if err != nil {
			return nil, err
		}
		there[e.Name] = e
	}
	return there, nil
}

// inspect says what an entry of a local folder is; nil when it is not to be put. child is the folder it may be.
func (u *Upload) inspect(name string, entry fs.DirEntry, f folder) (info fs.FileInfo, child folder, err error) {
	child = f.child(entry.Name(), false)
	if info, err = entry.Info(); err != nil {
		return nil, child, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if !u.Follow {
			u.warn("%s: symbolic link skipped; --follow puts what it leads to", name)
			return nil, child, nil
		}
		if info, err = os.Stat(name); err != nil {
			return nil, child, err
		}
		if info.IsDir() {
			if child.above, err = u.enter(name, f.above); err != nil {
				return nil, child, err
			}
		}
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		u.warn("%s: skipped: %v", name, ErrSpecial)
		return nil, child, nil
	}
	return info, child, nil
}

// enter follows a link to a folder unless that leads in circles.
func (u *Upload) enter(name string, above []string) ([]string, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	if within(parent, real) || slices.ContainsFunc(above, func(a string) bool { return within(a, real) }) {
		return nil, ErrLoop
	}
	return append(slices.Clone(above), real), nil
}

// within tells whether name is root or lies in it.
func within(name, root string) bool {
	rel, err := filepath.Rel(root, name)
	return err == nil && filepath.IsLocal(rel)
}

// offer puts a file unless the hive has it.
func (u *Upload) offer(ctx context.Context, name, remote string, info fs.FileInfo, there apitype.Entry) error {
	size := info.Size()
	same := there.Kind == apitype.KindFile && there.Size == size && !u.Force
	if same && !u.Checksum && there.MTime.Equal(info.ModTime()) {
		u.Unchanged.Add(1)
		if there.Exec == executable(info) {
			return nil
		}
		return u.check(ctx, name, u.setMeta(ctx, remote, info))
	}
	return u.move(ctx, name, size, func(ctx context.Context) error {
		if same && u.Checksum {
			equal, err := hasRoot(ctx, name, there.Root)
			if err != nil {
				return err
			}
			if equal {
				return u.keep(ctx, remote, info, there)
			}
		}
		return u.send(ctx, name, remote, info)
	})
}

// keep leaves content that is there and sets what is kept beside it.
func (u *Upload) keep(ctx context.Context, remote string, info fs.FileInfo, there apitype.Entry) error {
	u.Unchanged.Add(1)
	u.AllFiles.Add(-1)
	u.AllBytes.Add(-info.Size())
	if there.MTime.Equal(info.ModTime()) && there.Exec == executable(info) {
		return nil
	}
	return u.setMeta(ctx, remote, info)
}

func (u *Upload) setMeta(ctx context.Context, remote string, info fs.FileInfo) error {
	mtime, exec := info.ModTime(), executable(info)
	_, err := u.Remote.SetMeta(ctx, remote, apitype.Meta{MTime: &mtime, Exec: &exec}, client.Condition{})
	return err
}

// File puts one local file at remote.
func (u *Upload) File(ctx context.Context, name, remote string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &fs.PathError{Op: "put", Path: name, Err: errors.New("is a folder; -r puts folders")}
	}
	if !info.Mode().IsRegular() {
		return u.stream(ctx, name, remote)
	}
	u.AllFiles.Add(1)
	u.AllBytes.Add(info.Size())
	return u.send(ctx, name, remote, info)
}

// stream puts what comes out of a pipe or device.
func (u *Upload) stream(ctx context.Context, name, remote string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = u.Reader(ctx, f, remote)
	return err
}

// Reader puts what r gives, of unknown length.
func (u *Upload) Reader(ctx context.Context, r io.Reader, remote string) (apitype.Entry, error) {
	u.AllFiles.Add(1)
	u.AllBytes.Store(-1)
	e, _, err := u.Remote.Put(ctx, remote, onlyReader{&metered{r: r, counters: &u.Counters}}, client.PutOptions{Length: -1, Parents: true})
	if err == nil {
		u.Files.Add(1)
	}
	return e, err
}

// buffers hold small files, so that sending one takes an open, a read and a close.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const buffered = 256 << 10 // bytes; larger files are streamed

// send puts a regular file. The mtime is the one from before it was read: when the file changes meanwhile, the next put
// finds another.
func (u *Upload) send(ctx context.Context, name, remote string, info fs.FileInfo) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	exec := executable(info)
	opts := client.PutOptions{MTime: info.ModTime(), Exec: &exec, Parents: true}
	if info.Size() >= large && u.Chunks != nil {
		done, err := u.putPieces(ctx, f, remote, opts, info.Size())
		if done || err != nil {
			return err
		}
	}
	if info.Size() >= resumable && u.Uploads != nil {
		done, err := u.putParts(ctx, f, remote, opts, info)
		if done || err != nil {
			return err
		}
	}
	if info.Size() > buffered {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		m := &metered{r: f, counters: &u.Counters}
		_, _, err := u.Remote.Put(ctx, remote, m, opts)
		if err == nil {
			u.Files.Add(1)
		}
		return err
	}
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	buf.Grow(int(info.Size()) + bytes.MinRead)
	if _, err := buf.ReadFrom(f); err != nil {
		return err
	}
	_, _, err = u.Remote.Put(ctx, remote, bytes.NewReader(buf.Bytes()), opts)
	if err == nil {
		u.Files.Add(1)
		u.Bytes.Add(int64(buf.Len()))
		buffers.Put(buf) // not after an error: a request that failed may still be reading
	}
	return err
}

func executable(info fs.FileInfo) bool { return info.Mode().Perm()&0o111 != 0 }

// hasRoot tells whether a local file has this content.
func hasRoot(ctx context.Context, name, root string) (bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	return hasContent(ctx, f, root)
}

// hasContent tells whether a file, which it closes, has this content.
func hasContent(ctx context.Context, f *os.File, root string) (bool, error) {
	defer f.Close()
	own, err := node.Root(ctx, f)
	return err == nil && own == root, err
}

// metered counts what is read. A replay takes back what it counted.
type metered struct {
	r        io.Reader
	counters *Counters
	counted  int64
	failed   error // of reading
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.counted += int64(n)
	m.counters.Bytes.Add(int64(n))
	if err != nil && err != io.EOF {
		m.failed = err
	}
	return n, err
}

// Seek implements io.Seeker for files.
func (m *metered) Seek(offset int64, whence int) (int64, error) {
	s, ok := m.r.(io.Seeker)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	m.counters.Bytes.Add(-m.counted)
	m.counted = 0
	return s.Seek(offset, whence)
}

// onlyReader hides Seek.
type onlyReader struct{ io.Reader }
