package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer/part"
)

// Download gets files out of a hive. All it writes goes through os.Root, so that neither a name from the hive nor a
// symbolic link on the disk leads out of the target.
type Download struct {
	run
}

// NewDownload returns a download that has not begun.
func NewDownload(o Options) *Download {
	o.Workers = cmp.Or(max(o.Workers, 0), DownloadWorkers)
	return &Download{run{Options: o}}
}

// Tree gets the content of the folder remote into the folder dir, which is made when it is missing. Files that are there
// with the same size and mtime are left alone. The error is one that ended the work; those of single files are counted.
func (d *Download) Tree(ctx context.Context, remote, dir string) error {
	known := true
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		known = false
	}
	top, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer top.Close()
	return d.start(ctx, folder{path: ".", known: known}, func(ctx context.Context, f folder, push func(folder)) error {
		return d.visit(ctx, place{top, dir, remote}, f, push)
	})
}

// place is where a tree comes from and goes to.
type place struct {
	top    *os.Root
	dir    string // for people
	remote string
}

// target is a local folder that stays open while files for it are under way.
type target struct {
	root  *os.Root
	name  string                 // for people
	there map[string]fs.FileInfo // what was in it
	parts []string               // names of those that were left in it

	mu    sync.Mutex
	users int
}

func (t *target) use() {
	t.mu.Lock()
	t.users++
	t.mu.Unlock()
}

func (t *target) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users--; t.users == 0 {
		t.root.Close()
	}
}

// visit gets the files of one folder and pushes its folders.
func (d *Download) visit(ctx context.Context, p place, f folder, push func(folder)) error {
	far := path.Join(p.remote, filepath.ToSlash(f.path))
	t, err := openTarget(p, f)
	if err != nil {
		return d.check(ctx, filepath.Join(p.dir, f.path), err)
	}
	t.use()
	defer t.release()
	for e, err := range d.Remote.All(ctx, far, client.ListOptions{Limit: 1000}) {
		if err != nil {
			if f.path == "." {
				return err // nothing to get at all
			}
			return d.check(ctx, far, err)
		}
		if !safeName(e.Name) {
			if err := d.check(ctx, path.Join(far, strconv.Quote(e.Name)), ErrName); err != nil {
				return err
			}
			continue
		}
		if e.Kind == apitype.KindFolder {
			child, err := t.makeFolder(e.Name, f)
			if err != nil {
				if err := d.check(ctx, filepath.Join(t.name, e.Name), err); err != nil {
					return err
				}
				continue
			}
			push(child)
			continue
		}
		if err := d.offer(ctx, t, path.Join(far, e.Name), e); err != nil {
			return err
		}
	}
	return nil
}

// openTarget opens a local folder and looks at what it holds.
func openTarget(p place, f folder) (*target, error) {
	root, err := p.top.OpenRoot(f.path)
	if err != nil {
		return nil, err
	}
	t := &target{root: root, name: filepath.Join(p.dir, f.path), there: map[string]fs.FileInfo{}}
	if !f.known {
		return t, nil
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			t.there[entry.Name()] = info
		}
		t.note(entry.Name())
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return t, nil
}

// makeFolder makes a folder unless it is there.
func (t *target) makeFolder(name string, f folder) (folder, error) {
	err := t.root.Mkdir(name, 0o777)
	if err == nil || !errors.Is(err, fs.ErrExist) {
		return f.child(name, false), err
	}
	info, err := t.root.Stat(name)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("a file is where a folder has to be: %w", fs.ErrExist)
	}
	return f.child(name, true), err
}

// safeName tells whether a name from a hive is one plain name on this machine.
func safeName(name string) bool {
	return name != "" && name != "." && filepath.IsLocal(name) && !strings.ContainsAny(name, "/\x00") && !strings.ContainsRune(name, filepath.Separator)
}

// offer gets a file unless it is there.
func (d *Download) offer(ctx context.Context, t *target, remote string, e apitype.Entry) error {
	info, exists := t.there[e.Name]
	if exists && !d.Force && !d.Checksum && info.Mode().IsRegular() && info.Size() == e.Size && info.ModTime().Equal(e.MTime) {
		d.Unchanged.Add(1)
		t.dropParts(e.Name)
		return d.check(ctx, filepath.Join(t.name, e.Name), t.setExec(info, e))
	}
	t.use()
	err := d.move(ctx, filepath.Join(t.name, e.Name), e.Size, func(ctx context.Context) error {
		defer t.release()
		return d.get(ctx, t, remote, e, info)
	})
	if err != nil {
		t.release() // it will not run
	}
	return err
}

// get gets one file. info is what was in its place, or nil: then what is there now counts, also under a name that the disk takes
// for the same.
func (d *Download) get(ctx context.Context, t *target, remote string, e apitype.Entry, info fs.FileInfo) (err error) {
	if info == nil && !d.Force {
		if info, err = part.Lookup(t.root, e.Name); err != nil {
			return err
		}
	}
	if info != nil && !d.Force {
		same := false
		if info.Mode().IsRegular() && info.Size() == e.Size {
			f, err := t.root.Open(e.Name)
			if err != nil {
				return err
			}
			same, err = hasContent(ctx, f, e.Root)
			if err != nil {
				return err
			}
		}
		if !same {
			return ErrExists
		}
		d.Unchanged.Add(1)
		d.AllFiles.Add(-1)
		d.AllBytes.Add(-e.Size)
		t.dropParts(e.Name)
		if err := t.setExec(info, e); err != nil {
			return err
		}
		return t.root.Chtimes(e.Name, time.Time{}, e.MTime)
	}
	return d.write(ctx, t, remote, e, 0)
}

// setExec makes a file that stays executable for those who may read it, or for nobody. Who cannot change that, as on a disk
// without modes, has the content all the same.
func (t *target) setExec(info fs.FileInfo, e apitype.Entry) error {
	if executable(info) == e.Exec {
		return nil
	}
	mode := info.Mode() &^ 0o111
	if e.Exec {
		mode = part.ReadersExecute(mode)
	}
	err := t.root.Chmod(e.Name, mode)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// write gets content into a file of another name, which takes its place when it is complete.
func (d *Download) write(ctx context.Context, t *target, remote string, e apitype.Entry, revision int64) (err error) {
	defer func() {
		if err == nil {
			t.dropParts(e.Name)
		}
	}()
	if done, err := d.writePieces(ctx, t.root, remote, e, revision); done || err != nil {
		return err
	}
	if done, err := d.goOn(ctx, t, remote, e, revision); done || err != nil {
		return err
	}
	content, err := d.open(ctx, remote, revision, 0)
	if err != nil {
		return err
	}
	defer func() { content.Close() }()            // the one it has then
	e.MTime, e.Exec = content.MTime, content.Exec // it may be newer than the list
	f, err := part.Create(t.root, content.part(e.Name), e)
	if err != nil {
		return err
	}
	return d.finish(ctx, t.root, f, e, content.copyTo(ctx, f, &d.Counters))
}

// File gets one file, a revision of it where that is not 0, to the local name.
func (d *Download) File(ctx context.Context, e apitype.Entry, name string, revision int64) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	remote := e.Path
	e.Name = filepath.Base(name)
	info, err := part.Lookup(root, e.Name)
	if err != nil {
		return err
	}
	d.AllFiles.Add(1)
	d.AllBytes.Add(e.Size)
	t := &target{root: root, name: filepath.Dir(name)}
	entries, _ := fs.ReadDir(root.FS(), ".") // what cannot be listed holds nothing to go on with
	for _, entry := range entries {
		t.note(entry.Name())
	}
	if revision == 0 {
		return d.get(ctx, t, remote, e, info)
	}
	if info != nil && !d.Force {
		return ErrExists
	}
	return d.write(ctx, t, remote, e, revision)
}

// Writer gets the content of a file into w.
func (d *Download) Writer(ctx context.Context, w io.Writer, remote string, revision int64) error {
	content, err := d.open(ctx, remote, revision, 0)
	if err != nil {
		return err
	}
	defer func() { content.Close() }() // the one it has then
	d.AllFiles.Add(1)
	d.AllBytes.Add(max(content.Length, 0))
	if err := content.copyTo(ctx, w, &d.Counters); err != nil {
		return err
	}
	d.Files.Add(1)
	return nil
}

// CheckName says whether a name from a hive is safe as the name of a file here.
func CheckName(name string) error {
	if !safeName(name) {
		return ErrName
	}
	return nil
}
