package badgerstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/blockstore"
	mh "github.com/multiformats/go-multihash"
	"golang.org/x/sys/unix"
)

func open(t *testing.T, dir string, reserve int64) *Engine {
	t.Helper()
	e, err := Open(Config{Dir: dir, Reserve: reserve})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// randomBlock returns a block that nothing compresses.
func randomBlock(t testing.TB, i, n int) blockstore.Block {
	t.Helper()
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(i))
	data := make([]byte, n)
	rand.NewChaCha8(seed).Read(data)
	sum := sha256.Sum256(data)
	key, err := mh.Encode(sum[:], mh.SHA2_256)
	if err != nil {
		t.Fatal(err)
	}
	return blockstore.Block{Key: key, Data: data}
}

func TestSecondOpenFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	defer e.Close()
	if _, err := Open(Config{Dir: dir}); err == nil {
		t.Fatal("a second engine opened the same folder")
	}
}

// TestDamageIsSeen reads a value that changed on the disk.
func TestDamageIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	block := randomBlock(t, 1, 64<<10)
	if err := errors.Join(e.Put(t.Context(), []blockstore.Block{block}), e.Close()); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("value logs: %v, %v", logs, err)
	}
	for _, name := range logs {
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(log, block.Data); at >= 0 {
			log[at+1000]++
			if err := os.WriteFile(name, log, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	e = open(t, dir, 1<<20)
	defer e.Close()
	if _, err := e.Get(t.Context(), block.Key, nil); !errors.Is(err, blockstore.ErrCorrupt) {
		t.Errorf("Get = %v, want ErrCorrupt", err)
	}
}

// TestReclaimShrinks fills three value-log files, deletes most of it and watches
// the disk.
func TestReclaimShrinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	defer e.Close()
	const size = 1 << 20
	var keys []mh.Multihash
	for i := range 800 {
		b := randomBlock(t, i, size)
		if err := e.Put(t.Context(), []blockstore.Block{b}); err != nil {
			t.Fatal(err)
		}
		if i%10 != 0 {
			keys = append(keys, b.Key)
		}
	}
	full := diskUse(t, dir)
	if err := e.Delete(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	if err := e.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The newest value-log file is never rewritten, so up to one stays.
	if got, most := diskUse(t, dir), int64(valueLogFile+200*size); got > most {
		t.Errorf("%d MiB on disk after reclaiming, want at most %d of %d", got>>20, most>>20, full>>20)
	}
	for i := 0; i < 800; i += 10 {
		if _, err := e.Get(t.Context(), randomBlock(t, i, size).Key, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// diskUse returns the bytes that the files of dir occupy, the ballast left out.
func diskUse(t *testing.T, dir string) (total int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		var st unix.Stat_t
		if f.Name() != "ballast" && unix.Stat(filepath.Join(dir, f.Name()), &st) == nil {
			total += st.Blocks * 512
		}
	}
	return total
}

// TestFullDisk fills a small file system from inside and then from outside.
// Nothing may end the process: writes are refused, all else goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=400m"); err != nil {
		t.Skip("mounting a small file system needs root: ", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	data := filepath.Join(dir, "blocks")
	const reserve = 64 << 20
	e := open(t, data, reserve)
	stored := fillUp(t, e)
	if free, _, err := e.Space(); err != nil || free < reserve/2 {
		t.Errorf("%d MiB free after refusal, %v", free>>20, err)
	}

	filler, filler2 := filepath.Join(dir, "filler"), filepath.Join(dir, "filler2")
	fillDisk(t, filler)
	wantRefused(t, e)
	wantAll(t, e, stored)
	if err := e.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	fillDisk(t, filler2)
	if _, err := Open(Config{Dir: data, Reserve: reserve}); !errors.Is(err, blockstore.ErrNoSpace) {
		t.Fatalf("got error %v from Open without ballast or space, want ErrNoSpace", err)
	}
	if err := os.Remove(filler2); err != nil {
		t.Fatal(err)
	}
	e = open(t, data, reserve)
	wantAll(t, e, stored)
	if err := e.Delete(t.Context(), []mh.Multihash{randomBlock(t, 0, 1<<20).Key}); err != nil {
		t.Fatal(err)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	var keys []mh.Multihash
	for i := range stored - 10 {
		keys = append(keys, randomBlock(t, i, 1<<20).Key)
	}
	if err := e.Delete(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// fillUp stores blocks of 1 MiB until the engine refuses, and returns how many.
func fillUp(t *testing.T, e *Engine) int {
	t.Helper()
	for i := range 400 {
		err := e.Put(t.Context(), []blockstore.Block{randomBlock(t, i, 1<<20)})
		if errors.Is(err, blockstore.ErrNoSpace) {
			if i < 50 {
				t.Fatalf("refused after only %d blocks: %v", i, err)
			}
			return i
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("400 MiB fit into less")
	return 0
}

// fillDisk leaves no byte free, as another program would.
func fillDisk(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for buf := make([]byte, 1<<20); len(buf) > 0; {
		if _, err := f.Write(buf); err != nil {
			buf = buf[:len(buf)/2]
		}
	}
}

func wantRefused(t *testing.T, e *Engine) {
	t.Helper()
	err := e.Put(t.Context(), []blockstore.Block{randomBlock(t, 1<<20, 1<<20)})
	if !errors.Is(err, blockstore.ErrNoSpace) {
		t.Fatalf("got error %v on a full disk, want ErrNoSpace", err)
	}
}

func wantAll(t *testing.T, e *Engine, n int) {
	t.Helper()
	for i := range n {
		want := randomBlock(t, i, 1<<20)
		got, err := e.Get(t.Context(), want.Key, nil)
		if err != nil || string(got) != string(want.Data) {
			t.Fatalf("block %d: got %d bytes, %v", i, len(got), err)
		}
	}
}

// TestRoomIsMadeAhead looks behind the value log: what is about to be written
// has disk already.
func TestRoomIsMadeAhead(t *testing.T) {
	t.Parallel()
	e := open(t, t.TempDir(), 1<<20)
	defer e.Close()
	for i := range 40 {
		if err := e.Put(t.Context(), []blockstore.Block{randomBlock(t, i, 1<<20)}); err != nil {
			t.Fatal(err)
		}
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(e.disk.dir, fmt.Sprintf("%06d.vlog", e.disk.vlog)), &st); err != nil {
			t.Fatal(err)
		}
		if st.Blocks*512 < e.disk.end {
			t.Fatalf("%d bytes allocated, %d written", st.Blocks*512, e.disk.end)
		}
		if e.disk.allocated%largestPage != 0 {
			t.Fatalf("%d bytes allocated, which ends in the middle of a page", e.disk.allocated)
		}
	}
}

// TestIdleTakesNoRoom looks for garbage as often as a hive does in a week, then
// writes one block: the room made for it must not count what was never written.
func TestIdleTakesNoRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := open(t, dir, 1<<20)
	defer e.Close()
	for range 1000 {
		if err := e.rewrite(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := e.disk.grew(1 << 20); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Put(t.Context(), []blockstore.Block{randomBlock(t, 1, 4000)}); err != nil {
		t.Fatal(err)
	}
	if got := diskUse(t, dir); got > 2*valueLogFile {
		t.Errorf("%d MiB taken for a block of 4 kB", got>>20)
	}
}
