package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// viewer follows the log of a home, and lists anew what the log says to.
type viewer struct {
	fixture
	tree *catalog.Tree
	replay
	last int64
}

func newViewer(f fixture, tree *catalog.Tree) *viewer {
	return &viewer{f, tree, replay{map[string]catalog.Change{}, map[int64]map[string]catalog.Change{}}, 0}
}

// follow reads what is new.
func (v *viewer) follow() {
	v.Helper()
	v.wantError(v.RelayOnce(v.Context()), nil)
	for _, c := range must(v.tree.Changes(v.Context(), v.last, 1000))(v) {
		if v.last++; c.Seq != v.last {
			v.Fatalf("change %d after %d", c.Seq, v.last-1)
		}
		_, binned := v.trash[c.Entry]
		switch {
		case c.Kind == "mount", c.Kind == "copy" && c.From == "", c.Kind == "restore" && !binned:
			v.list(c.Path)
		case c.Kind == "unmount":
			v.cut(c.Path, true)
		default:
			if err := v.apply(c); err != nil {
				v.Fatal(err)
			}
		}
	}
}

// list looks what is at a path.
func (v *viewer) list(at string) {
	v.Helper()
	v.cut(at, true)
	for e, err := range v.tree.Walk(v.Context(), path(v, at)) {
		if err != nil {
			v.Fatal(err)
		}
		v.at[e.Path] = catalog.Change{EntryKind: e.Kind, Root: e.Root, Size: e.Size}
	}
}

// check compares what came out of the log with the tree.
func (v *viewer) check() {
	v.Helper()
	seen := map[string]bool{"/": true}
	for e, err := range v.tree.Walk(v.Context(), catalog.Path{}) {
		if err != nil {
			v.Fatal(err)
		}
		c, there := v.at[e.Path]
		if seen[e.Path] = true; e.Path != "/" && (!there || c.EntryKind != e.Kind || c.Root != e.Root || c.Size != e.Size) {
			v.Errorf("got %+v from the log, want %+v", c, e)
		}
	}
	for p := range v.at {
		if !seen[p] {
			v.Errorf("the log says that %s is there", p)
		}
	}
}

// TestRelay does random things to a folder that others have mounted, from both sides, moves and deletes the folder itself
// and those above it, and lets two homes follow their logs: each leads to what its owner sees.
func TestRelay(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		seed := rand.Uint64()
		f.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		alice, bob := f.home(1), f.home(2)
		must(alice.Mkdir(f.Context(), path(f, "/top/shared"), true))(f)
		f.put(alice, "/top/shared/a/b", "x")
		f.share(1, "/top/shared", 2, "/docs", catalog.RoleWriter)
		views := []*viewer{newViewer(f, alice), newViewer(f, bob)}
		for _, v := range views {
			v.follow()
		}
		for range steps() {
			if err := f.disturb(r); err != nil && !isExpected(err) && !errors.Is(err, catalog.ErrMounted) {
				f.Fatal(err)
			}
			for _, v := range views {
				v.follow()
			}
		}
		for _, v := range views {
			v.check()
		}
		f.checkNumbers()
	})
}

// disturb does something in one of the homes.
func (f fixture) disturb(r *rand.Rand) error {
	ctx, tree := f.Context(), f.home(1+r.Int64N(2))
	w := &walker{rand: r, fixture: f}
	random := func() catalog.Path {
		w.base = []string{"/top", "/top/shared", "/top/shared", "/docs", "/docs", ""}[r.IntN(6)]
		return w.at(w.names())
	}
	a, b := random(), random()
	options := catalog.TransferOptions{Overwrite: r.IntN(2) == 0}
	var err error
	switch n := r.IntN(20); {
	case n < 8:
		_, _, err = tree.Put(ctx, a, strings.NewReader(fmt.Sprint(r.IntN(5))), catalog.PutOptions{Parents: true})
	case n < 11:
		_, err = tree.Move(ctx, a, b, options)
	case n < 13:
		_, err = tree.Copy(ctx, a, b, options)
	case n < 15:
		_, err = tree.Remove(ctx, a, catalog.RemoveOptions{})
	case n < 17:
		if trash := must(tree.Trash(ctx, 0, 5))(f); len(trash) > 0 {
			_, err = tree.RestoreTrash(ctx, trash[r.IntN(len(trash))].ID, nil)
		}
	case n < 18: // what is above goes and comes
		paths := []string{"/top", "/top/shared"}
		removed, gone := tree.Remove(ctx, path(f, paths[r.IntN(2)]), catalog.RemoveOptions{})
		if err = gone; gone == nil && r.IntN(4) > 0 {
			_, err = tree.RestoreTrash(ctx, removed.ID, nil)
		}
	default:
		from, to := [2]string{"/top", "/top/shared"}, [2]string{"/else", "/kept"}
		if r.IntN(2) == 0 {
			from, to = to, from
		}
		i := r.IntN(2)
		_, err = tree.Move(ctx, path(f, from[i]), path(f, to[i]), options)
	}
	return err
}

// TestRelayRuns wakes who waits for changes of a home when those are behind a mount, and ends with its context.
func TestRelayRuns(t *testing.T) {
	t.Parallel()
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	alice, bob := f.home(1), f.home(2)
	f.put(alice, "/docs/a.txt", "one")
	f.share(1, "/docs", 2, "/docs", catalog.RoleWriter)
	f.put(alice, "/docs/b.txt", "before")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- f.Relay(ctx) }()
	f.wantError(bob.Wait(t.Context(), 1), nil)
	f.put(alice, "/docs/c.txt", "meanwhile")
	f.wantError(bob.Wait(t.Context(), 2), nil)
	changes := must(bob.Changes(t.Context(), 0, 0))(t)
	var got []string
	for _, c := range changes {
		got = append(got, fmt.Sprintf("%s %s by %d", c.Kind, c.Path, c.User))
	}
	if want := "mount /docs by 2, create /docs/b.txt by 1, create /docs/c.txt by 1"; strings.Join(got, ", ") != want {
		t.Errorf("got %q", got)
	}
	stop()
	f.wantError(<-done, context.Canceled)
}
