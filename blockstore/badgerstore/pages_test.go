package badgerstore

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/blockstore"
	"golang.org/x/sys/unix"
)

// TestPagesAreMadeAhead gives pages to a file in which there is something where nothing should be: that stays.
func TestPagesAreMadeAhead(t *testing.T) {
	t.Parallel()
	const size, room, written = 40 << 20, 36 << 20, 3<<20 + 100
	for name, p := range map[string]*pages{"large": {}, "small": {small: size}} {
		file, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := file.Truncate(size); err != nil {
			t.Fatal(err)
		}
		if err := unix.Fallocate(int(file.Fd()), 0, 0, size); err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
			t.Fatal(err)
		}
		want := make([]byte, size)
		rng := rand.NewChaCha8([32]byte{})
		for _, part := range [][2]int{{0, written}, {5 << 20, 5<<20 + 1}, {12<<20 + 5000, 13 << 20}, {16<<20 - 1, 18<<20 + 1}} {
			rng.Read(want[part[0]:part[1]])
			if _, err := file.WriteAt(want[part[0]:part[1]], int64(part[0])); err != nil {
				t.Fatal(err)
			}
		}
		for to := int64(written + 1); to < room; to += 3<<20 - 7 {
			p.make(file, written, to)
		}
		p.make(file, written, room)
		for at := int64(written/smallPage+1) * smallPage; at < size; at += smallPage {
			data, err := unix.Seek(int(file.Fd()), at, unix.SEEK_DATA)
			made := err == nil && data < at+smallPage
			if made && at >= room {
				t.Fatalf("%s: a page at %d, where there is no room", name, at)
			}
			stays := at >= 4<<20 && at < 20<<20 // pieces in which something is written
			if !made && !stays && at < room {
				t.Fatalf("%s: no page at %d", name, at)
			}
		}
		if got, err := os.ReadFile(file.Name()); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%s: the file changed, err %v", name, err)
		}
	}
}

// TestNoPagesInTheDark writes after Badger wrote by itself, so that where it writes is not known: nothing is put elsewhere.
func TestNoPagesInTheDark(t *testing.T) {
	t.Parallel()
	e := open(t, t.TempDir(), 1<<20)
	defer e.Close()
	if err := errors.Join(e.Put(t.Context(), []blockstore.Block{randomBlock(t, 1, 2<<20)}), e.disk.grew(valueLogFile)); err != nil {
		t.Fatal(err)
	}
	if err := e.Put(t.Context(), []blockstore.Block{randomBlock(t, 2, 2<<20)}); err != nil {
		t.Fatal(err)
	}
	if at, err := unix.Seek(int(e.disk.file.Fd()), valueLogFile/2, unix.SEEK_DATA); !errors.Is(err, unix.ENXIO) {
		t.Errorf("there is something at %d, err %v", at, err)
	}
}

// TestGrowthOfNewFiles tells a disk that Badger wrote by itself, and to a file that it began meanwhile.
func TestGrowthOfNewFiles(t *testing.T) {
	t.Parallel()
	d := &disk{dir: t.TempDir()}
	defer d.close()
	for n := range uint32(2) {
		if err := os.WriteFile(filepath.Join(d.dir, fmt.Sprintf("%06d.vlog", n+1)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := d.grew(1000); err != nil || d.vlog != n+1 || d.end != 1000 {
			t.Errorf("file %d, %d bytes, err %v", d.vlog, d.end, err)
		}
	}
}
