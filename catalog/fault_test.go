package catalog_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// TestNoNameWithoutBytes lets the disk fail at each step of a Put. Whatever it was, no name leads to bytes that are not
// safe, the file that was there is untouched, and the next Put works.
func TestNoNameWithoutBytes(t *testing.T) {
	engine, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	faulty := &blocktest.Faulty{Engine: engine}
	c := must(catalog.New(databasetest.New(t), blocktest.On(t, faulty), catalog.Config{}))(t)
	f := fixture{t, c}
	home := f.home(1)
	old := f.put(home, "/file", "old")
	put := func() error {
		_, _, err := home.Put(t.Context(), path(t, "/file"), strings.NewReader("new"), catalog.PutOptions{})
		return err
	}
	untouched := func() {
		t.Helper()
		if e := must(home.Stat(t.Context(), path(t, "/file")))(t); e != old || f.content(home, "/file") != "old" {
			t.Errorf("got %+v, want %+v", e, old)
		}
		f.wantUsed(1, 3)
	}
	broken := errors.New("the disk is broken")

	faulty.FailPut(func([]blockstore.Block) error { return blockstore.ErrNoSpace })
	f.wantError(put(), blockstore.ErrNoSpace)
	untouched()
	faulty.FailPut(nil)

	faulty.FailSync(func() error { return broken })
	f.wantError(put(), broken)
	untouched()
	faulty.FailSync(nil)

	f.wantError(put(), nil)
	if got := f.content(home, "/file"); got != "new" {
		t.Errorf("got %q", got)
	}
}

// TestQuotaUnknown refuses to write where nobody can say how much may be written.
func TestQuotaUnknown(t *testing.T) {
	broken, fails := errors.New("the users are gone"), false
	cfg := catalog.Config{Quota: func(context.Context, bun.IDB, int64) (int64, error) {
		if fails {
			return 0, broken
		}
		return catalog.Unlimited, nil
	}}
	f := newFixture(t, databasetest.New(t), cfg)
	home := f.home(1)
	f.put(home, "/file", "x")
	fails = true
	_, _, err := home.Put(t.Context(), path(t, "/file"), strings.NewReader("y"), catalog.PutOptions{})
	f.wantError(err, broken)
	_, err = home.Copy(t.Context(), path(t, "/file"), path(t, "/copy"), catalog.TransferOptions{})
	f.wantError(err, broken)
	_, err = home.Import(t.Context(), path(t, "/import"), strings.NewReader(""))
	f.wantError(err, broken)
	f.wantNames(home, "/file")
}

// TestEndedContext gives the error of the context, and does nothing.
func TestEndedContext(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/file", "x")
		ctx, cancel := context.WithCancel(f.Context())
		cancel()
		_, _, err := home.Put(ctx, path(f, "/new"), strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, context.Canceled)
		_, err = home.Remove(ctx, path(f, "/file"), catalog.RemoveOptions{})
		f.wantError(err, context.Canceled)
		_, err = home.List(ctx, catalog.Path{}, catalog.ListOptions{})
		f.wantError(err, context.Canceled)
		for _, err := range home.Walk(ctx, catalog.Path{}) {
			f.wantError(err, context.Canceled)
		}
		for _, err := range f.Roots(ctx) {
			f.wantError(err, context.Canceled)
		}
		f.wantError(home.Wait(ctx, 100), context.Canceled)
		f.wantNames(home, "/file")
	})
}
