package catalog_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// far is a replica that user 2 has mounted at /far, and the store of the hive that it is of.
type far struct {
	copyOf
	owner  *blockstore.Store
	bob    *catalog.Tree
	number byte
}

func newFar(f fixture, quota int64) *far {
	f.Helper()
	r := &far{copyOf: copyOf{fixture: f}, owner: blocktest.New(f.T), bob: f.home(2)}
	var err error
	r.target, r.to, err = f.NewReplica(f.Context(), "far", 2, quota)
	f.wantError(err, nil)
	m := catalog.Mount{Space: r.target, Root: r.to, Role: catalog.RoleWriter, Ref: "far"}
	must(f.Mount(f.Context(), catalog.Actor{User: 2}, path(f, "/far"), m))(f)
	return r
}

// arrive names a file of the owner in the replica; with held, its content comes too.
func (r *far) arrive(name, content string, held bool) catalog.Op {
	r.Helper()
	store := r.owner
	if held {
		store = r.Blocks()
	}
	w := store.Writer()
	defer w.Close()
	file := must(w.Import(r.Context(), strings.NewReader(content)))(r)
	r.wantError(w.Commit(r.Context()), nil)
	r.number++
	op := create(uid(r.number), catalog.UID{}, name, catalog.Entry{Root: file.Root, Size: file.Size, MTime: time.Unix(1, 0)})
	op.Held = held
	if got, err := r.apply(op); err != nil || got.Done != 1 {
		r.Fatalf("got %+v, %v", got, err)
	}
	return op
}

func (r *far) absent() (names []string) {
	r.Helper()
	var size int64
	for _, c := range must(r.Absent(r.Context(), r.target, 0, 0))(r) {
		names = append(names, c.Path)
		size += c.Size
	}
	if files, bytes, err := catalog.CountAbsent(r.Context(), r.Catalog, r.target); err != nil || int(files) != len(names) || bytes != size {
		r.Errorf("counted %d files of %d bytes, %v; want %d of %d", files, bytes, err, len(names), size)
	}
	return names
}

func (r *far) room() int64 {
	r.Helper()
	return must(r.ReplicaRoom(r.Context(), r.target))(r)
}

// TestAbsentContent: names are there at once, content when it comes; nothing else pretends to have it.
func TestAbsentContent(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r, ctx := newFar(f, 100), f.Context()
		r.arrive("away", "12345", false)
		r.arrive("here", "1234567890", true)
		away := must(r.bob.Stat(ctx, path(f, "/far/away")))(f)
		if here := must(r.bob.Stat(ctx, path(f, "/far/here")))(f); !away.Absent || here.Absent || r.room() != 90 {
			f.Errorf("got %+v and %+v, room %d", away, here, r.room())
		}
		if got := f.content(r.bob, "/far/here"); got != "1234567890" {
			f.Errorf("got %q", got)
		}
		f.wantUsed(2, 0)
		for name, err := range map[string]error{
			"open":        third(r.bob.Open(ctx, path(f, "/far/away"), 0)),
			"copy":        first(r.bob.Copy(ctx, path(f, "/far/away"), path(f, "/far/copy"), catalog.TransferOptions{})),
			"copy out":    first(r.bob.Copy(ctx, path(f, "/far/away"), path(f, "/copy"), catalog.TransferOptions{})),
			"copy folder": first(r.bob.Copy(ctx, path(f, "/far"), path(f, "/copy"), catalog.TransferOptions{})),
			"move out":    first(r.bob.Move(ctx, path(f, "/far/away"), path(f, "/copy"), catalog.TransferOptions{})),
			"export":      r.bob.Export(ctx, path(f, "/far"), io.Discard),
		} {
			if !errors.Is(err, catalog.ErrAbsent) {
				f.Errorf("%s: got %v", name, err)
			}
		}
		must(r.bob.Move(ctx, path(f, "/far/away"), path(f, "/far/moved"), catalog.TransferOptions{}))(f) // needs no content
		if got := r.absent(); !slices.Equal(got, []string{"/moved"}) {
			f.Errorf("absent: %q", got)
		}
		for root, err := range f.Roots(ctx) {
			if err != nil || root == away.Root {
				f.Errorf("got root %s, %v", root, err)
			}
		}
		list := must(r.bob.List(ctx, path(f, "/far"), catalog.ListOptions{}))(f).Entries
		if len(list) != 2 || list[0].Absent || !list[1].Absent {
			f.Errorf("got %+v", list)
		}
		// A write over content that never came leaves no revision that nobody can read.
		f.put(r.bob, "/far/moved", "own")
		if got := must(r.bob.Revisions(ctx, path(f, "/far/moved"), 0, 0))(f); len(got) != 1 || got[0].Number != 2 || got[0].Absent {
			f.Errorf("got %+v", got)
		}
		if len(r.absent()) != 0 || r.room() != 87 {
			f.Errorf("absent: %q, room %d", r.absent(), r.room())
		}
		f.checkNumbers()
		f.wantError(f.DropReplica(ctx, r.target), nil)
		f.wantError(f.DropReplica(ctx, r.target), nil)
		_, err := r.bob.List(ctx, path(f, "/far"), catalog.ListOptions{})
		f.wantError(err, catalog.ErrNotFound)
		must(r.bob.Remove(ctx, path(f, "/far"), catalog.RemoveOptions{}))(f)
		f.wantEmpty("contents", "mounts")
	})
}

func third[A, B any](_ A, _ B, err error) error { return err }

// TestHeldAndEvicted counts what is here.
func TestHeldAndEvicted(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r, ctx := newFar(f, 100), f.Context()
		r.arrive("a", "aaaaa", false)
		op := r.arrive("b", "bbbbb", true)
		r.arrive("trashed", "ccccc", true)
		f.put(r.bob, "/far/own", "ooooo")
		wanted := must(f.Absent(ctx, r.target, 0, 0))(f)
		wrong := wanted[0]
		wrong.Root = op.Root
		f.wantError(f.SetHeld(ctx, r.target, []catalog.Content{wrong}), nil)
		if len(wanted) != 1 || r.room() != 85 {
			f.Errorf("got %+v, room %d", wanted, r.room())
		}
		for range 2 {
			f.wantError(f.SetHeld(ctx, r.target, wanted), nil)
			if len(r.absent()) != 0 || r.room() != 80 {
				f.Errorf("absent %q, room %d", r.absent(), r.room())
			}
		}
		f.remove(r.bob, "/far/trashed")
		// What is only here stays, and what is in the trash.
		freed := must(f.Evict(ctx, r.target, 1000))(f)
		if got := r.absent(); freed != 10 || !slices.Equal(got, []string{"/a", "/b"}) || r.room() != 90 {
			f.Errorf("freed %d, absent %q, room %d", freed, got, r.room())
		}
		// An own write that the owner has can go too, an older revision for good.
		own := must(r.bob.Stat(ctx, path(f, "/far/own")))(f)
		f.wantError(f.SetHeld(ctx, r.target, []catalog.Content{{Entry: own.ID, Number: 1, Root: own.Root}}), nil)
		f.put(r.bob, "/far/own", "newer")
		if freed = must(f.Evict(ctx, r.target, 1))(f); freed != 5 || r.room() != 90 {
			f.Errorf("freed %d, room %d", freed, r.room())
		}
		if got := must(r.bob.Revisions(ctx, path(f, "/far/own"), 0, 0))(f); len(got) != 1 || got[0].Number != 2 {
			f.Errorf("got %+v", got)
		}
		f.checkNumbers()
		_, err := f.Evict(ctx, 1, 1)
		f.wantError(err, catalog.ErrNotFound)
	})
}

// TestEvictsLeastUsed: what was read stays longer.
func TestEvictsLeastUsed(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r, ctx := newFar(f, 100), f.Context()
		for _, name := range []string{"a", "b", "c"} {
			r.arrive(name, name+"12345", true)
		}
		f.wantError(f.DB().Write(ctx, func(ctx context.Context, tx bun.Tx) error { // long ago
			_, err := tx.ExecContext(ctx, "UPDATE contents SET used = used - ?", int64(48*time.Hour))
			return err
		}), nil)
		f.content(r.bob, "/far/a")
		f.content(r.bob, "/far/c")
		if freed := must(f.Evict(ctx, r.target, 1))(f); freed != 6 || !slices.Equal(r.absent(), []string{"/b"}) {
			f.Errorf("freed %d, absent %q", freed, r.absent())
		}
	})
}

// TestReplicaQuota: the share has a limit of its own, and counts for its user.
func TestReplicaQuota(t *testing.T) {
	limit := func(_ context.Context, _ bun.IDB, user int64) (int64, error) { return 10 * user, nil }
	each(t, catalog.Config{Hive: tag, Quota: limit}, func(f fixture) {
		r, ctx := newFar(f, 12), f.Context()
		r.arrive("a", "12345", true)
		f.put(r.bob, "/own", "123456789")
		if got := r.room(); got != 6 {
			f.Errorf("room is %d", got)
		}
		put := func(name, content string) error {
			_, _, err := r.bob.Put(ctx, path(f, name), strings.NewReader(content), catalog.PutOptions{})
			return err
		}
		f.wantError(put("/far/b", "1234567"), catalog.ErrQuota)
		f.wantError(put("/more", "1234567"), catalog.ErrQuota)
		f.wantError(put("/far/b", "123456"), nil)
		f.wantError(put("/more", "1"), catalog.ErrQuota)
		f.wantError(f.SetReplica(ctx, r.target, 3, 12), nil)
		f.wantError(put("/more", "12345678901"), nil)
		if got := r.room(); got != 1 {
			f.Errorf("room is %d", got)
		}
		f.wantError(f.SetReplica(ctx, r.target, 3, catalog.Unlimited), nil)
		if got := r.room(); got != 19 {
			f.Errorf("room is %d", got)
		}
		r.arrive("large", strings.Repeat("x", 30), true) // from the owner it comes nevertheless
		if got := r.room(); got != 0 {
			f.Errorf("room is %d", got)
		}
		f.wantError(f.SetReplica(ctx, 1, 3, 1), catalog.ErrNotFound)
		f.checkNumbers()
	})
}

// TestTrashOfReplica is that of who may write.
func TestTrashOfReplica(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r, ctx := newFar(f, catalog.Unlimited), f.Context()
		r.arrive("a", "12345", true)
		r.arrive("b", "12345", true)
		f.put(r.bob, "/own", "x")
		f.remove(r.bob, "/own")
		a := f.remove(r.bob, "/far/a")
		b := f.remove(r.bob, "/far/b")
		trash := must(r.bob.Trash(ctx, 0, 0))(f)
		if len(trash) != 3 || trash[0].Path != "/far/b" || trash[1].Path != "/far/a" || trash[2].Path != "/own" {
			f.Errorf("got %+v", trash)
		}
		if page := must(r.bob.Trash(ctx, b.ID, 1))(f); len(page) != 1 || page[0].ID != a.ID {
			f.Errorf("got %+v", page)
		}
		to := path(f, "/far/back")
		if back := must(r.bob.RestoreTrash(ctx, a.ID, &to))(f); back.Path != "/far/back" {
			f.Errorf("got %+v", back)
		}
		f.wantError(f.SetMountRole(ctx, "far", 2, catalog.RoleReader), nil)
		if trash = must(r.bob.Trash(ctx, 0, 0))(f); len(trash) != 1 {
			f.Errorf("got %+v", trash)
		}
		f.wantError(r.bob.Purge(ctx, b.ID), catalog.ErrNotFound)
		f.wantError(f.SetMountRole(ctx, "far", 2, catalog.RoleWriter), nil)
		must(f.Thin(ctx, time.Now().AddDate(0, 0, 31), catalog.Keep{TrashDays: 30}))(f)
		if trash = must(r.bob.Trash(ctx, 0, 0))(f); len(trash) != 0 {
			f.Errorf("got %+v", trash)
		}
		f.remove(r.bob, "/far/back")
		f.wantError(r.bob.EmptyTrash(ctx), nil)
		f.wantEmpty("contents", "trash", "revisions")
		f.checkNumbers()
	})
}

// TestReadWhileItArrives: content that is not held comes from another hive as it is read.
func TestReadWhileItArrives(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		var r *far
		var asked []catalog.FetchRequest
		away := errors.New("owner unreachable")
		reachable := false
		f := newFixture(t, db, catalog.Config{Hive: tag, Fetch: func(_ context.Context, q catalog.FetchRequest) (func(context.Context, cid.Cid) error, error) {
			asked = append(asked, q)
			if !reachable {
				return nil, away
			}
			return func(ctx context.Context, c cid.Cid) error {
				data, err := r.owner.Get(ctx, c)
				if err != nil {
					return err
				}
				w := r.Blocks().Writer()
				defer w.Close()
				return errors.Join(w.Put(ctx, c, data), w.Commit(ctx))
			}, nil
		}})
		r = newFar(f, catalog.Unlimited)
		content := strings.Repeat("all that comes later, ", 50_000)
		op := r.arrive("away", content, false)
		_, _, err := r.bob.Open(t.Context(), path(t, "/far/away"), 0)
		if !errors.Is(err, catalog.ErrAbsent) || !errors.Is(err, away) {
			t.Errorf("got %v", err)
		}
		reachable = true
		if got := f.content(r.bob, "/far/away"); got != content {
			t.Errorf("got %d bytes, want %d", len(got), len(content))
		}
		entry := must(r.bob.Stat(t.Context(), path(t, "/far/away")))(t)
		want := catalog.FetchRequest{Space: r.target, Entry: entry.ID, Number: 1, Root: op.Root, Path: "/away"}
		if len(asked) != 2 || asked[1] != want {
			t.Errorf("asked %+v, want %+v", asked, want)
		}
	})
}

// TestSubscribe hears of every space once.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	wake, news, cancel := f.Subscribe()
	f.put(f.home(1), "/a", "x")
	f.put(f.home(1), "/b", "x")
	f.put(f.home(2), "/c", "x")
	<-wake
	if got := news(); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	if got := news(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	cancel()
	f.put(f.home(1), "/d", "x")
	if got := news(); len(got) != 0 {
		t.Errorf("got %v after the end", got)
	}
}

// TestHeldBefore: what was once the content of a file is told from what only its name was here, in replicas and homes, in the trash
// too, and of no other entry and no other space.
func TestHeldBefore(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r, ctx := newFar(f, 1000), f.Context()
		away, here, gone := r.arrive("away", "12345", false), r.arrive("here", "old", true), r.arrive("gone", "deleted", true)
		newer := r.arrive("other", "newer", false)
		update := catalog.Op{
			Kind: catalog.OpUpdate, UID: here.UID, Root: newer.Root, Size: newer.Size, MTime: time.Unix(2, 0),
			Was: &catalog.Was{Name: "here", Root: here.Root, MTime: here.MTime},
		}
		remove := catalog.Op{Kind: catalog.OpDelete, UID: gone.UID, Was: &catalog.Was{Name: "gone", Root: gone.Root, MTime: gone.MTime}}
		for _, op := range []catalog.Op{update, remove} {
			if got, err := r.apply(op); err != nil || got.Done != 1 {
				f.Fatalf("got %+v, %v", got, err)
			}
		}
		held := func(space int64, uid catalog.UID, root cid.Cid) bool {
			f.Helper()
			return must(f.HeldBefore(ctx, space, map[catalog.UID]cid.Cid{uid: root}))(f)[uid]
		}
		own := f.put(r.bob, "/own", "of bob")
		for name, test := range map[string]struct {
			space int64
			uid   catalog.UID
			root  cid.Cid
			want  bool
		}{
			"an older content":        {r.target, here.UID, here.Root, true},
			"the newest, not here":    {r.target, here.UID, newer.Root, false},
			"never here":              {r.target, away.UID, away.Root, false},
			"in the trash":            {r.target, gone.UID, gone.Root, true},
			"of another entry":        {r.target, here.UID, gone.Root, false},
			"of nobody":               {r.target, catalog.UID{0xee}, here.Root, false},
			"of a home":               {own.Space, f.uidOf(own), own.Root, true},
			"an entry from elsewhere": {own.Space, here.UID, here.Root, false},
		} {
			if got := held(test.space, test.uid, test.root); got != test.want {
				f.Errorf("%s: held %t", name, got)
			}
		}
	})
}

func TestWhatIsInTheTrashIsNotAbsent(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r := newFar(f, 100)
		r.arrive("near", "x", false)
		r.arrive("deep", "yy", false)
		must(r.bob.Mkdir(f.Context(), path(f, "/far/folder"), false))(f)
		must(r.bob.Move(f.Context(), path(f, "/far/deep"), path(f, "/far/folder/deep"), catalog.TransferOptions{}))(f)
		if got := r.absent(); !slices.Equal(got, []string{"/near", "/folder/deep"}) {
			f.Errorf("absent: %q", got)
		}
		f.remove(r.bob, "/far/folder")
		if got := r.absent(); !slices.Equal(got, []string{"/near"}) {
			f.Errorf("absent: %q", got)
		}
		if f.remove(r.bob, "/far/near"); len(r.absent()) > 0 {
			f.Errorf("absent: %q", r.absent())
		}
	})
}
