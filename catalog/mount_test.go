package catalog_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// share mounts a folder of one user in the home of another.
func (f fixture) share(owner int64, folder string, user int64, at string, role catalog.Role) catalog.Entry {
	f.Helper()
	id, root := must2(f.Folder(f.Context(), owner, path(f, folder)))(f)
	m := catalog.Mount{Space: id, Root: root, Role: role, Ref: "share of " + folder}
	return must(f.Mount(f.Context(), catalog.Actor{User: user, Device: 7}, path(f, at), m))(f)
}

func must2[A, B any](a A, b B, err error) func(testing.TB) (A, B) {
	return func(t testing.TB) (A, B) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a, b
	}
}

// TestMountIsTheSameFolder: what one does behind the mount, the other sees, and the other way round.
func TestMountIsTheSameFolder(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		f.put(alice, "/work/docs/a.txt", "one")
		f.put(alice, "/work/private.txt", "secret")
		f.put(bob, "/own.txt", "bob")
		m := f.share(1, "/work/docs", 2, "/from alice/papers", catalog.RoleWriter)
		if m.Path != "/from alice/papers" || m.Mount != "share of /work/docs" || m.ReadOnly || m.Role != catalog.RoleWriter {
			f.Errorf("got %+v", m)
		}
		f.wantNames(bob, "/from alice/", "/from alice/papers/", "/from alice/papers/a.txt", "/own.txt")
		if got := f.content(bob, "/from alice/papers/a.txt"); got != "one" {
			f.Errorf("got %q", got)
		}
		if e := f.put(bob, "/from alice/papers/new/b.txt", "two"); e.Path != "/from alice/papers/new/b.txt" || e.Author != 2 {
			f.Errorf("got %+v", e)
		}
		f.put(alice, "/work/docs/a.txt", "one more")
		ctx := f.Context()
		must(bob.Move(ctx, path(f, "/from alice/papers/a.txt"), path(f, "/from alice/papers/new/c.txt"), catalog.TransferOptions{}))(f)
		f.wantNames(alice, "/work/", "/work/docs/", "/work/docs/new/", "/work/docs/new/b.txt", "/work/docs/new/c.txt", "/work/private.txt")
		if got := must(bob.Revisions(ctx, path(f, "/from alice/papers/new/c.txt"), 0, 0))(f); len(got) != 2 || got[0].Author != 1 {
			f.Errorf("got %+v", got)
		}
		must(bob.Mkdir(ctx, path(f, "/from alice/papers/x/y"), true))(f)
		must(bob.RestoreRevision(ctx, path(f, "/from alice/papers/new/c.txt"), 1))(f)
		if got := f.content(alice, "/work/docs/new/c.txt"); got != "one" {
			f.Errorf("got %q", got)
		}
		removed := must(bob.Remove(ctx, path(f, "/from alice/papers/new"), catalog.RemoveOptions{}))(f)
		if removed.Path != "/from alice/papers/new" {
			f.Errorf("got %+v", removed)
		}
		if trash := must(alice.Trash(ctx, 0, 0))(f); len(trash) != 1 || trash[0].Path != "/work/docs/new" || trash[0].By != 2 {
			f.Errorf("got %+v", trash)
		}
		if trash := must(bob.Trash(ctx, 0, 0))(f); len(trash) != 0 {
			f.Errorf("got %+v", trash)
		}
		_, err := bob.RestoreTrash(ctx, removed.ID, nil)
		f.wantError(err, catalog.ErrNotFound)
		f.wantError(bob.Purge(ctx, removed.ID), catalog.ErrNotFound)
		must(alice.RestoreTrash(ctx, removed.ID, nil))(f)
		f.wantUsed(2, 3)
		f.checkNumbers()
	})
}

// TestMountInLists: a mount looks like the folder it shows.
func TestMountInLists(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		f.put(alice, "/docs/a.txt", "one")
		f.share(1, "/docs", 2, "/docs", catalog.RoleReader)
		before := must(bob.Stat(f.Context(), path(f, "/docs")))(f)
		f.put(alice, "/docs/b.txt", "two")
		after := must(bob.Stat(f.Context(), path(f, "/docs")))(f)
		if before.ETag() == after.ETag() || !after.ReadOnly || after.Mount == "" {
			f.Errorf("got %+v, then %+v", before, after)
		}
		top := must(bob.List(f.Context(), catalog.Path{}, catalog.ListOptions{}))(f)
		if diff := cmp.Diff([]catalog.Entry{after}, top.Entries, entries); diff != "" {
			f.Error(diff)
		}
		var got []string
		for after := ""; ; {
			page := must(bob.List(f.Context(), path(f, "/docs"), catalog.ListOptions{Limit: 1, After: after}))(f)
			for _, e := range page.Entries {
				got = append(got, e.Path)
				if !e.ReadOnly || e.Mount != "" {
					f.Errorf("got %+v", e)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if !slices.Equal(got, []string{"/docs/a.txt", "/docs/b.txt"}) {
			f.Errorf("got %q", got)
		}
		f.put(bob, "/a thing.txt", "mine")
		for _, limit := range []int{1, 2, 100} {
			var found []string
			for after := ""; ; {
				page := must(bob.Search(f.Context(), "A", after, limit))(f)
				for _, e := range page.Entries {
					found = append(found, e.Path)
				}
				if after = page.Next; after == "" {
					break
				}
			}
			if !slices.Equal(found, []string{"/a thing.txt", "/docs/a.txt"}) {
				f.Errorf("limit %d: found %q", limit, found)
			}
		}
		_, err := bob.Search(f.Context(), "a", "1.x", 1)
		f.wantError(err, catalog.ErrCursor)
		var car bytes.Buffer
		f.wantError(bob.Export(f.Context(), catalog.Path{}, &car), nil)
		carol := f.home(3)
		must(carol.Import(f.Context(), path(f, "/x"), &car))(f)
		f.wantNames(carol, "/x/", "/x/a thing.txt", "/x/docs/", "/x/docs/a.txt", "/x/docs/b.txt")
	})
}

// TestSearchTellsOfTheFolderOnly: through a mount no page is any different for what the owner keeps elsewhere, or in the trash.
func TestSearchTellsOfTheFolderOnly(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		alice, r := f.home(1), newFar(f, 100) // with its mount in the home of bob
		f.put(alice, "/docs/in/a.txt", "one")
		f.put(alice, "/private/plan", "x")
		f.put(alice, "/docs/plan/old plan", "x")
		must(alice.Remove(f.Context(), path(f, "/docs/plan"), catalog.RemoveOptions{}))(f)
		r.arrive("plan", "x", true)
		f.remove(r.bob, "/far/plan")
		f.share(1, "/docs", 2, "/docs", catalog.RoleReader)
		for _, query := range []string{"plan", "docs"} {
			page := must(r.bob.Search(f.Context(), query, "", 1))(f)
			for page.Next != "" && len(page.Entries) == 0 {
				f.Errorf("%q: nothing, and then %q", query, page.Next)
				page = must(r.bob.Search(f.Context(), query, page.Next, 1))(f)
			}
		}
		f.put(alice, "/docs/in/deeper/the plan", "x")
		f.put(alice, "/docs/plans", "x")
		f.put(alice, "/plan of mine", "x")
		after, want := "", [][]string{{"/docs/in/deeper/the plan"}, {"/docs/plans"}, nil}
		for i, names := range want {
			var got []string
			page := must(r.bob.Search(f.Context(), "plan", after, 1))(f)
			for _, e := range page.Entries {
				got = append(got, e.Path)
			}
			if after = page.Next; !slices.Equal(got, names) || (after == "") != (i == len(want)-1) {
				f.Errorf("page %d: %q, and then %q", i, got, after)
			}
		}
	})
}

var entries = cmp.Comparer(func(a, b catalog.Entry) bool { return a == b })

// TestReaderCannotWrite tries all that changes something.
func TestReaderCannotWrite(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob, ctx := f.home(1), f.home(2), f.Context()
		f.put(alice, "/docs/a.txt", "one")
		f.put(alice, "/docs/a.txt", "two")
		f.put(bob, "/own.txt", "mine")
		f.share(1, "/docs", 2, "/docs", catalog.RoleReader)
		a, b, own := path(f, "/docs/a.txt"), path(f, "/docs/b.txt"), path(f, "/own.txt")
		exec := true
		for name, err := range map[string]error{
			"put":       second(bob.Put(ctx, b, strings.NewReader("x"), catalog.PutOptions{})),
			"replace":   second(bob.Put(ctx, a, strings.NewReader("x"), catalog.PutOptions{})),
			"mkdir":     first(bob.Mkdir(ctx, b, true)),
			"meta":      first(bob.SetMeta(ctx, a, catalog.Meta{Exec: &exec})),
			"move":      first(bob.Move(ctx, a, b, catalog.TransferOptions{})),
			"move in":   first(bob.Move(ctx, own, b, catalog.TransferOptions{})),
			"move out":  first(bob.Move(ctx, a, path(f, "/out.txt"), catalog.TransferOptions{})),
			"copy":      first(bob.Copy(ctx, a, b, catalog.TransferOptions{})),
			"copy in":   first(bob.Copy(ctx, own, b, catalog.TransferOptions{})),
			"remove":    first(bob.Remove(ctx, a, catalog.RemoveOptions{})),
			"rewind":    first(bob.RestoreRevision(ctx, a, 1)),
			"forget":    bob.DeleteRevision(ctx, a, 1),
			"import":    first(bob.Import(ctx, b, bytes.NewReader(f.export(alice, "/docs")))),
			"overwrite": first(bob.Move(ctx, own, a, catalog.TransferOptions{Overwrite: true})),
		} {
			if !errors.Is(err, catalog.ErrReadOnly) {
				f.Errorf("%s: got %v", name, err)
			}
		}
		must(bob.Copy(ctx, a, path(f, "/mine.txt"), catalog.TransferOptions{}))(f)
		must(bob.Copy(ctx, path(f, "/docs"), path(f, "/all"), catalog.TransferOptions{}))(f)
		f.wantNames(bob, "/all/", "/all/a.txt", "/docs/", "/docs/a.txt", "/mine.txt", "/own.txt")
		f.wantNames(alice, "/docs/", "/docs/a.txt")
		f.wantUsed(2, 10)

		f.wantError(f.SetMountRole(ctx, "share of /docs", 2, catalog.RoleWriter), nil)
		f.put(bob, "/docs/b.txt", "now")
		f.wantError(f.SetMountRole(ctx, "share of /docs", 0, catalog.RoleReader), nil)
		_, err := bob.Remove(ctx, b, catalog.RemoveOptions{})
		f.wantError(err, catalog.ErrReadOnly)
		f.checkNumbers()
	})
}

func first[V any](_ V, err error) error          { return err }
func second[A, B any](_ A, _ B, err error) error { return err }

// TestAcrossMounts moves and copies between a home and what is mounted in it.
func TestAcrossMounts(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob, ctx := f.home(1), f.home(2), f.Context()
		f.put(alice, "/docs/deep/a.txt", "one")
		f.put(alice, "/more/m.txt", "more")
		f.put(bob, "/own/x/b.txt", "bob's")
		f.share(1, "/docs", 2, "/docs", catalog.RoleWriter)
		f.share(1, "/more", 2, "/more", catalog.RoleWriter)
		none, over := catalog.TransferOptions{}, catalog.TransferOptions{Overwrite: true}
		moved := must(bob.Move(ctx, path(f, "/own/x"), path(f, "/docs/x"), none))(f)
		if moved.Path != "/docs/x" {
			f.Errorf("got %+v", moved)
		}
		must(bob.Copy(ctx, path(f, "/docs/deep"), path(f, "/own/deep"), none))(f)
		must(bob.Move(ctx, path(f, "/docs/deep/a.txt"), path(f, "/more/a.txt"), none))(f) // both are of alice
		must(bob.Move(ctx, path(f, "/more/m.txt"), path(f, "/own/deep/a.txt"), over))(f)
		f.wantNames(alice, "/docs/", "/docs/deep/", "/docs/x/", "/docs/x/b.txt", "/more/", "/more/a.txt")
		f.wantNames(bob, "/docs/", "/docs/deep/", "/docs/x/", "/docs/x/b.txt", "/more/", "/more/a.txt", "/own/", "/own/deep/", "/own/deep/a.txt")
		if got := f.content(bob, "/own/deep/a.txt"); got != "more" {
			f.Errorf("got %q", got)
		}
		if got := len(must(bob.Trash(ctx, 0, 0))(f)); got != 2 {
			f.Errorf("%d in bob's trash", got)
		}
		must(bob.Move(ctx, path(f, "/docs"), path(f, "/own/papers"), none))(f) // the mount itself
		if e := must(bob.Stat(ctx, path(f, "/own/papers/x/b.txt")))(f); e.Path != "/own/papers/x/b.txt" {
			f.Errorf("got %+v", e)
		}
		for name, err := range map[string]error{
			"mount into mount":           first(bob.Move(ctx, path(f, "/own/papers"), path(f, "/more/papers"), none)),
			"folder of mount into mount": first(bob.Move(ctx, path(f, "/own"), path(f, "/more/own"), none)),
			"over a mount":               first(bob.Move(ctx, path(f, "/own/deep"), path(f, "/more"), over)),
			"copy over a mount":          first(bob.Copy(ctx, path(f, "/own/papers/x"), path(f, "/more"), over)),
		} {
			if !errors.Is(err, catalog.ErrMounted) {
				f.Errorf("%s: got %v", name, err)
			}
		}
		_, _, err := f.Folder(ctx, 2, path(f, "/own/papers/x"))
		f.wantError(err, catalog.ErrMounted)
		_, _, err = f.Folder(ctx, 2, path(f, "/own/papers"))
		f.wantError(err, catalog.ErrMounted)
		_, err = f.Mount(ctx, catalog.Actor{User: 2}, path(f, "/more/in"), catalog.Mount{Space: 1, Root: 1, Role: catalog.RoleReader, Ref: "x"})
		f.wantError(err, catalog.ErrMounted)
		for _, at := range []string{"/own/deep/a.txt/in", "/own/deep/a.txt/in/deeper"} {
			_, err = f.Mount(ctx, catalog.Actor{User: 2}, path(f, at), catalog.Mount{Space: 1, Root: 1, Role: catalog.RoleReader, Ref: "x"})
			f.wantError(err, catalog.ErrNotFolder)
		}
		trash := must(bob.Trash(ctx, 0, 1))(f)
		to := path(f, "/more/back")
		_, err = bob.RestoreTrash(ctx, trash[0].ID, &to)
		f.wantError(err, catalog.ErrMounted)
		f.checkNumbers()
	})
}

// TestMountsEnd: its user removes it, the share ends, what it shows goes.
func TestMountsEnd(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		var left []catalog.Mount
		f := newFixture(t, db, catalog.Config{Unmounted: func(_ context.Context, _ bun.Tx, m catalog.Mount) error {
			left = append(left, m)
			return nil
		}})
		alice, bob, ctx := f.home(1), f.home(2), f.Context()
		f.put(alice, "/docs/a.txt", "one")
		f.share(1, "/docs", 2, "/docs", catalog.RoleWriter)
		f.share(1, "/docs", 3, "/docs", catalog.RoleWriter)
		removed := must(bob.Remove(ctx, path(f, "/docs"), catalog.RemoveOptions{}))(f)
		if removed.ID != 0 || len(left) != 1 || left[0].User != 2 || left[0].Ref != "share of /docs" {
			f.Errorf("got %+v, told %+v", removed, left)
		}
		f.wantNames(bob)
		f.wantNames(alice, "/docs/", "/docs/a.txt")

		// Twice the same share is one mount; a name that is taken becomes another.
		f.put(bob, "/x", "x")
		again := f.share(1, "/docs", 2, "/x", catalog.RoleReader)
		if twice := f.share(1, "/docs", 2, "/y", catalog.RoleReader); again.Path != "/x (2)" || twice.ID != again.ID || twice.Path != again.Path {
			f.Errorf("got %+v, then %+v", again, twice)
		}
		if all := must(f.Mounts(ctx, "share of /docs"))(f); len(all) != 2 || all[0].Path != "/x (2)" || all[1].User != 3 {
			f.Errorf("got %+v", all)
		}

		// In the trash with a folder above, it comes back with it.
		must(bob.Mkdir(ctx, path(f, "/above"), false))(f)
		must(bob.Move(ctx, path(f, "/x (2)"), path(f, "/above/docs"), catalog.TransferOptions{}))(f)
		trashed := f.remove(bob, "/above")
		must(bob.RestoreTrash(ctx, trashed.ID, nil))(f)
		f.wantNames(bob, "/above/", "/above/docs/", "/above/docs/a.txt", "/x")
		f.remove(bob, "/above")
		f.wantError(bob.EmptyTrash(ctx), nil)
		if len(left) != 2 {
			f.Errorf("told %+v", left)
		}

		// The owner deletes the folder: a list says so, a walk goes on.
		f.share(1, "/docs", 2, "/docs", catalog.RoleWriter)
		trashed = f.remove(alice, "/docs")
		_, err := bob.List(ctx, path(f, "/docs"), catalog.ListOptions{})
		f.wantError(err, catalog.ErrNotFound)
		_, _, err = bob.Put(ctx, path(f, "/docs/b"), strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, catalog.ErrNotFound)
		f.wantNames(bob, "/docs/", "/x")
		must(alice.RestoreTrash(ctx, trashed.ID, nil))(f)
		f.wantNames(bob, "/docs/", "/docs/a.txt", "/x")

		f.wantError(f.Unmount(ctx, "share of /docs", 0), nil)
		f.wantNames(bob, "/x")
		f.wantNames(f.home(3))
		if len(left) != 2 {
			f.Errorf("told %+v", left)
		}
		f.wantEmpty("mounts")
		f.checkNumbers()
	})
}
