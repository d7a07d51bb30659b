package badgerstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/blockstore"
)

// afterCut is a copy of the database as a power cut leaves it that comes when the keys are on the disk and the value of a block is not.
func afterCut(t *testing.T, dir string, block blockstore.Block) string {
	t.Helper()
	cut := t.TempDir()
	if err := os.CopyFS(cut, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(cut, "*.vlog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range logs {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(data, block.Data[:64])
		if at < 0 {
			continue
		}
		if err := errors.Join(os.Truncate(name, int64(at)), os.Truncate(name, int64(len(data)))); err != nil {
			t.Fatal(err)
		}
		return cut
	}
	t.Fatal("the block is in no value log")
	return ""
}

// TestPowerCut: what was synced is there; a block of which only the key came to the disk is not, so that it is stored when it comes again.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	safe, unsafe := randomBlock(t, 1, 40000), randomBlock(t, 2, 40000)
	if err := errors.Join(e.Put(t.Context(), []blockstore.Block{safe}), e.Sync(t.Context()), e.Put(t.Context(), []blockstore.Block{unsafe})); err != nil {
		t.Fatal(err)
	}
	cut := afterCut(t, dir, unsafe)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and the block that came again is there after another start
		e = open(t, cut, 1<<20)
		if got, err := e.Get(t.Context(), safe.Key, nil); err != nil || !bytes.Equal(got, safe.Data) {
			t.Errorf("what was synced is lost: %v", err)
		}
		if has, err := e.Has(t.Context(), unsafe.Key); err != nil {
			t.Fatal(err)
		} else if !has {
			if err := errors.Join(e.Put(t.Context(), []blockstore.Block{unsafe}), e.Sync(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := e.Get(t.Context(), unsafe.Key, nil); err != nil || !bytes.Equal(got, unsafe.Data) {
			t.Errorf("what came again is lost: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamageIsNotACut: of what was synced, a block with damage keeps its key, for those who look for damage.
func TestDamageIsNotACut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	first, second := randomBlock(t, 1, 40000), randomBlock(t, 2, 40000)
	if err := errors.Join(e.Put(t.Context(), []blockstore.Block{first, second}), e.Sync(t.Context()), e.Close()); err != nil {
		t.Fatal(err)
	}
	harm(t, dir, first, 0)
	e = open(t, dir, 1<<20)
	defer e.Close()
	if has, err := e.Has(t.Context(), first.Key); err != nil || !has {
		t.Errorf("the key of a damaged block is gone: %v", err)
	}
	if _, err := e.Get(t.Context(), first.Key, nil); !errors.Is(err, blockstore.ErrCorrupt) {
		t.Errorf("got error %v, want ErrCorrupt", err)
	}
}
