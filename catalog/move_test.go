package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/melissiproject/hive/catalog"
)

// transfers are Move and Copy, for tests that hold for both.
var transfers = map[string]func(*catalog.Tree, context.Context, catalog.Path, catalog.Path, catalog.TransferOptions) (catalog.Entry, error){
	"move": (*catalog.Tree).Move,
	"copy": (*catalog.Tree).Copy,
}

func TestTransferErrors(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/a/b/file", "x")
		f.put(home, "/a/other", "y")
		for _, test := range []struct {
			from, to string
			opts     catalog.TransferOptions
			want     error
		}{
			{"/gone", "/x", catalog.TransferOptions{}, catalog.ErrNotFound},
			{"/a/other/x", "/x", catalog.TransferOptions{}, catalog.ErrNotFolder},
			{"/a", "/gone/x", catalog.TransferOptions{}, catalog.ErrNotFound},
			{"/a/b", "/a/other/x", catalog.TransferOptions{}, catalog.ErrNotFolder},
			{"/a/b", "/a/other", catalog.TransferOptions{}, catalog.ErrExists},
			{"/a/other", "/a/b", catalog.TransferOptions{}, catalog.ErrExists},
			{"/a", "/a/b/a", catalog.TransferOptions{}, catalog.ErrIntoItself},
			{"/a", "/a/b", catalog.TransferOptions{Overwrite: true}, catalog.ErrIntoItself},
			{"/a/b", "/a", catalog.TransferOptions{Overwrite: true}, catalog.ErrIntoItself},
			{"/", "/x", catalog.TransferOptions{}, catalog.ErrIntoItself},
			{"/a", "/", catalog.TransferOptions{Overwrite: true}, catalog.ErrIntoItself},
			{"/a/other", "/x", catalog.TransferOptions{IfMatch: `"2-x"`}, catalog.ErrPrecondition},
		} {
			for name, transfer := range transfers {
				if _, err := transfer(home, f.Context(), path(f, test.from), path(f, test.to), test.opts); !errors.Is(err, test.want) {
					f.Errorf("%s %s to %s: got %v, want %v", name, test.from, test.to, err, test.want)
				}
			}
		}
		f.wantNames(home, "/a/", "/a/b/", "/a/b/file", "/a/other")
		f.wantKinds(home, "create", "create", "create", "create")
		f.wantUsed(1, 2)
	})
}

func TestMoveKeepsAllBelow(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/a/b/file", "one")
		file := f.put(home, "/a/b/file", "two")
		must(home.Mkdir(f.Context(), path(f, "/target"), false))(f)
		before := must(home.Stat(f.Context(), path(f, "/a")))(f)
		moved := must(home.Move(f.Context(), path(f, "/a"), path(f, "/target/new"), catalog.TransferOptions{IfMatch: before.ETag()}))(f)
		if moved.ID != before.ID || moved.Path != "/target/new" || moved.Name != "new" || !moved.MTime.Equal(before.MTime) {
			f.Errorf("got %+v from %+v", moved, before)
		}
		now := must(home.Stat(f.Context(), path(f, "/target/new/b/file")))(f)
		if now.ID != file.ID || now.Revision != 2 || now.Root != file.Root {
			f.Errorf("got %+v from %+v", now, file)
		}
		if n := len(must(home.Revisions(f.Context(), path(f, "/target/new/b/file"), 0, 0))(f)); n != 2 {
			f.Errorf("got %d revisions", n)
		}
		f.wantNames(home, "/target/", "/target/new/", "/target/new/b/", "/target/new/b/file")
		same := must(home.Move(f.Context(), path(f, "/target"), path(f, "/target"), catalog.TransferOptions{}))(f)
		if same.Path != "/target" {
			f.Errorf("got %+v", same)
		}
		f.wantKinds(home, "create", "create", "create", "update", "create", "move")
	})
}

// TestTransferOverwrites checks that what was at the target is in the trash, whole.
func TestTransferOverwrites(t *testing.T) {
	t.Parallel()
	for name, transfer := range transfers {
		t.Run(name, func(t *testing.T) {
			each(t, catalog.Config{}, func(f fixture) {
				home := f.home(1)
				f.put(home, "/source", "new")
				f.put(home, "/folder/old", "old")
				got := must(transfer(home, f.Context(), path(f, "/source"), path(f, "/folder"), catalog.TransferOptions{Overwrite: true}))(f)
				if got.Kind != catalog.KindFile || f.content(home, "/folder") != "new" {
					f.Errorf("got %+v", got)
				}
				trash := must(home.Trash(f.Context(), 0, 0))(f)
				if len(trash) != 1 || trash[0].Path != "/folder" || trash[0].Kind != catalog.KindFolder {
					f.Fatalf("got trash %+v", trash)
				}
				back := must(home.RestoreTrash(f.Context(), trash[0].ID, nil))(f)
				if back.Path != "/folder (restored)" || f.content(home, "/folder (restored)/old") != "old" {
					f.Errorf("got %+v", back)
				}
			})
		})
	}
}

func TestCopyTree(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/a/b/c/1", "first")
		f.put(home, "/a/b/c/1", "one")
		f.put(home, "/a/b/2", "two")
		f.put(home, "/a/3", "three")
		must(home.Mkdir(f.Context(), path(f, "/a/empty"), false))(f)
		yes := true
		must(home.SetMeta(f.Context(), path(f, "/a/3"), catalog.Meta{Exec: &yes}))(f)
		from := must(home.Stat(f.Context(), path(f, "/a/3")))(f)

		made := must(home.Copy(f.Context(), path(f, "/a"), path(f, "/copy"), catalog.TransferOptions{}))(f)
		must(home.Copy(f.Context(), path(f, "/a/b"), path(f, "/a/b2"), catalog.TransferOptions{}))(f) // beside itself
		f.wantNames(home, "/a/", "/a/3", "/a/b/", "/a/b/2", "/a/b/c/", "/a/b/c/1", "/a/b2/", "/a/b2/2", "/a/b2/c/", "/a/b2/c/1",
			"/a/empty/", "/copy/", "/copy/3", "/copy/b/", "/copy/b/2", "/copy/b/c/", "/copy/b/c/1", "/copy/empty/")
		f.wantUsed(1, 5+3+3+5+(3+3+5)+(3+3)) // newest revisions only
		if got := f.content(home, "/copy/b/c/1"); got != "one" {
			f.Errorf("got %q", got)
		}
		copied := must(home.Stat(f.Context(), path(f, "/copy/3")))(f)
		if copied.ID == from.ID || copied.Revision != 1 || !copied.Exec || !copied.MTime.Equal(from.MTime) || copied.Author != 1 ||
			copied.Parent != made.ID || copied.Root != from.Root || copied.Size != from.Size {
			f.Errorf("got %+v from %+v", copied, from)
		}
		revisions := must(home.Revisions(f.Context(), path(f, "/copy/b/c/1"), 0, 0))(f)
		if len(revisions) != 1 || revisions[0].Number != 1 || revisions[0].Size != 3 || revisions[0].Device != 7 {
			f.Errorf("got %+v", revisions)
		}
		// The two lives are apart.
		f.put(home, "/copy/b/2", "changed")
		if got := f.content(home, "/a/b/2"); got != "two" {
			f.Errorf("got %q", got)
		}
	})
}

func TestCopyOverQuota(t *testing.T) {
	each(t, limit(100), func(f fixture) {
		home := f.home(1)
		for i := range 6 {
			f.put(home, fmt.Sprintf("/a/%d/file", i), "0123456789")
		}
		_, err := home.Copy(f.Context(), path(f, "/a"), path(f, "/copy"), catalog.TransferOptions{})
		f.wantError(err, catalog.ErrQuota)
		f.wantUsed(1, 60)
		if got := f.names(home); slices.Contains(got, "/copy/") {
			f.Errorf("got %v", got)
		}
		if usage := must(f.Usage(f.Context(), 1))(f); usage.Files != 6 || usage.Folders != 7 {
			f.Errorf("got %+v", usage)
		}
	})
}

// TestMoveRaces lets moves cross each other. Whatever comes first, the tree stays a tree.
func TestMoveRaces(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for round := range 5 {
			a, b := fmt.Sprintf("/a%d", round), fmt.Sprintf("/b%d", round)
			f.put(home, a+"/x", "x")
			f.put(home, b+"/y", "y")
			errs := race(2, func(i int) error { // each into the other
				from, to := a, b+"/in"
				if i == 1 {
					from, to = b, a+"/in"
				}
				_, err := home.Move(f.Context(), path(f, from), path(f, to), catalog.TransferOptions{})
				return err
			})
			if count(errs, nil) != 1 || count(errs, catalog.ErrNotFound) != 1 {
				f.Errorf("got %v", errs)
			}
		}
		if got := len(f.names(home)); got != 1+5*4 {
			f.Errorf("got %d entries", got)
		}

		f.put(home, "/one", "1")
		errs := race(4, func(i int) error {
			if i == 0 {
				_, err := home.Remove(f.Context(), path(f, "/one"), catalog.RemoveOptions{})
				return err
			}
			_, err := home.Move(f.Context(), path(f, "/one"), path(f, fmt.Sprintf("/to%d", i)), catalog.TransferOptions{})
			return err
		})
		if count(errs, nil) != 1 || count(errs, catalog.ErrNotFound) != 3 {
			f.Errorf("got %v", errs)
		}
	})
}

// TestTooDeep checks that nothing gets a place that no path leads to.
func TestTooDeep(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, strings.Repeat("/s", 200)+"/file", "x") // 201 names
		must(home.Mkdir(f.Context(), path(f, strings.Repeat("/t", 54)), true))(f)
		fits, deeper := strings.Repeat("/t", 54)+"/s", strings.Repeat("/t", 54)+"/u/s"
		must(home.Mkdir(f.Context(), path(f, deeper).Parent(), false))(f)
		for name, transfer := range transfers {
			_, err := transfer(home, f.Context(), path(f, "/s"), path(f, deeper), catalog.TransferOptions{})
			if !errors.Is(err, catalog.ErrPath) {
				f.Errorf("%s: got %v", name, err)
			}
		}
		must(home.Move(f.Context(), path(f, "/s"), path(f, fits), catalog.TransferOptions{}))(f)
		if got := f.content(home, fits+strings.Repeat("/s", 199)+"/file"); got != "x" {
			f.Errorf("got %q", got)
		}
		trashed := f.remove(home, fits)
		to := path(f, deeper)
		_, err := home.RestoreTrash(f.Context(), trashed.ID, &to)
		f.wantError(err, catalog.ErrPath)
		f.restore(home, trashed)
	})
}
