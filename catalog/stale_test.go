package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
)

// tag is what the UIDs of entries made by the hives of these tests begin with.
var tag = [8]byte{1, 2, 3, 4, 5, 6, 7, 8}

// uid is one of another hive.
func uid(n byte) catalog.UID { return catalog.UID{0xff, n} }

// apply runs steps on a folder, and tells whether done ran.
func (c copyOf) apply(ops ...catalog.Op) (catalog.Applied, error) {
	c.Helper()
	_, seq := c.snap(c.target, c.to)
	ran := false
	applied, err := c.Apply(c.Context(), catalog.Target{Space: c.target, Folder: c.to, After: seq}, ops,
		func(context.Context, bun.Tx) error { ran = true; return nil })
	if err == nil && ran != (applied.Stale == 0) {
		c.Errorf("done ran: %t, after %+v", ran, applied)
	}
	return applied, err
}

// lies is what is in the folder, by UID.
func (c copyOf) lies() forest {
	c.Helper()
	all, _ := c.snap(c.target, c.to)
	return all
}

// inHome is a folder /f of user 1, in which steps come in, beside another.
func inHome(f fixture) copyOf {
	f.Helper()
	must(f.home(1).Mkdir(f.Context(), path(f, "/f"), false))(f)
	f.put(f.home(1), "/other/file", "other")
	c := copyOf{fixture: f}
	c.target, c.to = f.folder(1, "/f")
	return c
}

func (f fixture) uidOf(e catalog.Entry) (u catalog.UID) {
	f.Helper()
	err := f.Snapshot(f.Context(), e.Space, func(ctx context.Context, s *catalog.Snapshot) error {
		found, there, err := s.Entry(ctx, e.ID)
		if u = found.UID; !there {
			f.Errorf("%+v is not there", e)
		}
		return err
	})
	f.wantError(err, nil)
	return u
}

func create(u catalog.UID, parent catalog.UID, name string, like catalog.Entry) catalog.Op {
	return catalog.Op{
		Kind: catalog.OpCreate, UID: u, Parent: parent, Name: name, Root: like.Root, Size: like.Size, MTime: like.MTime, Held: true,
	}
}

func wasOf(e catalog.Entry, parent catalog.UID) *catalog.Was {
	return &catalog.Was{Parent: parent, Name: e.Name, Root: e.Root, MTime: e.MTime, Exec: e.Exec}
}

// TestStaleStepsAreLeftOut: nothing is done to an entry that is not as the step expects, or not in the folder.
func TestStaleStepsAreLeftOut(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		c, home := inHome(f), f.home(1)
		file, folder := f.put(home, "/f/file", "one"), must(home.Mkdir(f.Context(), path(f, "/f/folder"), false))(f)
		outside := must(home.Stat(f.Context(), path(f, "/other/file")))(f)
		other := must(home.Stat(f.Context(), path(f, "/other")))(f)
		u, v, out, o := f.uidOf(file), f.uidOf(folder), f.uidOf(outside), f.uidOf(other)
		was, wasOut, zero := wasOf(file, catalog.UID{}), wasOf(outside, o), catalog.UID{}
		renamed, touched, elsewhere := *was, *was, *was
		renamed.Name, touched.MTime, elsewhere.Parent = "other", was.MTime.Add(1), v
		before := fmt.Sprint(f.lines(home, "/"))
		for name, op := range map[string]catalog.Op{
			"name taken":         create(uid(1), zero, "file", outside),
			"no such folder":     create(uid(1), uid(2), "x", outside),
			"in a file":          create(uid(1), u, "x", outside),
			"outside":            create(uid(1), o, "x", outside),
			"there already":      create(u, zero, "x", outside),
			"other name":         {Kind: catalog.OpDelete, UID: u, Was: &renamed},
			"other time":         {Kind: catalog.OpDelete, UID: u, Was: &touched},
			"other folder":       {Kind: catalog.OpDelete, UID: u, Was: &elsewhere},
			"delete outside":     {Kind: catalog.OpDelete, UID: out, Was: wasOut},
			"delete the folder":  {Kind: catalog.OpDelete, UID: f.uidOf(catalog.Entry{ID: c.to, Space: c.target}), Was: &catalog.Was{Name: "f"}},
			"move outside":       {Kind: catalog.OpMove, UID: out, Name: "x", Was: wasOut},
			"move out":           {Kind: catalog.OpMove, UID: u, Parent: o, Name: "x", Was: was},
			"move to taken":      {Kind: catalog.OpMove, UID: u, Name: "folder", Was: was},
			"move into itself":   {Kind: catalog.OpMove, UID: v, Parent: u, Name: "x", Was: wasOf(folder, zero)},
			"update outside":     {Kind: catalog.OpUpdate, UID: out, Root: file.Root, Size: 1, Was: wasOut},
			"update of a folder": {Kind: catalog.OpUpdate, UID: v, Root: file.Root, Size: 1, Was: wasOf(folder, zero)},
			"meta outside":       {Kind: catalog.OpMeta, UID: out, Exec: true, Was: wasOut},
			"adopt outside":      {Kind: catalog.OpAdopt, UID: out, NewUID: uid(9), Was: wasOut},
			"adopt what lives":   {Kind: catalog.OpAdopt, UID: u, NewUID: v, Was: was},
			"unknown":            {Kind: catalog.OpMeta, UID: uid(7), Was: was},
			"mkdir taken":        {Kind: catalog.OpMkdir, UID: uid(1), Name: "folder"},
		} {
			if got, err := c.apply(op); err != nil || got.Stale != 1 || got.Done != 0 {
				f.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
		if after := fmt.Sprint(f.lines(home, "/")); after != before {
			f.Errorf("got %s, want %s", after, before)
		}
		// Others in the same plan are done, unless folders are moved or deleted.
		got, err := c.apply(create(uid(1), zero, "file", outside), create(uid(2), zero, "new", outside), create(uid(3), zero, "new", outside))
		if err != nil || got.Done != 1 || got.Stale != 2 {
			f.Errorf("got %+v, %v", got, err)
		}
		got, err = c.apply(catalog.Op{Kind: catalog.OpMove, UID: u, Name: "moved", Was: was}, catalog.Op{Kind: catalog.OpDelete, UID: uid(8), Was: was})
		if err != nil || got.Done != 0 || got.Stale != 2 {
			f.Errorf("got %+v, %v", got, err)
		}
		f.checkNumbers()
		f.checkReplay(home)
	})
}

// TestMalformedStepsFail, and nothing of their plan is done.
func TestMalformedStepsFail(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		c := inHome(f)
		file := f.put(f.home(1), "/f/file", "one")
		was, good := wasOf(file, catalog.UID{}), create(uid(1), catalog.UID{}, "good", file)
		with := func(change func(op *catalog.Op)) catalog.Op {
			op := good
			op.UID, op.Name = uid(2), "bad"
			change(&op)
			return op
		}
		given := f.uidOf(file)
		promised := catalog.UID(append(given[:8:8], 0, 0, 0, 0, 1, 0, 0, 0))
		for name, op := range map[string]catalog.Op{
			"no UID":         with(func(op *catalog.Op) { op.UID = catalog.UID{} }),
			"slash":          with(func(op *catalog.Op) { op.Name = "a/b" }),
			"dots":           with(func(op *catalog.Op) { op.Name = ".." }),
			"empty":          with(func(op *catalog.Op) { op.Name = "" }),
			"control":        with(func(op *catalog.Op) { op.Name = "a\x00" }),
			"not NFC":        with(func(op *catalog.Op) { op.Name = "a\u0308" }),
			"long":           with(func(op *catalog.Op) { op.Name = strings.Repeat("x", 256) }),
			"no root":        with(func(op *catalog.Op) { op.Root = cid.Undef }),
			"negative":       with(func(op *catalog.Op) { op.Size = -1 }),
			"huge":           with(func(op *catalog.Op) { op.Size = 1 << 60 }),
			"in itself":      with(func(op *catalog.Op) { op.Parent = op.UID }),
			"kind":           with(func(op *catalog.Op) { op.Kind = "chmod" }),
			"precondition":   with(func(op *catalog.Op) { op.Was = was }),
			"none":           {Kind: catalog.OpUpdate, UID: uid(2), Root: file.Root},
			"order":          {Kind: catalog.OpDelete, UID: uid(2), Was: was},
			"UID not given":  with(func(op *catalog.Op) { op.UID = promised }),
			"adopted, never": {Kind: catalog.OpAdopt, UID: f.uidOf(file), NewUID: promised, Was: was},
		} {
			ops := []catalog.Op{good, op}
			if op.Kind == catalog.OpAdopt {
				ops = []catalog.Op{op, good}
			}
			if got, err := c.apply(ops...); !errors.Is(err, catalog.ErrOp) || got.Done != 0 {
				f.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
		f.wantNames(f.home(1), "/f/", "/f/file", "/other/", "/other/file")
	})
}

// TestApplyKeepsHistory: an update continues the history, under the name of who made it; a file that was deleted and comes
// back is a new one, and the one in the trash can still be restored.
func TestApplyKeepsHistory(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		c, home, ctx := inHome(f), f.home(1), f.Context()
		file := f.put(home, "/f/file", "one")
		two := f.put(home, "/two", "two!")
		u, at := f.uidOf(file), time.Unix(1000, 5).UTC()
		target := catalog.Target{Space: c.target, Folder: c.to, Actor: catalog.Actor{Label: "bob@other"}}
		update := catalog.Op{Kind: catalog.OpUpdate, UID: u, Root: two.Root, Size: two.Size, MTime: at, Exec: true, Was: wasOf(file, catalog.UID{})}
		must(f.Apply(ctx, target, []catalog.Op{update}, nil))(f)
		history := must(home.Revisions(ctx, path(f, "/f/file"), 0, 0))(f)
		if len(history) != 2 || history[0].Label != "bob@other" || !history[0].Exec || !history[0].MTime.Equal(at) || history[1].Label != "" {
			f.Errorf("got %+v", history)
		}
		removed := f.remove(home, "/f/file")
		got, err := c.apply(create(u, catalog.UID{}, "file", two))
		if err != nil || got.Done != 1 {
			f.Fatalf("got %+v, %v", got, err)
		}
		restored := must(home.RestoreTrash(ctx, removed.ID, nil))(f)
		if restored.Path != "/f/file (restored)" || len(c.lies()) != 2 || f.uidOf(restored) == u {
			f.Errorf("got %+v", restored)
		}
		// Moved out of the folder, the entry keeps its UID, and one that is created again gets another.
		must(home.Move(ctx, path(f, "/f/file"), path(f, "/moved"), catalog.TransferOptions{}))(f)
		if got, err = c.apply(create(u, catalog.UID{}, "file", two)); err != nil || got.Done != 1 {
			f.Fatalf("got %+v, %v", got, err)
		}
		if moved := must(home.Stat(ctx, path(f, "/moved")))(f); f.uidOf(moved) != u || c.lies()[u].name != "" || len(c.lies()) != 2 {
			f.Errorf("got %v", c.lies())
		}
		f.checkNumbers()
	})
}

// TestFolderInUseIsNotDeleted: what came into a folder after the plan was made does not go with it.
func TestFolderInUseIsNotDeleted(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		c, home := inHome(f), f.home(1)
		must(home.Mkdir(f.Context(), path(f, "/f/folder/deep"), true))(f)
		folder := must(home.Stat(f.Context(), path(f, "/f/folder")))(f)
		_, seq := c.snap(c.target, c.to)
		gone := []catalog.Op{{Kind: catalog.OpDelete, UID: f.uidOf(folder), Was: wasOf(folder, catalog.UID{})}}
		f.put(home, "/f/folder/deep/new", "written meanwhile")
		target := catalog.Target{Space: c.target, Folder: c.to, After: seq}
		if got := must(f.Apply(f.Context(), target, gone, nil))(f); got.Stale != 1 {
			f.Errorf("got %+v", got)
		}
		_, target.After = c.snap(c.target, c.to)
		f.put(home, "/f/beside", "no matter")
		if got := must(f.Apply(f.Context(), target, gone, nil))(f); got.Done != 1 {
			f.Errorf("got %+v", got)
		}
		f.wantNames(home, "/f/", "/f/beside", "/other/", "/other/file")
		if trash := must(home.Trash(f.Context(), 0, 0))(f); len(trash) != 1 || trash[0].Path != "/f/folder" {
			f.Errorf("got %+v", trash)
		}
	})
}

// TestAdopt gives a folder another identity, also one that something in the trash has.
func TestAdopt(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		c, home := inHome(f), f.home(1)
		folder := must(home.Mkdir(f.Context(), path(f, "/f/folder"), false))(f)
		file := f.put(home, "/f/folder/file", "x")
		old := f.put(home, "/f/old", "x")
		adopted := f.uidOf(old)
		f.remove(home, "/f/old")
		got, err := c.apply(
			catalog.Op{Kind: catalog.OpAdopt, UID: f.uidOf(folder), NewUID: adopted, Was: wasOf(folder, catalog.UID{})},
			catalog.Op{Kind: catalog.OpAdopt, UID: f.uidOf(file), NewUID: uid(3), Was: wasOf(file, adopted)},
			catalog.Op{Kind: catalog.OpMkdir, UID: uid(4), Parent: adopted, Name: "in it"},
		)
		if err != nil || got.Done != 3 {
			f.Fatalf("got %+v, %v", got, err)
		}
		all := c.lies()
		if all[adopted].name != "folder" || all[uid(3)].parent != adopted || all[uid(4)].parent != adopted || len(all) != 3 {
			f.Errorf("got %v", all)
		}
	})
}

// TestApplyAndQuota: content for a home that has no room is refused before anything is done.
func TestApplyAndQuota(t *testing.T) {
	limit := func(context.Context, bun.IDB, int64) (int64, error) { return 20, nil }
	each(t, catalog.Config{Hive: tag, Quota: limit}, func(f fixture) {
		c := inHome(f)
		file := f.put(f.home(1), "/file", "1234")
		ops := []catalog.Op{{Kind: catalog.OpMkdir, UID: uid(1), Name: "folder"}}
		for i := range byte(3) {
			ops = append(ops, create(uid(10+i), uid(1), fmt.Sprint(i), file))
		}
		_, err := c.apply(ops...)
		f.wantError(err, catalog.ErrQuota)
		f.wantNames(f.home(1), "/f/", "/file", "/other/", "/other/file")
		if got, err := c.apply(ops[:3]...); err != nil || got.Done != 3 {
			f.Errorf("got %+v, %v", got, err)
		}
		f.wantUsed(1, 17)
		// What brings no content needs no room.
		f.put(f.home(1), "/f/large", "123")
		large := must(f.home(1).Stat(f.Context(), path(f, "/f/large")))(f)
		move := catalog.Op{Kind: catalog.OpMove, UID: f.uidOf(large), Name: "renamed", Size: large.Size, Was: wasOf(large, catalog.UID{})}
		if got, err := c.apply(move); err != nil || got.Done != 1 {
			f.Errorf("renamed: got %+v, %v", got, err)
		}
		move.Kind, move.Was.Name = catalog.OpDelete, "renamed"
		if got, err := c.apply(move, catalog.Op{Kind: catalog.OpMkdir, UID: uid(2), Name: "more"}); err != nil || got.Done != 2 {
			f.Errorf("deleted: got %+v, %v", got, err)
		}
		f.checkNumbers()
	})
}
