package badgerstore

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

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
		if err := errors.Join(file.Truncate(size), unix.Fallocate(int(file.Fd()), 0, 0, size)); err != nil {
			t.Skipf("no room can be made here: %v", err)
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
