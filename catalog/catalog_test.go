package catalog_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// fixture is a catalog on real parts, and helpers that end the test on errors.
type fixture struct {
	*testing.T
	*catalog.Catalog
}

func newFixture(t *testing.T, db *database.DB, cfg catalog.Config) fixture {
	t.Helper()
	c, err := catalog.New(db, blocktest.New(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return fixture{t, c}
}

// each runs a test on every database.
func each(t *testing.T, cfg catalog.Config, test func(fixture)) {
	t.Helper()
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) { test(newFixture(t, db, cfg)) })
}

func (f fixture) home(user int64) *catalog.Tree {
	f.Helper()
	return must(f.Catalog.Home(f.Context(), catalog.Actor{User: user, Device: 7}))(f.T)
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

func (f fixture) put(tree *catalog.Tree, name, content string) catalog.Entry {
	f.Helper()
	e, _, err := tree.Put(f.Context(), path(f, name), strings.NewReader(content), catalog.PutOptions{Parents: true})
	if err != nil {
		f.Fatal(err)
	}
	return e
}

func (f fixture) content(tree *catalog.Tree, name string) string {
	f.Helper()
	_, r, err := tree.Open(f.Context(), path(f, name), 0)
	if err != nil {
		f.Fatal(err)
	}
	defer r.Close()
	return string(must(io.ReadAll(r))(f))
}

// names lists all paths of a tree, folders with a slash at the end.
func (f fixture) names(tree *catalog.Tree) []string {
	f.Helper()
	var names []string
	for e, err := range tree.Walk(f.Context(), catalog.Path{}) {
		if err != nil {
			f.Fatal(err)
		}
		if e.Kind == catalog.KindFolder && e.Path != "/" {
			e.Path += "/"
		}
		names = append(names, e.Path)
	}
	return names
}

func (f fixture) wantNames(tree *catalog.Tree, want ...string) {
	f.Helper()
	if diff := cmp.Diff(append([]string{"/"}, want...), f.names(tree)); diff != "" {
		f.Error(diff)
	}
}

func (f fixture) wantUsed(user, want int64) {
	f.Helper()
	if got := must(f.Usage(f.Context(), user))(f).Used; got != want {
		f.Errorf("got %d bytes used, want %d", got, want)
	}
}

func (f fixture) wantError(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("got error %v, want %v", err, want)
	}
}

func TestLifeOfAFile(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		first := f.put(home, "/docs/Ünï/a.txt", "one")
		if first.Revision != 1 || first.Size != 3 || first.Author != 1 || first.Path != "/docs/Ünï/a.txt" {
			f.Errorf("got %+v", first)
		}
		second := f.put(home, "/docs/Ünï/a.txt", "two!")
		if second.ID != first.ID || second.Revision != 2 || second.ETag() == first.ETag() {
			f.Errorf("got %+v after %+v", second, first)
		}
		if got := f.content(home, "/docs/Ünï/a.txt"); got != "two!" {
			f.Errorf("got content %q", got)
		}
		stat := must(home.Stat(f.Context(), path(f, "/docs/Ünï/a.txt")))(f)
		if diff := cmp.Diff(second, stat, cmpopts.EquateComparable(cid.Cid{})); diff != "" {
			f.Error(diff)
		}
		f.wantUsed(1, 7)

		moved := must(home.Move(f.Context(), path(f, "/docs/Ünï/a.txt"), path(f, "/b.txt"), catalog.TransferOptions{}))(f)
		if moved.ID != first.ID || moved.Revision != 2 {
			f.Errorf("got %+v", moved)
		}
		must(home.Copy(f.Context(), path(f, "/b.txt"), path(f, "/docs/c.txt"), catalog.TransferOptions{}))(f)
		f.wantNames(home, "/b.txt", "/docs/", "/docs/c.txt", "/docs/Ünï/")
		f.wantUsed(1, 11)

		trashed := must(home.Remove(f.Context(), path(f, "/docs"), catalog.RemoveOptions{}))(f)
		f.wantNames(home, "/b.txt")
		f.wantUsed(1, 11)
		must(home.RestoreTrash(f.Context(), trashed.ID, nil))(f)
		f.wantNames(home, "/b.txt", "/docs/", "/docs/c.txt", "/docs/Ünï/")
		trashed = must(home.Remove(f.Context(), path(f, "/docs"), catalog.RemoveOptions{}))(f)
		if err := home.Purge(f.Context(), trashed.ID); err != nil {
			f.Fatal(err)
		}
		f.wantUsed(1, 7)
		f.wantKinds(home, "create", "create", "create", "update", "move", "copy", "delete", "restore", "delete", "purge")
	})
}

func (f fixture) wantKinds(tree *catalog.Tree, want ...catalog.ChangeKind) {
	f.Helper()
	var got []catalog.ChangeKind
	for i, c := range must(tree.Changes(f.Context(), 0, 1000))(f) {
		got = append(got, c.Kind)
		if c.Seq != int64(i+1) || c.Device != 7 {
			f.Errorf("change %d: got %+v", i, c)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Error(diff)
	}
}

func TestHomesAreApart(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		f.put(alice, "/secret.txt", "x")
		_, err := bob.Stat(f.Context(), path(f, "/secret.txt"))
		f.wantError(err, catalog.ErrNotFound)
		f.wantNames(bob)
		if found := must(bob.Search(f.Context(), "secret", "", 10))(f); len(found.Entries) != 0 {
			f.Errorf("bob found %+v", found)
		}
		trashed := must(alice.Remove(f.Context(), path(f, "/secret.txt"), catalog.RemoveOptions{}))(f)
		_, err = bob.RestoreTrash(f.Context(), trashed.ID, nil)
		f.wantError(err, catalog.ErrNotFound)
		f.wantError(bob.Purge(f.Context(), trashed.ID), catalog.ErrNotFound)
	})
}

func TestErrorsOfPaths(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/folder/file", "x")
		for _, test := range []struct {
			path string
			want error
		}{
			{"/gone", catalog.ErrNotFound}, {"/gone/deeper", catalog.ErrNotFound}, {"/folder/file/below", catalog.ErrNotFolder},
		} {
			_, err := home.Stat(f.Context(), path(f, test.path))
			f.wantError(err, test.want)
		}
		_, _, err := home.Put(f.Context(), path(f, "/new/file"), strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, catalog.ErrNotFound)
		_, _, err = home.Put(f.Context(), path(f, "/folder"), strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, catalog.ErrIsFolder)
		_, _, err = home.Put(f.Context(), catalog.Path{}, strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, catalog.ErrIsFolder)
		_, err = home.Mkdir(f.Context(), path(f, "/folder"), false)
		f.wantError(err, catalog.ErrExists)
		_, err = home.Mkdir(f.Context(), path(f, "/folder/file/x"), true)
		f.wantError(err, catalog.ErrNotFolder)
		_, err = home.Move(f.Context(), path(f, "/folder"), path(f, "/folder/in"), catalog.TransferOptions{})
		f.wantError(err, catalog.ErrIntoItself)
		_, err = home.Remove(f.Context(), catalog.Path{}, catalog.RemoveOptions{})
		f.wantError(err, catalog.ErrPath)
		_, _, err = home.Open(f.Context(), path(f, "/folder"), 0)
		f.wantError(err, catalog.ErrIsFolder)
		f.wantNames(home, "/folder/", "/folder/file")
	})
}

// TestDeepPath passes the number of names that one query looks up, several times.
func TestDeepPath(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for _, depth := range []int{15, 16, 17, 32, 33, 100} {
			name := strings.Repeat("/d", depth-1) + "/file"
			f.put(home, name, "deep")
			if got := must(home.Stat(f.Context(), path(f, name)))(f); got.Path != name {
				f.Errorf("depth %d: got path %q", depth, got.Path)
			}
			_, err := home.Stat(f.Context(), path(f, name+"/more"))
			f.wantError(err, catalog.ErrNotFolder)
			_, err = home.Stat(f.Context(), path(f, name+"2"))
			f.wantError(err, catalog.ErrNotFound)
		}
		if found := must(home.Search(f.Context(), "FILE", "", 0))(f); len(found.Entries) != 6 {
			f.Errorf("found %d files, want 6", len(found.Entries))
		}
	})
}

func TestWaitWakesUp(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		woken := make(chan error)
		go func() { woken <- home.Wait(f.Context(), 0) }()
		f.put(home, "/x", "x")
		if err := <-woken; err != nil {
			f.Error(err)
		}
		ctx, cancel := context.WithCancel(f.Context())
		go func() { woken <- home.Wait(ctx, 1) }()
		cancel()
		f.wantError(<-woken, context.Canceled)
	})
}
