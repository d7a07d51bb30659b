package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// remove puts what is at a path in the trash.
func (f fixture) remove(tree *catalog.Tree, name string) catalog.Trashed {
	f.Helper()
	return must(tree.Remove(f.Context(), path(f, name), catalog.RemoveOptions{}))(f)
}

// restore brings it back to where it was.
func (f fixture) restore(tree *catalog.Tree, trashed catalog.Trashed) catalog.Entry {
	f.Helper()
	return must(tree.RestoreTrash(f.Context(), trashed.ID, nil))(f)
}

func TestTrashPages(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		var want []catalog.Trashed
		for i := range 10 {
			name := fmt.Sprintf("/folder/%d", i)
			f.put(home, name, strings.Repeat("x", i))
			trashed := f.remove(home, name)
			if trashed.Path != name || trashed.Kind != catalog.KindFile || trashed.Size != int64(i) || trashed.By != 1 {
				f.Errorf("got %+v", trashed)
			}
			want = append([]catalog.Trashed{trashed}, want...)
		}
		for _, limit := range []int{1, 3, 10, 11} {
			var got []catalog.Trashed
			for after := int64(0); ; {
				page := must(home.Trash(f.Context(), after, limit))(f)
				if len(page) == 0 {
					break
				}
				got, after = append(got, page...), page[len(page)-1].ID
			}
			if !slices.Equal(got, want) {
				f.Errorf("in pages of %d: got %+v, want %+v", limit, got, want)
			}
		}
		f.wantNames(home, "/folder/")
		f.wantError(home.EmptyTrash(f.Context()), nil)
		if left := must(home.Trash(f.Context(), 0, 0))(f); len(left) != 0 {
			f.Errorf("left %+v", left)
		}
		f.wantUsed(1, 0)
	})
}

func TestRemoveConditions(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		file := f.put(home, "/folder/file", "x")
		folder := must(home.Stat(f.Context(), path(f, "/folder")))(f)
		_, err := home.Remove(f.Context(), path(f, "/folder/file"), catalog.RemoveOptions{IfMatch: `"7-x"`})
		f.wantError(err, catalog.ErrPrecondition)
		must(home.Remove(f.Context(), path(f, "/folder/file"), catalog.RemoveOptions{IfMatch: file.ETag()}))(f)
		_, err = home.Remove(f.Context(), path(f, "/folder"), catalog.RemoveOptions{IfMatch: folder.ETag()})
		f.wantError(err, catalog.ErrPrecondition) // an entry went
		_, err = home.Remove(f.Context(), path(f, "/folder/file"), catalog.RemoveOptions{})
		f.wantError(err, catalog.ErrNotFound)
	})
}

// TestRestoreNames brings entries back onto names that are taken.
func TestRestoreNames(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for name, want := range map[string]string{
			"/notes.txt":                           "/notes (restored).txt",
			"/archive.tar.gz":                      "/archive.tar (restored).gz",
			"/.profile":                            "/.profile (restored)",
			"/no." + strings.Repeat("x", 252):      "/no." + strings.Repeat("x", 241) + " (restored)", // not an extension
			"/plain":                               "/plain (restored)",
			"/" + strings.Repeat("ü", 127):         "/" + strings.Repeat("ü", 122) + " (restored)",
			"/" + strings.Repeat("n", 251) + ".go": "/" + strings.Repeat("n", 241) + " (restored).go",
		} {
			var trashed []catalog.Trashed
			for _, content := range []string{"one", "two"} {
				f.put(home, name, content)
				trashed = append(trashed, f.remove(home, name))
			}
			f.put(home, name, "three")
			first, second := f.restore(home, trashed[0]), f.restore(home, trashed[1])
			if first.Path != want || len(first.Name) > 255 || f.content(home, want) != "one" {
				f.Errorf("got %q, want %q", first.Path, want)
			}
			if second.Path == first.Path || !strings.Contains(second.Name, "(restored 2)") || len(second.Name) > 255 {
				f.Errorf("got %q after %q", second.Path, first.Path)
			}
		}
		must(home.Mkdir(f.Context(), path(f, "/v1.0"), false))(f)
		folder := f.remove(home, "/v1.0")
		must(home.Mkdir(f.Context(), path(f, "/v1.0"), false))(f)
		if got := f.restore(home, folder); got.Path != "/v1.0 (restored)" {
			f.Errorf("got %q", got.Path)
		}
	})
}

// TestRestoreCase restores beside a name that differs in case only.
func TestRestoreCase(t *testing.T) {
	each(t, catalog.Config{RefuseCaseCollisions: true}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/a.txt", "old")
		trashed := f.remove(home, "/a.txt")
		f.put(home, "/A.txt", "new")
		to := path(f, "/a.TXT")
		_, err := home.RestoreTrash(f.Context(), trashed.ID, &to)
		f.wantError(err, catalog.ErrCaseCollision)
		if got := f.restore(home, trashed); got.Path != "/a (restored).txt" {
			f.Errorf("got %q", got.Path)
		}
	})
}

// TestRestoreFolders brings an entry back whose folder is not what it was.
func TestRestoreFolders(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for _, name := range []string{"/moved/x", "/trashed/x", "/purged/x", "/file/x"} {
			f.put(home, name, name)
		}
		all := map[string]catalog.Trashed{}
		for _, name := range []string{"/moved/x", "/trashed/x", "/purged/x", "/file/x"} {
			all[name] = f.remove(home, name)
		}
		must(home.Move(f.Context(), path(f, "/moved"), path(f, "/elsewhere"), catalog.TransferOptions{}))(f)
		f.remove(home, "/trashed")
		f.wantError(home.Purge(f.Context(), f.remove(home, "/purged").ID), nil)
		f.remove(home, "/file")
		f.put(home, "/file", "in the way")
		for name, want := range map[string]string{
			"/moved/x": "/elsewhere/x", "/trashed/x": "/trashed/x", "/purged/x": "/purged/x", "/file/x": "/x",
		} {
			if got := f.restore(home, all[name]); got.Path != want || f.content(home, want) != name {
				f.Errorf("got %q, want %q", got.Path, want)
			}
		}
		f.wantNames(home, "/elsewhere/", "/elsewhere/x", "/file", "/purged/", "/purged/x", "/trashed/", "/trashed/x", "/x")
	})
}

func TestRestoreElsewhere(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/a/x", "x")
		f.put(home, "/taken", "y")
		trashed := f.remove(home, "/a")
		for to, want := range map[string]error{
			"/taken": catalog.ErrExists, "/": catalog.ErrExists, "/gone/a": catalog.ErrNotFound, "/taken/a": catalog.ErrNotFolder,
		} {
			target := path(f, to)
			_, err := home.RestoreTrash(f.Context(), trashed.ID, &target)
			f.wantError(err, want)
		}
		to := path(f, "/b")
		back := must(home.RestoreTrash(f.Context(), trashed.ID, &to))(f)
		if back.Path != "/b" || f.content(home, "/b/x") != "x" {
			f.Errorf("got %+v", back)
		}
		_, err := home.RestoreTrash(f.Context(), trashed.ID, nil)
		f.wantError(err, catalog.ErrNotFound)
		f.wantError(home.Purge(f.Context(), trashed.ID), catalog.ErrNotFound)
		f.wantKinds(home, "create", "create", "create", "delete", "restore")
	})
}

// TestPurgeTree deletes a folder for good whose folders hold more than one step deletes.
func TestPurgeTree(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/kept/file", "kept")
		must(home.Mkdir(f.Context(), path(f, "/tree/one/two"), true))(f)
		for i := range 510 {
			must(home.Mkdir(f.Context(), path(f, fmt.Sprintf("/tree/one/%d", i)), false))(f)
		}
		f.put(home, "/tree/one/two/file", "one")
		f.put(home, "/tree/one/two/file", "three")
		inner := f.remove(home, "/tree/one/509")
		trashed := f.remove(home, "/tree")
		f.wantError(home.Purge(f.Context(), trashed.ID), nil)
		f.wantUsed(1, 4)
		if usage := must(f.Usage(f.Context(), 1))(f); usage.Files != 1 || usage.Folders != 2 {
			f.Errorf("got %+v", usage)
		}
		if got := f.restore(home, inner); got.Path != "/tree/one/509" {
			f.Errorf("got %q", got.Path)
		}
		f.wantError(home.Purge(f.Context(), trashed.ID), catalog.ErrNotFound)
	})
}

// TestTrashRaces lets restores and purges of one entry meet: one of them wins.
func TestTrashRaces(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for range 5 {
			f.put(home, "/folder/file", "x")
			trashed := f.remove(home, "/folder")
			errs := race(6, func(i int) error {
				if i%2 == 0 {
					return home.Purge(f.Context(), trashed.ID)
				}
				_, err := home.RestoreTrash(f.Context(), trashed.ID, nil)
				return err
			})
			if count(errs, nil) != 1 || count(errs, catalog.ErrNotFound) != 5 {
				f.Errorf("got %v", errs)
			}
			if _, err := home.Stat(f.Context(), path(f, "/folder/file")); err == nil {
				f.remove(home, "/folder")
			}
			f.wantError(home.EmptyTrash(f.Context()), nil)
			f.wantUsed(1, 0)
		}
	})
}

func TestTrashThatSeveralEmptyAtOnce(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for i := range 40 {
			f.put(home, fmt.Sprintf("/folder/%d", i), "x")
			f.remove(home, fmt.Sprintf("/folder/%d", i))
		}
		if errs := race(4, func(int) error { return home.EmptyTrash(f.Context()) }); count(errs, nil) != 4 {
			f.Errorf("got %v", errs)
		}
		if left := must(home.Trash(f.Context(), 0, 0))(f); len(left) != 0 {
			f.Errorf("left %+v", left)
		}
	})
}

func TestWhatComesIntoTheTrashWhileItIsEmptiedStays(t *testing.T) {
	t.Parallel()
	pages := 0
	late := func() {}
	f := newFixture(t, databasetest.Telling(t, func(s string) {
		if strings.Contains(s, "FROM trash") && strings.Contains(s, "ORDER BY t.id DESC") {
			if pages++; pages == 2 {
				late()
			}
		}
	}), catalog.Config{})
	home := f.home(1)
	f.put(home, "/old", "x")
	f.put(home, "/new", "x")
	f.remove(home, "/old")
	late = func() { f.remove(home, "/new") }
	f.wantError(home.EmptyTrash(f.Context()), nil)
	if left := must(home.Trash(f.Context(), 0, 0))(f); len(left) != 1 || left[0].Path != "/new" {
		f.Errorf("left %+v", left)
	}
}
