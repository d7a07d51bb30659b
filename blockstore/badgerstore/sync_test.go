package badgerstore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/blockstore"
	"golang.org/x/sys/unix"
)

// wantOnDisk fails if a power cut would take pages of the logs in dir.
func wantOnDisk(t *testing.T, dir string) {
	t.Helper()
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		logs, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range logs {
			if pages := lost(t, name); pages > 0 {
				t.Errorf("%d pages of %s are not on the disk", pages, filepath.Base(name))
			}
		}
	}
}

// lost is how many pages of a file are not on the disk; 0 of one that is being removed, for Badger has no more need of it.
func lost(t *testing.T, name string) uint64 {
	t.Helper()
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var cached unix.Cachestat_t
	err = unix.Cachestat(uint(file.Fd()), &unix.CachestatRange{}, &cached, 0)
	if errors.Is(err, unix.ENOSYS) {
		t.Skip("the kernel does not tell which pages are on the disk")
	}
	st, staterr := file.Stat()
	if err := errors.Join(err, staterr); err != nil {
		t.Fatal(err)
	}
	if st.Size() == 0 {
		return 0
	}
	return cached.Dirty + cached.Writeback
}

// TestSyncTakesAllLogs writes so many keys at once that Badger turns to another log in between.
func TestSyncTakesAllLogs(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("much data, and nothing at once")
	}
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	defer e.Close()
	blocks := make([]blockstore.Block, 7000) // 5.6 MB
	for i := range 10 {
		for k := range blocks {
			blocks[k] = randomBlock(t, i*len(blocks)+k, 800)
		}
		if err := errors.Join(e.Put(t.Context(), blocks), e.Sync(t.Context())); err != nil {
			t.Fatal(err)
		}
		wantOnDisk(t, dir)
	}
}

// TestRewriteIsSafe looks, when a value-log file was rewritten and is gone, for what came out of it.
func TestRewriteIsSafe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, _ := garbage(t, dir)
	defer e.Close()
	if again, err := e.rewriteOne(t.Context()); err != nil || !again {
		t.Fatalf("rewritten: %t, %v", again, err)
	}
	wantOnDisk(t, dir)
	if left, err := filepath.Glob(filepath.Join(dir, "*.vlog")); err != nil || len(left) != 1 {
		t.Fatalf("value logs after one was rewritten: %v, %v", left, err)
	}
}

// TestListHoldsUpNothing rewrites a value-log file while blocks are listed, as a scrub does for days: the file goes at once.
func TestListHoldsUpNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e, _ := garbage(t, dir)
	defer e.Close()
	listed := 0
	for _, err := range e.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if listed++; listed > 1 {
			continue
		}
		if again, err := e.rewriteOne(t.Context()); err != nil || !again {
			t.Fatalf("rewritten: %t, %v", again, err)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*.vlog")); err != nil || len(left) != 1 {
			t.Errorf("value logs after one was rewritten: %v, %v", left, err)
		}
	}
	if listed != 30 {
		t.Errorf("%d blocks listed, want 30", listed)
	}
}

// TestNothingAfterAFailedSync: what a sync failed to write the kernel forgets, and a second one succeeds without it. So no write is
// acknowledged until the engine was opened again.
func TestNothingAfterAFailedSync(t *testing.T) {
	t.Parallel()
	dir, broken := t.TempDir(), t.TempDir()
	e := open(t, dir, 1<<20)
	one, two := randomBlock(t, 1, 4000), randomBlock(t, 2, 4000)
	if err := e.Put(t.Context(), []blockstore.Block{one}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Symlink("/dev/null", filepath.Join(broken, "00000.mem")), os.Symlink("/dev/null", filepath.Join(broken, "00001.mem"))); err != nil {
		t.Fatal(err)
	}
	e.keys.dir = broken // whose files refuse to be synced
	if err := e.Sync(t.Context()); !errors.Is(err, errUnsafe) {
		t.Fatalf("got error %v, want errUnsafe", err)
	}
	e.keys.dir = dir
	if err := e.Sync(t.Context()); !errors.Is(err, errUnsafe) {
		t.Errorf("got error %v of another Sync, want errUnsafe", err)
	}
	if err := e.Put(t.Context(), []blockstore.Block{two}); !errors.Is(err, errUnsafe) {
		t.Errorf("got error %v of a Put, want errUnsafe", err)
	}
	if _, err := e.Get(t.Context(), one.Key, nil); err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir, 1<<20)
	defer e.Close()
	if err := errors.Join(e.Put(t.Context(), []blockstore.Block{two}), e.Sync(t.Context())); err != nil {
		t.Error(err)
	}
}
