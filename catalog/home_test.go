package catalog_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

func TestNewRefuses(t *testing.T) {
	db, blocks := databasetest.New(t), blocktest.New(t)
	if _, err := catalog.New(nil, blocks, catalog.Config{}); err == nil {
		t.Error("took no database")
	}
	if _, err := catalog.New(db, nil, catalog.Config{}); err == nil {
		t.Error("took no blocks")
	}
}

// TestHomeIsMadeOnce asks for a home from many sides at first use.
func TestHomeIsMadeOnce(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		errs := race(8, func(i int) error {
			home, err := f.Home(f.Context(), catalog.Actor{User: 1})
			if err == nil {
				_, err = home.Mkdir(f.Context(), path(f, fmt.Sprintf("/%d", i)), false)
			}
			return err
		})
		if count(errs, nil) != 8 {
			f.Errorf("got %v", errs)
		}
		if got := len(f.names(f.home(1))); got != 9 {
			f.Errorf("got %d entries", got)
		}
	})
}

func TestUsage(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		want := func(want catalog.Usage) {
			f.Helper()
			if got := must(f.Usage(f.Context(), 1))(f); got != want {
				f.Errorf("got %+v, want %+v", got, want)
			}
		}
		want(catalog.Usage{})
		home := f.home(1)
		want(catalog.Usage{})
		f.put(home, "/a/b/file", "one")
		f.put(home, "/a/b/file", "three")
		want(catalog.Usage{Used: 8, Files: 1, Folders: 2})
		must(home.Copy(f.Context(), path(f, "/a"), path(f, "/copy"), catalog.TransferOptions{}))(f)
		must(home.Copy(f.Context(), path(f, "/a/b/file"), path(f, "/file"), catalog.TransferOptions{}))(f)
		want(catalog.Usage{Used: 18, Files: 3, Folders: 4})
		trashed := f.remove(home, "/a")
		want(catalog.Usage{Used: 18, Files: 3, Folders: 4})
		f.wantError(home.Purge(f.Context(), trashed.ID), nil)
		want(catalog.Usage{Used: 10, Files: 2, Folders: 2})
	})
}

func TestDeleteHome(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		for i := range 30 {
			f.put(alice, fmt.Sprintf("/a/%d/file", i), "x")
		}
		f.put(alice, "/a/1/file", "y")
		f.remove(alice, "/a/2")
		f.put(bob, "/kept", "kept")
		woken := make(chan error)
		go func() { woken <- alice.Wait(f.Context(), 1_000_000) }()
		f.wantError(f.DeleteHome(f.Context(), 1), nil)
		f.wantError(<-woken, catalog.ErrNotFound)
		f.wantError(f.DeleteHome(f.Context(), 1), nil)
		f.wantError(f.DeleteHome(f.Context(), 3), nil)

		// Who still has the tree in hand finds nothing, and brings nothing back.
		for _, name := range []string{"/", "/a", "/a/1/file"} {
			_, err := alice.Stat(f.Context(), path(f, name))
			f.wantError(err, catalog.ErrNotFound)
		}
		_, _, err := alice.Put(f.Context(), path(f, "/new"), strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, catalog.ErrNotFound)
		_, err = alice.Mkdir(f.Context(), path(f, "/new"), true)
		f.wantError(err, catalog.ErrNotFound)
		for table, want := range map[string]int64{"spaces": 1, "entries": 2, "revisions": 1, "changes": 1, "trash": 0} {
			var got int64
			row := f.DB().Read().QueryRowContext(f.Context(), "SELECT COUNT(*) FROM "+table)
			if err := row.Scan(&got); err != nil || got != want {
				f.Errorf("%s: got %d rows, %v, want %d", table, got, err, want)
			}
		}
		f.wantUsed(1, 0)
		f.wantNames(f.home(1)) // a new one
		if f.content(bob, "/kept") != "kept" {
			f.Error("bob's file is not what it was")
		}
	})
}

// TestDeleteHomeUnderWriters deletes a home while it is written: a Put that was acknowledged before is gone, a later one
// fails, and nothing is left.
func TestDeleteHomeUnderWriters(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		begun := make(chan struct{}, 8)
		errs := race(5, func(i int) error {
			if i == 0 {
				<-begun
				return f.DeleteHome(f.Context(), 1)
			}
			for n := 0; ; n++ {
				_, _, err := home.Put(f.Context(), path(f, fmt.Sprintf("/%d/%d", i, n)), strings.NewReader("x"), catalog.PutOptions{Parents: true})
				if err != nil {
					return err
				}
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
		if errs[0] != nil || count(errs[1:], catalog.ErrNotFound) != 4 {
			f.Errorf("got %v", errs)
		}
		var left int64
		row := f.DB().Read().QueryRowContext(f.Context(), "SELECT COUNT(*) FROM entries")
		if err := row.Scan(&left); err != nil || left != 0 {
			f.Errorf("%d entries are left, %v", left, err)
		}
	})
}

func TestOpenEntry(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		old := f.put(home, "/folder/file", "old")
		f.put(home, "/folder/file", "new")
		f.remove(home, "/folder")
		r := must(home.OpenEntry(f.Context(), old))(f) // wherever it is by now
		defer r.Close()
		if got := string(must(io.ReadAll(r))(f)); got != "old" {
			f.Errorf("got %q", got)
		}
		_, err := home.OpenEntry(f.Context(), must(home.Stat(f.Context(), catalog.Path{}))(f))
		f.wantError(err, catalog.ErrIsFolder)

		f.wantError(home.EmptyTrash(f.Context()), nil)
		must(f.Blocks().Collect(f.Context(), f.Roots(f.Context())))(f)
		_, err = home.OpenEntry(f.Context(), old)
		f.wantError(err, catalog.ErrNotFound)
	})
}
