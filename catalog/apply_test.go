package catalog_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// leaf is an entry of a folder as other hives know it.
type leaf struct {
	parent catalog.UID
	name   string
	folder bool
	root   cid.Cid
	size   int64
	mtime  time.Time
	exec   bool
}

// forest is a folder with all below, by UID.
type forest map[catalog.UID]leaf

// snap reads a folder, and the change up to which it goes.
func (f fixture) snap(id, folder int64) (all forest, seq int64) {
	f.Helper()
	all = forest{}
	err := f.Snapshot(f.Context(), id, func(ctx context.Context, s *catalog.Snapshot) error {
		seq = s.Seq
		var below func(folder int64, uid catalog.UID) error
		below = func(folder int64, uid catalog.UID) error {
			for e, err := range s.Children(ctx, folder) {
				if err != nil {
					return err
				}
				if _, twice := all[e.UID]; twice {
					return fmt.Errorf("UID %x is there twice", e.UID)
				}
				l := leaf{parent: uid, name: e.Name, folder: e.Kind == catalog.KindFolder}
				if !l.folder {
					l.root, l.size, l.mtime, l.exec = e.Root, e.Size, e.MTime, e.Exec
				}
				all[e.UID] = l
				if l.folder {
					if err := below(e.ID, e.UID); err != nil {
						return err
					}
				}
			}
			return nil
		}
		return below(folder, catalog.UID{})
	})
	if err != nil {
		f.Fatal(err)
	}
	return all, seq
}

// depth is how many folders are above an entry.
func (t forest) depth(u catalog.UID) (n int) {
	for u = t[u].parent; u != (catalog.UID{}); u = t[u].parent {
		n++
	}
	return n
}

// plan gives the steps from one state to another.
func plan(from, to forest) (ops []catalog.Op) {
	sorted := slices.SortedFunc(maps.Keys(to), func(x, y catalog.UID) int {
		return cmp.Or(to.depth(x)-to.depth(y), slices.Compare(x[:], y[:]))
	})
	was := func(l leaf) *catalog.Was {
		return &catalog.Was{Parent: l.parent, Name: l.name, Root: l.root, MTime: l.mtime, Exec: l.exec}
	}
	step := func(kind catalog.OpKind, u catalog.UID, l leaf, w *catalog.Was) {
		ops = append(ops, catalog.Op{
			Kind: kind, UID: u, Parent: l.parent, Name: l.name, Root: l.root, Size: l.size, MTime: l.mtime, Exec: l.exec, Held: true, Was: w,
		})
	}
	for _, u := range sorted {
		if old, ok := from[u]; ok && (old.parent != to[u].parent || old.name != to[u].name) {
			step(catalog.OpMove, u, to[u], was(old))
		}
	}
	for u, old := range from {
		_, stays := to[u]
		_, above := to[old.parent]
		if !stays && (above || old.parent == (catalog.UID{})) {
			step(catalog.OpDelete, u, old, was(old))
		}
	}
	for _, kind := range []catalog.OpKind{catalog.OpMkdir, catalog.OpCreate} {
		for _, u := range sorted {
			if _, ok := from[u]; !ok && to[u].folder == (kind == catalog.OpMkdir) {
				step(kind, u, to[u], nil)
			}
		}
	}
	for _, kind := range []catalog.OpKind{catalog.OpUpdate, catalog.OpMeta} {
		for _, u := range sorted {
			old, ok := from[u]
			before := to[u]
			before.root, before.mtime, before.exec = old.root, old.mtime, old.exec
			if ok && before != to[u] && (old.root != to[u].root) == (kind == catalog.OpUpdate) {
				step(kind, u, to[u], was(before))
			}
		}
	}
	return ops
}

// copyOf is a folder of another space that follows one.
type copyOf struct {
	fixture
	source, target int64 // spaces
	from, to       int64 // folders
}

// follow makes the copy equal.
func (c copyOf) follow() catalog.Applied {
	c.Helper()
	from, seq := c.snap(c.target, c.to)
	to, _ := c.snap(c.source, c.from)
	ops := plan(from, to)
	done := false
	applied, err := c.Apply(c.Context(), catalog.Target{Space: c.target, Folder: c.to, Actor: catalog.Actor{Label: "bob@hive"}, After: seq}, ops,
		func(context.Context, bun.Tx) error { done = true; return nil })
	if err != nil || applied.Stale > 0 || applied.Done != len(ops) || !done {
		c.Fatalf("applied %+v of %d, %v, done %t", applied, len(ops), err, done)
	}
	if got, _ := c.snap(c.target, c.to); !maps.Equal(got, to) {
		c.Fatalf("got %v\nwant %v", got, to)
	}
	return applied
}

// folder is the space and number of a folder of a user.
func (f fixture) folder(user int64, name string) (id, folder int64) {
	f.Helper()
	e := must(f.home(user).Stat(f.Context(), path(f, name)))(f)
	return e.Space, e.ID
}

func newCopy(f fixture) copyOf {
	f.Helper()
	c := copyOf{fixture: f}
	must(f.home(1).Mkdir(f.Context(), path(f, "/w"), true))(f)
	c.source, c.from = f.folder(1, "/w")
	var err error
	if c.target, c.to, err = f.NewReplica(f.Context(), "copy", 2, catalog.Unlimited); err != nil {
		f.Fatal(err)
	}
	return c
}

// TestApplyFollows does random things to a folder, and lets a replica follow: in whatever order names change places, both
// end equal, and the log of the replica leads there.
func TestApplyFollows(t *testing.T) {
	each(t, catalog.Config{Hive: [8]byte{1, 2, 3}}, func(f fixture) {
		seed := rand.Uint64()
		f.Logf("seed %d", seed)
		c, home, r := newCopy(f), f.home(1), rand.New(rand.NewPCG(seed, 0))
		w := &walker{fixture: f, tree: home, base: "/w", rand: r}
		for round := range steps() / 4 {
			for range 1 + r.IntN(20) {
				a, b := w.at(w.names()), w.at(w.names())
				var err error
				switch r.IntN(8) {
				case 0, 1, 2:
					_, _, err = home.Put(f.Context(), a, strings.NewReader(fmt.Sprint(r.IntN(50))), catalog.PutOptions{Parents: true})
				case 3:
					_, err = home.Mkdir(f.Context(), a, true)
				case 4:
					_, err = home.Remove(f.Context(), a, catalog.RemoveOptions{})
				case 5:
					if trash := must(home.Trash(f.Context(), 0, 3))(f); len(trash) > 0 {
						_, err = home.RestoreTrash(f.Context(), trash[len(trash)-1].ID, nil)
					}
				default:
					_, err = home.Move(f.Context(), a, b, catalog.TransferOptions{Overwrite: r.IntN(2) == 0})
				}
				if err != nil && !isExpected(err) {
					f.Fatal(err)
				}
			}
			if round%7 == 0 {
				f.swap(home)
			}
			c.follow()
		}
		if again := c.follow(); again.Done != 0 {
			f.Errorf("did %+v for nothing", again)
		}
		f.checkNumbers()
	})
}

func isExpected(err error) bool {
	for _, known := range []error{
		catalog.ErrNotFound, catalog.ErrNotFolder, catalog.ErrIsFolder, catalog.ErrExists, catalog.ErrIntoItself,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// swap lets two names change places, if both are there.
func (f fixture) swap(home *catalog.Tree) {
	f.Helper()
	for _, step := range [][2]string{{"/w/a", "/w/temp"}, {"/w/b", "/w/a"}, {"/w/temp", "/w/b"}} {
		if _, err := home.Move(f.Context(), path(f, step[0]), path(f, step[1]), catalog.TransferOptions{}); err != nil && !isExpected(err) {
			f.Fatal(err)
		}
	}
}

// TestApplyMany is how long a first copy takes.
func TestApplyMany(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		c := newCopy(f)
		one := f.put(f.home(1), "/file", "x")
		var ops []catalog.Op
		uid := func(n int) catalog.UID { return catalog.UID{9, byte(n >> 16), byte(n >> 8), byte(n)} }
		for i := range 1000 {
			op := catalog.Op{Kind: catalog.OpMkdir, UID: uid(i + 1), Name: fmt.Sprintf("folder %d", i)}
			if i >= 10 {
				op.Parent = uid(i/10 + 1)
			}
			ops = append(ops, op)
		}
		for i := range 10_000 {
			ops = append(ops, catalog.Op{
				Kind: catalog.OpCreate, UID: uid(2000 + i), Parent: uid(i/10 + 1), Name: fmt.Sprintf("file %d.go", i),
				Root: one.Root, Size: one.Size, MTime: one.MTime,
			})
		}
		start := time.Now()
		applied := must(f.Apply(f.Context(), catalog.Target{Space: c.target, Folder: c.to}, ops, nil))(f)
		f.Logf("%d in %v", applied.Done, time.Since(start))
		if applied.Done != len(ops) {
			f.Fatalf("got %+v", applied)
		}
		absent := 0
		for after := int64(0); ; {
			page := must(f.Absent(f.Context(), c.target, after, 0))(f)
			if len(page) == 0 {
				break
			}
			absent += len(page)
			after = page[len(page)-1].Entry
			f.wantError(f.SetHeld(f.Context(), c.target, page), nil)
		}
		if absent != 10_000 {
			f.Errorf("%d were absent", absent)
		}
		f.checkNumbers()
		start = time.Now()
		f.wantError(f.DropReplica(f.Context(), c.target), nil)
		f.Logf("dropped in %v", time.Since(start))
		f.wantEmpty("contents", "revisions WHERE entry_id NOT IN (SELECT id FROM entries)")
	})
}

func (f fixture) wantEmpty(tables ...string) {
	f.Helper()
	for _, table := range tables {
		var n int
		if err := f.DB().Read().QueryRowContext(f.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil || n != 0 {
			f.Errorf("%s has %d rows, %v", table, n, err)
		}
	}
}

var _ = databasetest.New
