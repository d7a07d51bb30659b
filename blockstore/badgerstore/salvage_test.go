package badgerstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/blockstore"
	mh "github.com/multiformats/go-multihash"
)

// harm changes a byte of a block in the value log, or one that is so far before it.
func harm(t *testing.T, dir string, block blockstore.Block, before int64) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range logs {
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(log, block.Data[:64])
		if at < 0 {
			continue
		}
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteAt([]byte{^log[int64(at)-before]}, int64(at)-before)
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// wantOnly looks for all blocks of a size up to n of which the number is a multiple of step, and none but those that are damaged
// may be lost.
func wantOnly(t *testing.T, e *Engine, n, step, size int, damaged ...int) {
	t.Helper()
	lost := make(map[int]bool)
	for _, i := range damaged {
		lost[i] = true
	}
	for i := 0; i < n; i += step {
		want := randomBlock(t, i, size)
		got, err := e.Get(t.Context(), want.Key, nil)
		if lost[i] && !errors.Is(err, blockstore.ErrCorrupt) {
			t.Errorf("block %d is damaged: got error %v, want ErrCorrupt", i, err)
		} else if !lost[i] && (err != nil || !bytes.Equal(got, want.Data)) {
			t.Errorf("block %d: got %d bytes, %v", i, len(got), err)
		}
	}
}

// garbage makes an engine with a block of 1 MiB in ten that was not deleted, and a value-log file worth rewriting.
func garbage(t *testing.T, dir string) (e *Engine, deleted []mh.Multihash) {
	t.Helper()
	if testing.Short() {
		t.Skip("much data, and nothing at once")
	}
	e = open(t, dir, 1<<20)
	for i := range 300 {
		b := randomBlock(t, i, 1<<20)
		if err := e.Put(t.Context(), []blockstore.Block{b}); err != nil {
			t.Fatal(err)
		}
		if i%10 != 0 {
			deleted = append(deleted, b.Key)
		}
	}
	if err := errors.Join(e.Delete(t.Context(), deleted), e.flush(), e.db.Flatten(1), e.Sync(t.Context())); err != nil {
		t.Fatal(err)
	}
	return e, deleted
}

// TestRewriteGoesPastDamage rewrites a value-log file with two damaged blocks. Badger takes the first for the end of the file.
func TestRewriteGoesPastDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, deleted := garbage(t, dir)
	defer e.Close()
	harm(t, dir, randomBlock(t, 20, 1<<20), 0)
	harm(t, dir, randomBlock(t, 60, 1<<20), 0)
	if again, err := e.rewriteOne(t.Context()); err != nil || !again {
		t.Fatalf("rewritten: %t, %v", again, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.vlog")); err != nil || len(left) != 1 {
		t.Fatalf("value logs after one was rewritten: %v, %v", left, err)
	}
	wantOnly(t, e, 300, 10, 1<<20, 20, 60)
	for _, key := range deleted {
		if has, err := e.Has(t.Context(), key); err != nil || has {
			t.Fatalf("a block that was deleted is back: %v", err)
		}
	}
}

// TestRewriteStopsAtDamage rewrites a value-log file with a damaged length, behind which nothing can be found.
func TestRewriteStopsAtDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, _ := garbage(t, dir)
	harm(t, dir, randomBlock(t, 20, 1<<20), 34+keyNumber+2) // the last byte of the length
	if _, err := e.rewriteOne(t.Context()); !errors.Is(err, errShape) {
		t.Fatalf("got error %v, want errShape", err)
	}
	for range 2 {
		wantOnly(t, e, 300, 10, 1<<20, 20)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		e = open(t, dir, 1<<20)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOpenGoesPastDamage opens a database whose newest value-log file has two damaged blocks. Badger cuts off what follows.
func TestOpenGoesPastDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	for i := range 20 {
		if err := e.Put(t.Context(), []blockstore.Block{randomBlock(t, i, 100<<10)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(e.Delete(t.Context(), []mh.Multihash{randomBlock(t, 19, 100<<10).Key}), e.Close()); err != nil {
		t.Fatal(err)
	}
	harm(t, dir, randomBlock(t, 3, 100<<10), 0)
	harm(t, dir, randomBlock(t, 5, 100<<10), 0)
	for range 2 {
		e = open(t, dir, 1<<20)
		wantOnly(t, e, 19, 1, 100<<10, 3, 5)
		if has, err := e.Has(t.Context(), randomBlock(t, 19, 100<<10).Key); err != nil || has {
			t.Errorf("a block that was deleted is back: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.damaged")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
