package hivetest_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing"
)

func random(seed byte, n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

func path(s string) catalog.Path {
	p, err := catalog.ParsePath(s)
	if err != nil {
		panic(err)
	}
	return p
}

// wired is two users whose hives share a folder over the loopback.
type wired struct {
	t          *testing.T
	world      *hivetest.World
	alice, bob *hivetest.User
	share      sharing.ShareID
}

// wire has alice share a folder with a file, which bob has.
func wire(t *testing.T, data []byte) *wired {
	t.Helper()
	w := &wired{t: t, world: hivetest.New(t, hivetest.Config{Loopback: true, Proxy: true, Log: logger()})}
	w.alice, w.bob = w.world.Hives[0].User("alice"), w.world.Hives[1].User("bob")
	w.put(data)
	w.share = w.alice.Share("/share", sharing.Writer, w.bob)
	w.bob.Accept(w.share, "/theirs", sharing.Full)
	w.arrives("file", data)
	return w
}

// bytes is what passed between the hives, both ways, of all protocols.
func (w *wired) bytes() (n int64) {
	for _, h := range w.world.Hives {
		n += h.Proxy.Bytes()
	}
	return n
}

// put has alice write the file.
func (w *wired) put(data []byte) {
	w.t.Helper()
	_, _, err := w.alice.Home().Put(w.t.Context(), path("/share/file"), bytes.NewReader(data), catalog.PutOptions{Parents: true})
	if err != nil {
		w.t.Fatal(err)
	}
}

// arrives waits until bob's hive holds what alice has under a name.
func (w *wired) arrives(name string, data []byte) {
	w.t.Helper()
	want := w.alice.Stat("/share/" + name)
	hivetest.Eventually(w.t, 3*hivetest.Soon, func() error {
		e, err := w.bob.Home().Stat(w.t.Context(), path("/theirs/"+name))
		if err == nil && (e.Absent || !e.Root.Equals(want.Root)) {
			err = fmt.Errorf("%s, absent: %t", e.Root, e.Absent)
		}
		return err
	})
	w.reads(name, data)
}

// reads waits until bob reads these bytes, wherever they come from.
func (w *wired) reads(name string, data []byte) {
	w.t.Helper()
	hivetest.Eventually(w.t, 3*hivetest.Soon, func() error {
		_, r, err := w.bob.Home().Open(w.t.Context(), path("/theirs/"+name), 0)
		if err != nil {
			return err
		}
		defer r.Close()
		got, err := io.ReadAll(r)
		if err == nil && !bytes.Equal(got, data) {
			err = fmt.Errorf("other bytes")
		}
		return err
	})
}

// TestChangesOnTheWire counts at the socket what an edit costs, with all that two hives say to each other meanwhile.
func TestChangesOnTheWire(t *testing.T) {
	t.Parallel()
	data := random(1, 16<<20)
	w := wire(t, data)
	for _, step := range []struct {
		name string
		edit func(b []byte) []byte
		most int64
	}{
		{"one byte", func(b []byte) []byte { b[len(b)/2]++; return b }, 16_000},
		{"1,000 bytes at the front", func(b []byte) []byte { return append(random(2, 1000), b...) }, 16_000},
		{"1 MiB at the end", func(b []byte) []byte { return append(b, random(3, 1<<20)...) }, 1_100_000},
		{"20 scattered edits", func(b []byte) []byte {
			for i := range 20 {
				copy(b[i*len(b)/20+1234:], random(byte(i), 64))
			}
			return b
		}, 60_000},
		{"4 MiB from the front to the end", func(b []byte) []byte { return append(b[4<<20:], b[:4<<20]...) }, 64_000},
	} {
		next := step.edit(bytes.Clone(data))
		before := w.bytes()
		w.put(next)
		w.arrives("file", next)
		if n := w.bytes() - before; n > step.most {
			t.Errorf("%s: %d bytes on the wire, at most %d should be", step.name, n, step.most)
		} else {
			t.Logf("%s: %d bytes", step.name, n)
		}
		data = next
	}
	before := w.bytes()
	w.alice.Move("/share/file", "/share/another")
	w.arrives("another", data)
	if n := w.bytes() - before; n > 4_000 {
		t.Errorf("a new name: %d bytes on the wire", n)
	}
}

// TestWhatWasReadIsABase: what came because somebody read it is as good a base as what was brought by itself.
func TestWhatWasReadIsABase(t *testing.T) {
	t.Parallel()
	w := wire(t, random(6, 2<<20))
	shares := w.bob.Hive.Sharing.Shares()
	mode := func(m sharing.Mode) {
		if _, err := shares.Set(t.Context(), w.bob.ID, w.share, sharing.Change{Mode: &m}); err != nil {
			t.Fatal(err)
		}
	}
	mode(sharing.OnDemand)
	data := random(7, 4<<20)
	w.put(data) // is not brought by itself
	w.reads("file", data)
	read := append(random(8, 1000), data...)
	before := w.bytes()
	w.put(read)
	w.reads("file", read)
	if n := w.bytes() - before; n > 1<<20 { // the chunks that changed
		t.Errorf("%d bytes on the wire to read a file with 1,000 new", n)
	}
	data = append(read, "and more"...)
	before = w.bytes()
	w.put(data)
	hivetest.Eventually(t, hivetest.Soon, func() error {
		if e := w.bob.Stat("/theirs/file"); e.Size != int64(len(data)) {
			return fmt.Errorf("%d bytes", e.Size)
		}
		return nil
	})
	mode(sharing.Full)
	w.arrives("file", data)
	if n := w.bytes() - before; n > 16_000 {
		t.Errorf("%d bytes on the wire for 8 more", n)
	}
}

// TestCutAHundredTimes cuts the connection at random bytes until a file is there: what came of it does not come again.
func TestCutAHundredTimes(t *testing.T) {
	t.Parallel()
	const size, cuts = 24 << 20, 100
	w := wire(t, []byte("to begin with"))
	data := random(5, size)
	var mu sync.Mutex
	rng, planned := rand.New(rand.NewPCG(1, 2)), 0
	next := func() int64 {
		mu.Lock()
		defer mu.Unlock()
		if planned++; planned > cuts+len(w.world.Hives) {
			return 0
		}
		return size/cuts/2 + rng.Int64N(size/cuts*3/4)
	}
	for _, h := range w.world.Hives {
		h.Proxy.CutAfter(next)
	}
	w.put(data)
	w.arrives("file", data)
	status, err := w.world.Hives[1].Sharing.Status(t.Context(), w.share)
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, h := range w.world.Hives {
		made += h.Proxy.Cuts()
	}
	if made < cuts {
		t.Errorf("%d cuts, there should be %d", made, cuts)
	}
	if again := status.Received - size; again > size/100 {
		t.Errorf("%d bytes of %d came again after %d cuts", again, size, made)
	}
	t.Logf("%d cuts, %d bytes again", made, status.Received-size)
}

// TestCutForLong has a hive away in the middle of a large file, until the other gives up for a while: what came does not come again,
// in neither direction.
func TestCutForLong(t *testing.T) {
	t.Parallel()
	const size = 12 << 20
	data := random(9, size)
	for _, test := range []struct {
		name           string
		back, restarts bool
		again          int64 // what may come again
	}{
		{name: "to the member"},
		{name: "to the member, which starts again", restarts: true, again: 3 << 20}, // chunks that had begun
		{name: "to the owner", back: true},
		{name: "to the owner, which starts again", back: true, restarts: true, again: 3 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := wire(t, []byte("to begin with"))
			var mu sync.Mutex
			cuts, gone := 0, true
			for _, h := range w.world.Hives {
				h.Proxy.CutAfter(func() int64 {
					mu.Lock()
					defer mu.Unlock()
					switch cuts++; {
					case cuts <= len(w.world.Hives):
						return size / 2
					case gone:
						return 1
					}
					return 0
				})
			}
			from, to, at := w.alice, w.bob, "/share/large"
			if test.back {
				from, to, at = w.bob, w.alice, "/theirs/large"
			}
			if _, _, err := from.Home().Put(t.Context(), path(at), bytes.NewReader(data), catalog.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			status := func() sharing.Status {
				status, err := to.Hive.Sharing.Status(t.Context(), w.share)
				if err != nil {
					t.Fatal(err)
				}
				return status
			}
			before := status().Received
			hivetest.Eventually(t, 3*hivetest.Soon, func() error {
				if s := status(); s.Received-before < size/4 || s.Problem == nil {
					return fmt.Errorf("%+v", s)
				}
				return nil
			})
			if test.restarts {
				to.Hive.Restart()
			}
			mu.Lock()
			gone = false
			mu.Unlock()
			want, there := from.Stat(at), "/theirs/large"
			if test.back {
				there = "/share/large"
			}
			hivetest.Eventually(t, 3*hivetest.Soon, func() error {
				e, err := to.Home().Stat(t.Context(), path(there))
				if err == nil && (e.Absent || !e.Root.Equals(want.Root)) {
					err = fmt.Errorf("%s, absent: %t", e.Root, e.Absent)
				}
				return err
			})
			if again := status().Received - before - size; again > test.again {
				t.Errorf("%d bytes of %d came again", again, size)
			}
		})
	}
}
