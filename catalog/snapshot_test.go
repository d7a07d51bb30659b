package catalog_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
)

// TestTouched lists where something changed, and what is there is found.
func TestTouched(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		home, ctx := f.home(1), f.Context()
		at := func(folder int64, name string) catalog.Touched { return catalog.Touched{Folder: folder, Name: name} }
		f.put(home, "/f/before", "x")
		f.put(home, "/f/deep/er/file", "x")
		id, folder := f.folder(1, "/f")
		_, deep := f.folder(1, "/f/deep")
		_, deeper := f.folder(1, "/f/deep/er")
		_, seq := f.snap(id, folder)
		f.put(home, "/f/new", "x")
		f.put(home, "/f/before", "other")
		must(home.Move(ctx, path(f, "/f/deep/er/file"), path(f, "/f/moved"), catalog.TransferOptions{}))(f)
		gone := f.remove(home, "/f/deep/er")
		must(home.Copy(ctx, path(f, "/f/moved"), path(f, "/f/deep/copy"), catalog.TransferOptions{}))(f)
		f.wantError(f.Snapshot(ctx, id, func(ctx context.Context, s *catalog.Snapshot) error {
			want := []catalog.Touched{
				at(folder, "new"), at(folder, "before"), at(deeper, "file"), at(folder, "moved"), at(deep, "er"), at(deep, "copy"),
			}
			if diff := cmp.Diff(want, must(s.Touched(ctx, seq))(f)); diff != "" {
				f.Error(diff)
			}
			if got := must(s.Touched(ctx, s.Seq))(f); len(got) != 0 {
				f.Errorf("got %v after the last change", got)
			}
			e, there, err := s.Child(ctx, folder, "moved")
			if err != nil || !there || e.Name != "moved" || e.Parent != folder || e.UID == (catalog.UID{}) {
				f.Errorf("got %+v, %t, %v", e, there, err)
			}
			if _, there, err = s.Child(ctx, deep, "er"); err != nil || there {
				f.Errorf("a deleted folder is there: %v", err)
			}
			if e, there, err = s.Entry(ctx, gone.Entry); err != nil || !there || e.Parent != 0 {
				f.Errorf("got %+v, %t, %v", e, there, err)
			}
			home := must(home.Stat(f.Context(), catalog.Path{}))(f)
			if up := must(s.Ancestors(ctx, deep))(f); !slices.Equal(up, []int64{deep, folder, home.ID}) {
				f.Errorf("got %v", up)
			}
			if up := must(s.Ancestors(ctx, deeper))(f); len(up) != 0 {
				f.Errorf("got %v", up)
			}
			return nil
		}), nil)
		f.wantError(f.Snapshot(ctx, 999, nil), catalog.ErrNotFound)
	})
}

// TestMountsDoNotTravel: a mount in a shared folder is its owner's own, and gives way to names from elsewhere.
func TestMountsDoNotTravel(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		alice, bob, ctx := f.home(1), f.home(2), f.Context()
		f.put(bob, "/private/file", "bob's")
		f.put(alice, "/f/own", "alice's")
		f.share(2, "/private", 1, "/f/from bob", catalog.RoleWriter)
		c := copyOf{fixture: f}
		c.target, c.to = f.folder(1, "/f")
		if all := c.lies(); len(all) != 1 {
			f.Errorf("got %v", all)
		}
		f.share(1, "/f", 3, "/alice", catalog.RoleWriter)
		carol := f.home(3)
		f.wantNames(carol, "/alice/", "/alice/own")
		_, err := carol.Stat(ctx, path(f, "/alice/from bob"))
		f.wantError(err, catalog.ErrNotFound)
		_, err = carol.Stat(ctx, path(f, "/alice/from bob/file"))
		f.wantError(err, catalog.ErrNotFound)
		if found := must(carol.Search(ctx, "bob", "", 0))(f); len(found.Entries) != 0 {
			f.Errorf("found %+v", found)
		}
		must(carol.Copy(ctx, path(f, "/alice"), path(f, "/copy"), catalog.TransferOptions{}))(f)
		f.wantNames(carol, "/alice/", "/alice/own", "/copy/", "/copy/own")
		if got, err := c.apply(catalog.Op{Kind: catalog.OpMkdir, UID: uid(1), Name: "from bob"}); err != nil || got.Done != 1 {
			f.Errorf("got %+v, %v", got, err)
		}
		f.wantNames(alice, "/f/", "/f/from bob/", "/f/from bob (2)/", "/f/from bob (2)/file", "/f/own")
		f.checkNumbers()
	})
}

// TestMountWithMore: a mount and the rows of the caller are one transaction.
func TestMountWithMore(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob, ctx := f.home(1), f.home(2), f.Context()
		f.put(alice, "/docs/a.txt", "one")
		id, root := must2(f.Folder(ctx, 1, path(f, "/docs")))(f)
		m := catalog.Mount{Space: id, Root: root, Role: catalog.RoleWriter, Ref: "ref"}
		mount := func(fail error) error {
			var announce func()
			err := f.DB().Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
				if _, announce, err = f.MountIn(ctx, tx, catalog.Actor{User: 2}, path(f, "/x/docs"), m); err != nil {
					return err
				}
				return fail
			})
			if err == nil {
				announce()
			}
			return err
		}
		f.wantError(mount(context.Canceled), context.Canceled)
		f.wantNames(bob)
		f.wantError(mount(nil), nil)
		f.wantNames(bob, "/x/", "/x/docs/", "/x/docs/a.txt")
		f.wantError(bob.Wait(ctx, 1), nil)
		var announce func()
		f.wantError(f.DB().Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			announce, err = f.UnmountIn(ctx, tx, "ref", 2)
			return err
		}), nil)
		announce()
		f.wantNames(bob, "/x/")
		kinds := must(bob.Changes(ctx, 0, 0))(f)
		if last := kinds[len(kinds)-1]; last.Kind != "unmount" || last.Path != "/x/docs" {
			f.Errorf("got %+v", last)
		}
		for name, bad := range map[string]catalog.Mount{
			"no folder":  {Space: id, Root: 9999, Role: catalog.RoleReader, Ref: "r"},
			"no space":   {Space: 9999, Root: root, Role: catalog.RoleReader, Ref: "r"},
			"no role":    {Space: id, Root: root, Ref: "r"},
			"no share":   {Space: id, Root: root, Role: catalog.RoleReader},
			"other role": {Space: id, Root: root, Role: "owner", Ref: "r"},
		} {
			if _, err := f.Mount(ctx, catalog.Actor{User: 2}, path(f, "/bad"), bad); err == nil {
				f.Errorf("%s: mounted", name)
			}
		}
		f.wantEmpty("mounts")
	})
}
