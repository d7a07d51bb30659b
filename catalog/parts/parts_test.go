package parts_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/parts"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// fixture is a catalog on real parts, and helpers that end the test on errors.
type fixture struct {
	*testing.T
	*catalog.Catalog
	blocks *blockstore.Store
	turns  *parts.Turns
}

func newFixture(t *testing.T, db *database.DB, cfg catalog.Config) fixture {
	t.Helper()
	blocks := blocktest.New(t)
	return fixture{t, must(catalog.New(db, blocks, cfg))(t), blocks, new(parts.Turns)}
}

// each runs a test on every database.
func each(t *testing.T, cfg catalog.Config, test func(fixture)) {
	t.Helper()
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) { test(newFixture(t, db, cfg)) })
}

// must takes a result and its error, and then the test that an error ends.
func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func path(t testing.TB, s string) catalog.Path {
	t.Helper()
	return must(catalog.ParsePath(s))(t)
}

func (f fixture) home(user int64) *catalog.Tree {
	f.Helper()
	return must(f.Home(f.Context(), catalog.Actor{User: user, Device: 7}))(f)
}

func (f fixture) of(tree *catalog.Tree) parts.Uploads {
	return parts.Uploads{Tree: tree, Turns: f.turns}
}

func (f fixture) put(tree *catalog.Tree, name, content string) catalog.Entry {
	f.Helper()
	e, _, err := tree.Put(f.Context(), path(f, name), strings.NewReader(content), catalog.PutOptions{Parents: true})
	return must(e, err)(f)
}

func (f fixture) content(tree *catalog.Tree, name string) string {
	f.Helper()
	_, r, err := tree.Open(f.Context(), path(f, name), 0)
	defer must(r, err)(f).Close()
	return string(must(io.ReadAll(r))(f))
}

func (f fixture) wantError(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("got error %v, want %v", err, want)
	}
}

func (f fixture) begin(tree *catalog.Tree, at string, length int64, opts catalog.PutOptions) parts.Upload {
	f.Helper()
	opts.Length = length
	return must(f.of(tree).Begin(f.Context(), path(f, at), opts, "note"))(f)
}

func (f fixture) more(tree *catalog.Tree, id string, offset int64, body io.Reader) (parts.Upload, catalog.Entry, error) {
	return f.of(tree).Append(f.Context(), id, parts.Segment{Offset: offset, Body: body})
}

func noise(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(data)
	return data
}

var errCut = errors.New("connection cut")

// cut fails after n bytes of data.
func cut(data []byte, n int) io.Reader {
	return io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(errCut))
}

// TestPartsCutAnywhere sends a file over connections that break at any byte, with collections of garbage in between. What was
// acknowledged stays, and the file is the one that comes of a single put.
func TestPartsCutAnywhere(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, data := f.home(1), noise(3<<20)
		want := f.put(alice, "/whole", string(data))
		f.wantError(alice.EmptyTrash(f.Context()), nil)
		up := f.begin(alice, "/new/file", int64(len(data)), catalog.PutOptions{Parents: true})
		for up.Received < up.Length-1 {
			rest := data[up.Received:]
			n := min(1+rand.IntN(600<<10), len(rest)-1)
			next, entry, err := f.more(alice, up.ID, up.Received, cut(rest, n))
			if !errors.Is(err, errCut) || next.Received != up.Received+int64(n) || entry.ID != 0 {
				f.Fatalf("%d of %d bytes: %+v, %v", n, len(rest), next, err)
			}
			must(f.blocks.Collect(f.Context(), f.Roots(f.Context())))(f)
			up = must(f.of(alice).Get(f.Context(), up.ID))(f)
			if up.Received != next.Received || up.Metadata != "note" || up.Entry != 0 {
				f.Fatalf("got %+v, want %+v", up, next)
			}
		}
		done, entry, err := f.more(alice, up.ID, up.Received, bytes.NewReader(data[up.Received:]))
		if err != nil || entry.Root != want.Root || entry.Path != "/new/file" || done.Entry != entry.ID || done.Received != up.Length {
			f.Errorf("%+v, %+v, %v", done, entry, err)
		}
		must(f.blocks.Collect(f.Context(), f.Roots(f.Context())))(f)
		if f.content(alice, "/new/file") != string(data) {
			f.Error("content differs")
		}
		again, _, err := f.more(alice, up.ID, up.Length, strings.NewReader(""))
		if err != nil || again.Entry != entry.ID {
			f.Errorf("asked again: %+v, %v", again, err)
		}
		if used := must(f.Usage(f.Context(), 1))(f).Used; used != 2*int64(len(data)) {
			f.Errorf("%d bytes used", used)
		}
	})
}

// TestPartsKeepTheRules: names, conditions and the quota hold at the beginning and at the end, and uploads are their user's.
func TestPartsKeepTheRules(t *testing.T) {
	quota := func(context.Context, bun.IDB, int64) (int64, error) { return 100, nil }
	each(t, catalog.Config{Quota: quota}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		begin := func(at string, n int64, opts catalog.PutOptions) error {
			opts.Length = n
			_, err := f.of(alice).Begin(f.Context(), path(f, at), opts, "")
			return err
		}
		f.put(alice, "/folder/file", "0123456789")
		f.wantError(begin("/file", 91, catalog.PutOptions{}), catalog.ErrQuota)
		f.wantError(begin("/folder", 1, catalog.PutOptions{}), catalog.ErrIsFolder)
		f.wantError(begin("/none/file", 1, catalog.PutOptions{}), catalog.ErrNotFound)
		f.wantError(begin("/folder/file", 1, catalog.PutOptions{IfNoneMatch: "*"}), catalog.ErrPrecondition)

		one := f.begin(alice, "/one", 60, catalog.PutOptions{IfNoneMatch: "*"})
		two := f.begin(alice, "/two", 60, catalog.PutOptions{})
		_, _, err := f.more(bob, one.ID, 0, strings.NewReader("x"))
		f.wantError(err, catalog.ErrNotFound)
		f.wantError(f.of(bob).Drop(f.Context(), one.ID), catalog.ErrNotFound)
		one, _, err = f.more(alice, one.ID, 0, bytes.NewReader(noise(50)))
		f.wantError(err, nil)
		_, _, err = f.more(alice, one.ID, 49, strings.NewReader("x"))
		f.wantError(err, parts.ErrOffset)
		_, _, err = f.more(alice, two.ID, 0, bytes.NewReader(noise(10)))
		f.wantError(err, catalog.ErrQuota)
		_, _, err = f.more(alice, one.ID, 50, bytes.NewReader(noise(11)))
		f.wantError(err, parts.ErrLonger)

		f.put(alice, "/one", "in the way")
		_, _, err = f.more(alice, one.ID, 50, bytes.NewReader(noise(10)))
		f.wantError(err, catalog.ErrPrecondition)
		if up := must(f.of(alice).Get(f.Context(), one.ID))(f); up.Received != 50 {
			f.Errorf("%d bytes are acknowledged without a file", up.Received)
		}
		if list := must(f.of(alice).List(f.Context(), "", 10))(f); len(list) != 2 {
			f.Errorf("got %v", list)
		}
		f.wantError(f.of(alice).Drop(f.Context(), one.ID), nil)
		two, entry, err := f.more(alice, two.ID, 0, bytes.NewReader(noise(60)))
		if err != nil || entry.Size != 60 || two.Entry != entry.ID {
			f.Errorf("%+v, %v", entry, err)
		}
		empty := f.begin(alice, "/empty", 0, catalog.PutOptions{})
		if _, entry, err = f.more(alice, empty.ID, 0, strings.NewReader("")); err != nil || entry.Size != 0 || entry.ID == 0 {
			f.Errorf("%+v, %v", entry, err)
		}
	})
}

// TestPartsWithSums: a segment with a checksum counts as a whole or not at all.
func TestPartsWithSums(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, data := f.home(1), noise(1<<20)
		up := f.begin(alice, "/file", int64(len(data)), catalog.PutOptions{})
		send := func(at int64, body io.Reader, of []byte) (parts.Upload, catalog.Entry, error) {
			want := sha256.Sum256(of)
			return f.of(alice).Append(f.Context(), up.ID, parts.Segment{Offset: at, Body: body, Sum: sha256.New(), Want: want[:]})
		}
		half := len(data) / 2
		_, _, err := send(0, bytes.NewReader(data[:half]), data[1:half])
		f.wantError(err, parts.ErrSum)
		_, _, err = send(0, cut(data, half), data[:half])
		f.wantError(err, errCut)
		if up := must(f.of(alice).Get(f.Context(), up.ID))(f); up.Received != 0 {
			f.Errorf("%d bytes are there", up.Received)
		}
		_, _, err = send(0, bytes.NewReader(data[:half]), data[:half])
		f.wantError(err, nil)
		_, _, err = send(int64(half), bytes.NewReader(data[half:]), data)
		f.wantError(err, parts.ErrSum)
		_, entry, err := send(int64(half), bytes.NewReader(data[half:]), data[half:])
		if err != nil || f.content(alice, "/file") != string(data) {
			f.Errorf("%+v, %v", entry, err)
		}
	})
}

// TestPartsTakeTurns: one request at a time works on an upload; who asks how far it is ends it.
func TestPartsTakeTurns(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice := f.home(1)
		up := f.begin(alice, "/file", 10, catalog.PutOptions{})
		body, sender := io.Pipe()
		stopped := make(chan error, 1)
		go func() {
			_, _, err := f.of(alice).Append(f.Context(), up.ID, parts.Segment{Body: body, Stop: func() { sender.CloseWithError(errCut) }})
			stopped <- err
		}()
		must(io.WriteString(sender, "12345"))(f)
		_, _, err := f.more(alice, up.ID, 0, strings.NewReader("x"))
		f.wantError(err, parts.ErrBusy)
		if up = must(f.of(alice).Get(f.Context(), up.ID))(f); up.Received != 5 {
			f.Errorf("%d bytes", up.Received)
		}
		f.wantError(<-stopped, errCut)
		_, _, err = f.more(alice, up.ID, 5, strings.NewReader("67890"))
		f.wantError(err, nil)
	})
}

// TestPartsAreSafeOnTheWay: of a long segment most is safe before it ends.
func TestPartsAreSafeOnTheWay(t *testing.T) {
	t.Parallel()
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	alice, data := f.home(1), make([]byte, 70<<20)
	up := f.begin(alice, "/file", int64(len(data)), catalog.PutOptions{})
	body, sender := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, _, err := f.more(alice, up.ID, 0, body)
		done <- err
	}()
	must(sender.Write(data[:len(data)-1]))(f)
	if list := must(f.of(alice).List(f.Context(), "", 0))(f); len(list) != 1 || list[0].Received != 64<<20 {
		f.Errorf("got %+v", list)
	}
	must(sender.Write(data[:1]))(f)
	sender.Close()
	f.wantError(<-done, nil)
}

// TestPartsExpire: an upload of which nothing comes is forgotten, and its bytes are garbage.
func TestPartsExpire(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice := f.home(1)
		up := f.begin(alice, "/file", 10, catalog.PutOptions{})
		up, _, err := f.more(alice, up.ID, 0, strings.NewReader("12345"))
		f.wantError(err, nil)
		roots := func() (all []cid.Cid) {
			for root, err := range f.Roots(f.Context()) {
				all = append(all, must(root, err)(f))
			}
			return all
		}
		must(f.Thin(f.Context(), time.Now().Add(parts.Kept-time.Minute), catalog.Keep{TrashDays: 30}))(f)
		if got := roots(); len(got) != 1 || got[0] != up.Root {
			f.Errorf("roots are %v", got)
		}
		must(f.Thin(f.Context(), time.Now().Add(parts.Kept+time.Minute), catalog.Keep{TrashDays: 30}))(f)
		_, err = f.of(alice).Get(f.Context(), up.ID)
		f.wantError(err, catalog.ErrNotFound)
		if got := roots(); len(got) != 0 {
			f.Errorf("roots are %v", got)
		}
	})
}

// TestPartsAreCounted: nobody has more unfinished uploads than can be listed at once.
func TestPartsAreCounted(t *testing.T) {
	t.Parallel()
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	alice := f.home(1)
	for i := range 1000 {
		f.begin(alice, fmt.Sprint("/", i), 1, catalog.PutOptions{})
	}
	_, err := f.of(alice).Begin(f.Context(), path(f, "/one more"), catalog.PutOptions{Length: 1}, "")
	f.wantError(err, parts.ErrMany)
}

// TestPartsOfAnyTime: a time outside of the years that the database holds becomes the nearest, as that of any other upload.
func TestPartsOfAnyTime(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for year, want := range map[int]int{1200: 1677, 3000: 2262} {
			opts := catalog.PutOptions{MTime: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
			p := f.begin(home, "/old", 1, opts)
			_, e, err := f.more(home, p.ID, 0, strings.NewReader("x"))
			f.wantError(err, nil)
			put, _, err := home.Put(f.Context(), path(f, "/other"), strings.NewReader("x"), opts)
			if f.wantError(err, nil); !e.MTime.Equal(put.MTime) || e.MTime.Year() != want {
				f.Errorf("year %d: got %s, by a put %s", year, e.MTime, put.MTime)
			}
		}
	})
}
