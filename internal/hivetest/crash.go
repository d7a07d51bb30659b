package hivetest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
)

// errPower is what a hive gets that writes after its crash.
var errPower = errors.New("hivetest: no power")

// power is what a hive needs to change anything on disk.
type power struct {
	mu    sync.Mutex
	armed bool
	left  int // writes until it is off
	off   bool
}

// spend asks for power for a write: a commit of the database, or blocks.
func (p *power) spend() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.armed && p.left == 0 {
		p.off = true
	}
	p.left--
	return !p.off
}

func (p *power) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// plugged is an engine that writes while there is power.
type plugged struct {
	blockstore.Engine
	power *power
}

// Put implements blockstore.EngineWriter.
func (e plugged) Put(ctx context.Context, blocks []blockstore.Block) error {
	if !e.power.spend() {
		return errPower
	}
	return e.Engine.Put(ctx, blocks)
}

// Sync implements blockstore.EngineWriter.
func (e plugged) Sync(ctx context.Context) error {
	if !e.power.spend() {
		return errPower
	}
	return e.Engine.Sync(ctx)
}

// Delete implements blockstore.EngineSweeper.
func (e plugged) Delete(ctx context.Context, keys []mh.Multihash) error {
	if !e.power.spend() {
		return errPower
	}
	return e.Engine.Delete(ctx, keys)
}

// CrashAfter takes the hive's power away after so many more writes to its disk: a commit of the database, blocks, or a
// sync. From then on nothing reaches the disk and nobody gets an acknowledgement. Crash is the next thing to call.
func (h *Hive) CrashAfter(writes int) {
	h.power.set(func() { h.power.armed, h.power.left = true, writes })
}

// Crashed tells whether the hive is without power.
func (h *Hive) Crashed() bool {
	off := false
	h.power.set(func() { off = h.power.off })
	return off
}

// Crash ends the hive as SIGKILL would, now if CrashAfter did not before: nothing is flushed, closed or told to anybody.
// Start then finds the files as they were at that moment. Only on a Mesh.
func (h *Hive) Crash() {
	h.t.Helper()
	if h.stop == nil {
		return
	}
	h.power.set(func() { h.power.off = true })
	h.world.Mesh.Kill(h.ID)
	_ = h.stop() // it may end with the error of a write
	h.stop = nil
	if err := h.Network.Close(); err != nil { // waits for what it answers
		h.t.Errorf("crash of hive %s: %v", h.ID, err)
	}
	image := h.image() // before somebody closes the files
	_ = h.close()      // in vain: there is no power
	if err := os.RemoveAll(h.dir); err != nil {
		h.t.Errorf("crash of hive %s: %v", h.ID, err)
	}
	h.dir = image
}

// image copies the files of a hive that has no power. Badger may still be at work on what it has: until then, again.
func (h *Hive) image() string {
	h.t.Helper()
	for {
		before, err := listFiles(h.dir)
		to := h.t.TempDir()
		for _, f := range before {
			if err == nil {
				err = copySparse(filepath.Join(h.dir, f.name), filepath.Join(to, f.name))
			}
		}
		after, listErr := listFiles(h.dir)
		if err = errors.Join(err, listErr); err == nil && slices.Equal(before, after) {
			return to
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			h.t.Fatalf("crash of hive %s: %v", h.ID, err)
		}
	}
}

// file is a file as far as a copy must not miss a change of it.
type file struct {
	name string
	size int64
	at   time.Time
}

func listFiles(dir string) (files []file, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, file{name, info.Size(), info.ModTime()})
		return err
	})
	return files, err
}

// copySparse copies a file without its holes.
func copySparse(from, to string) (err error) {
	const data, hole = 3, 4 // SEEK_DATA and SEEK_HOLE of Linux
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	for at := int64(0); ; {
		begin, err := in.Seek(at, data)
		if errors.Is(err, syscall.ENXIO) {
			return out.Truncate(info.Size())
		}
		if err != nil {
			return err
		}
		if at, err = in.Seek(begin, hole); err != nil {
			return err
		}
		if _, err := io.Copy(io.NewOffsetWriter(out, begin), io.NewSectionReader(in, begin, at-begin)); err != nil {
			return err
		}
	}
}
