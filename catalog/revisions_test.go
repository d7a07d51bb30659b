package catalog_test

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/catalog"
)

func TestRevisions(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		start := time.Now().Add(-time.Second)
		for _, content := range []string{"one", "two", "three", "four"} {
			f.put(home, "/file", content)
		}
		all := must(home.Revisions(f.Context(), path(f, "/file"), 0, 0))(f)
		if len(all) != 4 {
			f.Fatalf("got %+v", all)
		}
		for i, r := range all {
			if r.Number != int64(4-i) || r.Author != 1 || r.Device != 7 || r.Created.Before(start) || !r.Root.Defined() {
				f.Errorf("got %+v", r)
			}
		}
		page := must(home.Revisions(f.Context(), path(f, "/file"), 4, 2))(f)
		if !slices.Equal(page, all[1:3]) {
			f.Errorf("got %+v", page)
		}
		for number, want := range map[int64]string{0: "four", 1: "one", 2: "two", 3: "three", 4: "four"} {
			entry, r, err := home.Open(f.Context(), path(f, "/file"), number)
			if err != nil {
				f.Fatal(err)
			}
			got := string(must(io.ReadAll(r))(f))
			r.Close()
			if got != want || entry.Size != int64(len(want)) || (number != 0 && entry.Revision != number) || entry.Path != "/file" {
				f.Errorf("revision %d: got %q, %+v", number, got, entry)
			}
		}
		_, _, err := home.Open(f.Context(), path(f, "/file"), 5)
		f.wantError(err, catalog.ErrRevision)
		_, err = home.Revisions(f.Context(), path(f, "/"), 0, 0)
		f.wantError(err, catalog.ErrIsFolder)
		_, err = home.Revisions(f.Context(), path(f, "/gone"), 0, 0)
		f.wantError(err, catalog.ErrNotFound)
	})
}

func TestRestoreRevision(t *testing.T) {
	each(t, limit(20), func(f fixture) {
		home := f.home(1)
		yes, mtime := true, time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC)
		first, _, err := home.Put(f.Context(), path(f, "/file"), strings.NewReader("first"), catalog.PutOptions{Exec: &yes, MTime: mtime})
		if err != nil {
			f.Fatal(err)
		}
		f.put(home, "/file", "second")
		back := must(home.RestoreRevision(f.Context(), path(f, "/file"), 1))(f)
		if back.Revision != 3 || back.Root != first.Root || !back.MTime.Equal(mtime) || f.content(home, "/file") != "first" {
			f.Errorf("got %+v", back)
		}
		f.wantUsed(1, 5+6+5)
		f.wantKinds(home, "create", "update", "update")
		same := must(home.RestoreRevision(f.Context(), path(f, "/file"), 3))(f)
		if same != back {
			f.Errorf("got %+v, want %+v", same, back)
		}
		_, err = home.RestoreRevision(f.Context(), path(f, "/file"), 2)
		f.wantError(err, catalog.ErrQuota)
		_, err = home.RestoreRevision(f.Context(), path(f, "/file"), 9)
		f.wantError(err, catalog.ErrRevision)
		_, err = home.RestoreRevision(f.Context(), path(f, "/"), 1)
		f.wantError(err, catalog.ErrIsFolder)
	})
}

func TestDeleteRevision(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for _, content := range []string{"one", "two", "three"} {
			f.put(home, "/file", content)
		}
		f.wantError(home.DeleteRevision(f.Context(), path(f, "/file"), 3), catalog.ErrRevision)
		f.wantError(home.DeleteRevision(f.Context(), path(f, "/file"), 1), nil)
		f.wantError(home.DeleteRevision(f.Context(), path(f, "/file"), 1), catalog.ErrRevision)
		f.wantError(home.DeleteRevision(f.Context(), path(f, "/file"), 0), catalog.ErrRevision)
		f.wantError(home.DeleteRevision(f.Context(), path(f, "/gone"), 1), catalog.ErrNotFound)
		f.wantUsed(1, 8)
		if got := f.put(home, "/file", "four"); got.Revision != 4 {
			f.Errorf("numbers are not used again: got %+v", got)
		}
		errs := race(4, func(int) error { return home.DeleteRevision(f.Context(), path(f, "/file"), 2) })
		if count(errs, nil) != 1 || count(errs, catalog.ErrRevision) != 3 {
			f.Errorf("got %v", errs)
		}
		f.wantUsed(1, 9)
	})
}
