package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/catalog"
)

func TestChangesPages(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		start := time.Now().Add(-time.Second)
		for i := range 10 {
			f.put(home, fmt.Sprintf("/%d", i), "x")
		}
		all := must(home.Changes(f.Context(), 0, 0))(f)
		if len(all) != 10 {
			f.Fatalf("got %d changes", len(all))
		}
		for i, c := range all {
			if c.Seq != int64(i+1) || c.Kind != "create" || c.EntryKind != catalog.KindFile || c.Path != fmt.Sprintf("/%d", i) ||
				c.Size != 1 || c.Revision != 1 || c.User != 1 || c.Device != 7 || c.Time.Before(start) || !c.Root.Defined() || c.From != "" {
				f.Errorf("got %+v", c)
			}
		}
		var got []catalog.Change
		for last := int64(0); ; last = got[len(got)-1].Seq {
			page := must(home.Changes(f.Context(), last, 3))(f)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		if !slices.Equal(got, all) {
			f.Errorf("the pages are not the whole: %+v", got)
		}
		for _, odd := range []struct{ after, limit int64 }{{0, -1}, {-5, 100_000}} {
			if got := must(home.Changes(f.Context(), odd.after, int(odd.limit)))(f); len(got) != 10 {
				f.Errorf("got %d changes", len(got))
			}
		}
		if got := must(home.Changes(f.Context(), 1<<60, 10))(f); len(got) != 0 {
			f.Errorf("got %+v", got)
		}
	})
}

// TestChangeDetails checks what a follower needs of each kind.
func TestChangeDetails(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		file := f.put(home, "/a/file", "x")
		must(home.Move(f.Context(), path(f, "/a"), path(f, "/b"), catalog.TransferOptions{}))(f)
		must(home.Copy(f.Context(), path(f, "/b/file"), path(f, "/copy"), catalog.TransferOptions{}))(f)
		trashed := f.remove(home, "/b/file")
		f.restore(home, trashed)
		f.wantError(home.Purge(f.Context(), f.remove(home, "/b").ID), nil)
		type line struct {
			kind       catalog.ChangeKind
			of         catalog.Kind
			path, from string
			revision   int64
		}
		var got []line
		for _, c := range must(home.Changes(f.Context(), 0, 0))(f) {
			got = append(got, line{c.Kind, c.EntryKind, c.Path, c.From, c.Revision})
			if c.Path == "/b/file" && c.Entry != file.ID {
				f.Errorf("got %+v", c)
			}
		}
		want := []line{
			{"create", "folder", "/a", "", 0},
			{"create", "file", "/a/file", "", 1},
			{"move", "folder", "/b", "/a", 0},
			{"copy", "file", "/copy", "/b/file", 1},
			{"delete", "file", "/b/file", "", 1},
			{"restore", "file", "/b/file", "", 1},
			{"delete", "folder", "/b", "", 0},
			{"purge", "folder", "/b", "", 0},
		}
		if !slices.Equal(got, want) {
			f.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestWaitMany wakes all who wait, and only those whose home it is.
func TestWaitMany(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		ctx, cancel := context.WithCancel(f.Context())
		other := make(chan error, 1)
		go func() { other <- bob.Wait(ctx, 0) }()
		f.put(alice, "/first", "x")
		f.wantError(alice.Wait(f.Context(), 0), nil) // at once
		errs := race(9, func(i int) error {
			if i == 8 {
				f.put(alice, "/second", "x")
				return nil
			}
			return alice.Wait(f.Context(), 1)
		})
		if count(errs, nil) != 9 {
			f.Errorf("got %v", errs)
		}
		select {
		case err := <-other:
			f.Errorf("bob was woken: %v", err)
		default:
		}
		cancel()
		f.wantError(<-other, context.Canceled)
	})
}
