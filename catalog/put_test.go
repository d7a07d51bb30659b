package catalog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
)

// limit is a quota for every user.
func limit(bytes int64) catalog.Config {
	return catalog.Config{Quota: func(context.Context, bun.IDB, int64) (int64, error) { return bytes, nil }}
}

func TestPutConditions(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		old := f.put(home, "/file", "one")
		now := f.put(home, "/file", "two")
		for _, test := range []struct {
			name, path, ifMatch, ifNoneMatch string
			want                             error
		}{
			{"match the newest", "/file", now.ETag(), "", nil},
			{"match in a list", "/file", `"x", ` + now.ETag() + `,"y"`, "", nil},
			{"match any", "/file", "*", "", nil},
			{"match a stale one", "/file", old.ETag(), "", catalog.ErrPrecondition},
			{"match a weak one", "/file", "W/" + now.ETag(), "", catalog.ErrPrecondition},
			{"match nonsense", "/file", "nonsense", "", catalog.ErrPrecondition},
			{"match any, new file", "/new", "*", "", catalog.ErrPrecondition},
			{"match a tag, new file", "/new", now.ETag(), "", catalog.ErrPrecondition},
			{"none of any", "/file", "", "*", catalog.ErrPrecondition},
			{"none of the newest", "/file", "", now.ETag(), catalog.ErrPrecondition},
			{"none of a stale one", "/file", "", old.ETag(), nil},
			{"none of any, new file", "/new", "", "*", nil},
		} {
			opts := catalog.PutOptions{IfMatch: test.ifMatch, IfNoneMatch: test.ifNoneMatch}
			body := strings.NewReader("two") // so that a success changes nothing for the next
			_, created, err := home.Put(f.Context(), path(f, test.path), body, opts)
			if !errors.Is(err, test.want) {
				f.Errorf("%s: got %v, want %v", test.name, err, test.want)
			}
			if want := test.path == "/new" && test.want == nil; created != want {
				f.Errorf("%s: got created %t", test.name, created)
			}
			if refused := body.Len() == 3; refused != (test.want != nil) {
				f.Errorf("%s: the body was read: %t", test.name, !refused)
			}
		}
	})
}

func TestPutSameBytes(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		yes, mtime := true, time.Date(2011, 2, 3, 4, 5, 6, 123456789, time.UTC)
		first := f.put(home, "/file", "same")
		again := f.put(home, "/file", "same")
		if again != first {
			f.Errorf("got %+v, want %+v", again, first)
		}
		f.wantKinds(home, "create")
		touched, created, err := home.Put(f.Context(), path(f, "/file"), strings.NewReader("same"), catalog.PutOptions{MTime: mtime, Exec: &yes})
		if err != nil || created || touched.Revision != 1 || !touched.MTime.Equal(mtime) || !touched.Exec {
			f.Errorf("got %+v, created %t, %v", touched, created, err)
		}
		f.wantKinds(home, "create", "meta")
		f.wantUsed(1, 4)

		changed := f.put(home, "/file", "other")
		if changed.Revision != 2 || !changed.Exec || changed.MTime.Equal(mtime) {
			f.Errorf("the exec bit goes on, the time does not: got %+v", changed)
		}
		if stat := must(home.Stat(f.Context(), path(f, "/file")))(f); stat != changed {
			f.Errorf("got %+v, want %+v", stat, changed)
		}
	})
}

func TestPutKeepsNanoseconds(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for i, mtime := range []time.Time{
			time.Unix(0, 1), time.Unix(0, -1), time.Unix(1_700_000_000, 999_999_999), time.Date(1700, 1, 1, 0, 0, 0, 1, time.UTC),
			time.Date(2261, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", 3600)),
		} {
			name := path(f, fmt.Sprintf("/%d", i))
			put, _, err := home.Put(f.Context(), name, strings.NewReader(""), catalog.PutOptions{MTime: mtime})
			stat := must(home.Stat(f.Context(), name))(f)
			if err != nil || !stat.MTime.Equal(mtime) || stat.MTime.Location() != time.UTC || put != stat {
				f.Errorf("got %s, then %s, %v, want %s", put.MTime, stat.MTime, err, mtime)
			}
		}
	})
}

// TestPutCutShort checks that a body that fails leaves nothing behind, and that its error can be told.
func TestPutCutShort(t *testing.T) {
	broken := errors.New("the line broke")
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		before := f.put(home, "/there", "before")
		for name, test := range map[string]struct {
			body   io.Reader
			length int64
			want   error
		}{
			"broken at once":   {iotest.ErrReader(broken), -1, broken},
			"broken later":     {io.MultiReader(io.LimitReader(zeros{}, 3<<20), iotest.ErrReader(broken)), -1, broken},
			"truncated":        {io.MultiReader(strings.NewReader("bef"), iotest.ErrReader(io.ErrUnexpectedEOF)), 6, io.ErrUnexpectedEOF},
			"shorter than due": {strings.NewReader("short"), 6, io.ErrUnexpectedEOF},
			"longer than due":  {strings.NewReader("longer"), 3, io.ErrUnexpectedEOF},
			"cancelled":        {iotest.ErrReader(context.Canceled), -1, context.Canceled},
		} {
			for _, where := range []string{"/there", "/new/deep"} {
				opts := catalog.PutOptions{Length: test.length, Parents: true}
				_, _, err := home.Put(f.Context(), path(f, where), test.body, opts)
				if name != "broken later" || where == "/there" { // its reader is used up
					f.wantError(err, test.want)
				}
			}
		}
		if now := must(home.Stat(f.Context(), path(f, "/there")))(f); now != before {
			f.Errorf("got %+v, want %+v", now, before)
		}
		f.wantKinds(home, "create")
		f.wantUsed(1, 6)
	})
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestQuota(t *testing.T) {
	each(t, limit(100), func(f fixture) {
		home := f.home(1)
		put := func(name string, size int, length int64) error {
			_, _, err := home.Put(f.Context(), path(f, name), bytes.NewReader(make([]byte, size)), catalog.PutOptions{Length: length})
			return err
		}
		f.wantError(put("/a", 60, 60), nil)
		f.wantError(put("/b", 41, 41), catalog.ErrQuota)
		f.wantError(put("/b", 41, -1), catalog.ErrQuota)
		f.wantError(put("/a", 50, -1), catalog.ErrQuota) // the revision before counts
		f.wantError(put("/b", 40, -1), nil)
		f.wantError(put("/c", 1, 1), catalog.ErrQuota)
		f.wantError(put("/c", 0, 0), nil)
		f.wantUsed(1, 100)
		_, err := home.Copy(f.Context(), path(f, "/a"), path(f, "/d"), catalog.TransferOptions{})
		f.wantError(err, catalog.ErrQuota)
		must(home.Move(f.Context(), path(f, "/a"), path(f, "/d"), catalog.TransferOptions{}))(f)

		trashed := must(home.Remove(f.Context(), path(f, "/d"), catalog.RemoveOptions{}))(f)
		f.wantError(put("/c", 1, 1), catalog.ErrQuota) // the trash counts
		f.wantError(home.Purge(f.Context(), trashed.ID), nil)
		f.wantUsed(1, 40)
		f.wantError(put("/c", 60, 60), nil)
		f.wantNames(home, "/b", "/c")
	})
}

// TestQuotaStopsReading checks that an upload without a length is cut off near the quota.
func TestQuotaStopsReading(t *testing.T) {
	each(t, limit(1<<20), func(f fixture) {
		home := f.home(1)
		body := &counter{Reader: zeros{}}
		_, _, err := home.Put(f.Context(), path(f, "/endless"), body, catalog.PutOptions{Length: -1})
		f.wantError(err, catalog.ErrQuota)
		if n := body.n.Load(); n > 4<<20 {
			f.Errorf("%d bytes were read", n)
		}
		f.wantNames(home)
		f.wantUsed(1, 0)
	})
}

// counter counts what is read.
type counter struct {
	io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// TestQuotaRace lets uploads run that have room each, but not together.
func TestQuotaRace(t *testing.T) {
	each(t, limit(100), func(f fixture) {
		home := f.home(1)
		start := make(chan struct{})
		errs := race(8, func(i int) error {
			body := &gate{strings.NewReader(strings.Repeat(fmt.Sprint(i), 30)), start}
			if i == 7 {
				close(start)
			}
			_, _, err := home.Put(f.Context(), path(f, fmt.Sprintf("/%d", i)), body, catalog.PutOptions{Length: 30})
			return err
		})
		won := count(errs, nil)
		if won != 3 || count(errs, catalog.ErrQuota) != 5 {
			f.Errorf("got %v", errs)
		}
		f.wantUsed(1, 90)
	})
}

// gate reads nothing before it is open.
type gate struct {
	io.Reader
	open <-chan struct{}
}

func (g *gate) Read(p []byte) (int, error) {
	<-g.open
	return g.Reader.Read(p)
}

// race runs n functions at once and gives what they returned.
func race(n int, run func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = run(i) })
	}
	all.Wait()
	return errs
}

// count tells how many errors are want, nil included.
func count(errs []error, want error) int {
	n := 0
	for _, err := range errs {
		if errors.Is(err, want) {
			n++
		}
	}
	return n
}

// TestPutRace writes one path from many sides: every write is a revision, and a condition lets one pass.
func TestPutRace(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		errs := race(16, func(i int) error {
			_, _, err := home.Put(f.Context(), path(f, "/deep/file"), strings.NewReader(fmt.Sprint(i)), catalog.PutOptions{Parents: true})
			return err
		})
		if count(errs, nil) != 16 {
			f.Errorf("got %v", errs)
		}
		revisions := must(home.Revisions(f.Context(), path(f, "/deep/file"), 0, 100))(f)
		var numbers []int64
		for _, r := range slices.Backward(revisions) {
			numbers = append(numbers, r.Number)
		}
		if !slices.Equal(numbers, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}) {
			f.Errorf("got revisions %v", numbers)
		}
		tag := must(home.Stat(f.Context(), path(f, "/deep/file")))(f).ETag()
		errs = race(8, func(i int) error {
			_, _, err := home.Put(f.Context(), path(f, "/deep/file"), strings.NewReader(fmt.Sprint("new", i)), catalog.PutOptions{IfMatch: tag})
			return err
		})
		if count(errs, nil) != 1 || count(errs, catalog.ErrPrecondition) != 7 {
			f.Errorf("got %v", errs)
		}
	})
}

// TestPutAfterParentLeft takes the folder away while the body is on its way.
func TestPutAfterParentLeft(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for _, test := range []struct {
			act  func() error
			want error
		}{
			{func() error {
				_, err := home.Move(f.Context(), path(f, "/folder"), path(f, "/other"), catalog.TransferOptions{})
				return err
			}, catalog.ErrNotFound},
			{func() error {
				_, err := home.Remove(f.Context(), path(f, "/folder"), catalog.RemoveOptions{})
				f.put(home, "/folder", "now a file")
				return err
			}, catalog.ErrNotFolder},
		} {
			must(home.Mkdir(f.Context(), path(f, "/folder"), false))(f)
			body := io.MultiReader(strings.NewReader("x"), &doer{do: test.act})
			_, _, err := home.Put(f.Context(), path(f, "/folder/file"), body, catalog.PutOptions{})
			f.wantError(err, test.want)
		}
		body := io.MultiReader(strings.NewReader("x"), &doer{do: func() error {
			_, err := home.Mkdir(f.Context(), path(f, "/taken"), false)
			return err
		}})
		_, _, err := home.Put(f.Context(), path(f, "/taken"), body, catalog.PutOptions{})
		f.wantError(err, catalog.ErrIsFolder)
		f.wantNames(home, "/folder", "/other/", "/taken/")
	})
}

// doer does something when it is read, and ends.
type doer struct{ do func() error }

func (d *doer) Read([]byte) (int, error) {
	if err := d.do(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

func TestSetMeta(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		yes, mtime := true, time.Date(1999, 12, 31, 23, 59, 59, 1, time.UTC)
		file := f.put(home, "/folder/file", "x")
		got := must(home.SetMeta(f.Context(), path(f, "/folder/file"), catalog.Meta{MTime: &mtime, Exec: &yes, IfMatch: file.ETag()}))(f)
		if !got.MTime.Equal(mtime) || !got.Exec || got.Revision != 1 || got.ETag() != file.ETag() {
			f.Errorf("got %+v", got)
		}
		got = must(home.SetMeta(f.Context(), path(f, "/folder"), catalog.Meta{MTime: &mtime}))(f)
		if !got.MTime.Equal(mtime) || got.Kind != catalog.KindFolder {
			f.Errorf("got %+v", got)
		}
		must(home.SetMeta(f.Context(), path(f, "/folder"), catalog.Meta{}))(f) // changes nothing
		f.wantKinds(home, "create", "create", "meta", "meta")
		_, err := home.SetMeta(f.Context(), path(f, "/folder/file"), catalog.Meta{Exec: new(bool), IfMatch: `"9-x"`})
		f.wantError(err, catalog.ErrPrecondition)
		_, err = home.SetMeta(f.Context(), path(f, "/gone"), catalog.Meta{MTime: &mtime})
		f.wantError(err, catalog.ErrNotFound)
	})
}

func TestMkdir(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		_, err := home.Mkdir(f.Context(), path(f, "/a/b/c"), false)
		f.wantError(err, catalog.ErrNotFound)
		made := must(home.Mkdir(f.Context(), path(f, "/a/b/c"), true))(f)
		again := must(home.Mkdir(f.Context(), path(f, "/a/b/c"), true))(f)
		if made.ID != again.ID || made.Kind != catalog.KindFolder || made.Path != "/a/b/c" {
			f.Errorf("got %+v, then %+v", made, again)
		}
		_, err = home.Mkdir(f.Context(), path(f, "/a"), false)
		f.wantError(err, catalog.ErrExists)
		_, err = home.Mkdir(f.Context(), catalog.Path{}, false)
		f.wantError(err, catalog.ErrExists)
		must(home.Mkdir(f.Context(), catalog.Path{}, true))(f)
		f.wantKinds(home, "create", "create", "create")
		errs := race(8, func(int) error {
			_, err := home.Mkdir(f.Context(), path(f, "/race"), false)
			return err
		})
		if count(errs, nil) != 1 || count(errs, catalog.ErrExists) != 7 {
			f.Errorf("got %v", errs)
		}
	})
}

func TestCaseCollisions(t *testing.T) {
	each(t, catalog.Config{RefuseCaseCollisions: true}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/Straße/file", "x")
		_, _, err := home.Put(f.Context(), path(f, "/STRASSE/file"), strings.NewReader("x"), catalog.PutOptions{Parents: true})
		f.wantError(err, catalog.ErrCaseCollision)
		_, _, err = home.Put(f.Context(), path(f, "/Straße/FILE"), strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, catalog.ErrCaseCollision)
		_, err = home.Mkdir(f.Context(), path(f, "/Straße/File"), false)
		f.wantError(err, catalog.ErrCaseCollision)
		_, err = home.Copy(f.Context(), path(f, "/Straße/file"), path(f, "/Straße/filE"), catalog.TransferOptions{})
		f.wantError(err, catalog.ErrCaseCollision)
		_, err = home.Copy(f.Context(), path(f, "/Straße"), path(f, "/strasse"), catalog.TransferOptions{})
		f.wantError(err, catalog.ErrCaseCollision) // a folder and a file collide too
		must(home.Move(f.Context(), path(f, "/Straße/file"), path(f, "/Straße/FILE"), catalog.TransferOptions{}))(f)
		f.put(home, "/Straße/FILE", "the same name is none")
		f.wantNames(home, "/Straße/", "/Straße/FILE")
	})
}
