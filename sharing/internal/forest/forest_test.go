package forest_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/tree"
)

// garden is a home with a forest.
type garden struct {
	t      *testing.T
	db     *database.DB
	engine *blocktest.Faulty
	blocks *blockstore.Store
	names  *catalog.Catalog
	home   *catalog.Tree
	forest *forest.Forest
}

func plant(t *testing.T, db *database.DB) *garden {
	t.Helper()
	engine, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	g := &garden{t: t, db: db, engine: &blocktest.Faulty{Engine: engine}}
	g.blocks = blocktest.On(t, g.engine)
	if g.names, err = catalog.New(db, g.blocks, catalog.Config{Hive: [8]byte{7}}); err != nil {
		t.Fatal(err)
	}
	if g.home, err = g.names.Home(t.Context(), catalog.Actor{User: 1}); err != nil {
		t.Fatal(err)
	}
	g.forest = forest.New(db, g.names, g.blocks)
	return g
}

func (g *garden) path(s string) catalog.Path {
	g.t.Helper()
	p, err := catalog.ParsePath(s)
	if err != nil {
		g.t.Fatal(err)
	}
	return p
}

func (g *garden) put(path, text string) {
	g.t.Helper()
	if _, _, err := g.home.Put(g.t.Context(), g.path(path), bytes.NewReader([]byte(text)), catalog.PutOptions{Parents: true}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *garden) stat(path string) catalog.Entry {
	g.t.Helper()
	e, err := g.home.Stat(g.t.Context(), g.path(path))
	if err != nil {
		g.t.Fatal(err)
	}
	return e
}

// grow grows the tree of a folder, and compares it with that of a forest that never saw anything before.
func (g *garden) grow(path string) tree.Folder {
	g.t.Helper()
	e := g.stat(path)
	grown, err := g.forest.Grow(g.t.Context(), e.Space, e.ID)
	if err != nil {
		g.t.Fatal(err)
	}
	if want := g.list(path); want != grown.Folder {
		g.t.Fatalf("tree of %s is %v, its list gives %v", path, grown.Folder, want)
	}
	return grown.Folder
}

// list builds the tree of a folder from what the catalog lists.
func (g *garden) list(path string) tree.Folder {
	g.t.Helper()
	ctx := g.t.Context()
	var f tree.Folder
	folder := g.stat(path)
	err := g.names.Snapshot(ctx, folder.Space, func(ctx context.Context, s *catalog.Snapshot) (err error) {
		f, err = g.build(ctx, s, folder.ID)
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return f
}

func (g *garden) build(ctx context.Context, s *catalog.Snapshot, folder int64) (tree.Folder, error) {
	w := g.blocks.Writer()
	defer w.Close()
	return tree.Build(ctx, w, func(yield func(tree.Entry, error) bool) {
		for e, err := range s.Children(ctx, folder) {
			item := tree.Entry{UID: tree.UID(e.UID), Name: e.Name, Root: e.Root, Size: e.Size, MTime: e.MTime.UnixNano(), Exec: e.Exec}
			if err == nil && e.Kind == catalog.KindFolder {
				var below tree.Folder
				below, err = g.build(ctx, s, e.ID)
				item = below.Entry(tree.UID(e.UID), e.Name)
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	})
}

func TestTreesFollowTheCatalog(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		g := plant(t, db)
		g.put("/shared/a/b/one", "1")
		g.put("/shared/a/two", "2")
		g.put("/else/three", "3")
		first := g.grow("/shared")
		if first.Entries != 4 {
			t.Errorf("%d entries, want 4", first.Entries)
		}
		if again := g.grow("/shared"); again != first {
			t.Errorf("the tree changed from %v to %v by itself", first, again)
		}
		g.put("/shared/a/b/one", "other")
		g.put("/shared/new/deep/four", "4")
		if second := g.grow("/shared"); second == first || second.Entries != 7 {
			t.Errorf("after two files: %v", second)
		}
		if _, err := g.home.Move(t.Context(), g.path("/else"), g.path("/shared/new/else"), catalog.TransferOptions{}); err != nil {
			t.Fatal(err)
		}
		g.grow("/shared")
		if _, err := g.home.Move(t.Context(), g.path("/shared/a/b"), g.path("/out"), catalog.TransferOptions{}); err != nil {
			t.Fatal(err)
		}
		g.put("/out/five", "5")
		g.grow("/shared")
		trashed, err := g.home.Remove(t.Context(), g.path("/shared/new"), catalog.RemoveOptions{})
		if err != nil {
			t.Fatal(err)
		}
		g.grow("/shared")
		if _, err := g.home.RestoreTrash(t.Context(), trashed.ID, nil); err != nil {
			t.Fatal(err)
		}
		g.grow("/shared")
		g.grow("/out") // a folder of the same space that is shared later
		g.put("/out/six", "6")
		g.grow("/out")
	})
}

func TestTreesOfARandomHistory(t *testing.T) {
	t.Parallel()
	g := plant(t, databasetest.New(t))
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c", "d"}
	random := func() string {
		path := "/s"
		for range 1 + rng.IntN(4) {
			path += "/" + names[rng.IntN(len(names))]
		}
		return path
	}
	g.put("/s/start", "x")
	var trash []int64
	for step := range 400 {
		ctx, path := t.Context(), g.path(random())
		switch rng.IntN(6) { // most of these fail, and then change nothing
		case 0, 1:
			_, _, _ = g.home.Put(ctx, path, bytes.NewReader(fmt.Appendf(nil, "%d", step)), catalog.PutOptions{Parents: true})
		case 2:
			_, _ = g.home.Mkdir(ctx, path, true)
		case 3:
			_, _ = g.home.Move(ctx, path, g.path(random()), catalog.TransferOptions{Overwrite: rng.IntN(2) == 0})
		case 4:
			if trashed, err := g.home.Remove(ctx, path, catalog.RemoveOptions{}); err == nil {
				trash = append(trash, trashed.ID)
			}
		case 5:
			if len(trash) > 0 {
				_, _ = g.home.RestoreTrash(ctx, trash[rng.IntN(len(trash))], nil)
			}
		}
		if step%7 == 0 {
			g.grow("/s")
		}
	}
}

func TestTreesSurviveACollection(t *testing.T) {
	t.Parallel()
	g := plant(t, databasetest.New(t))
	for i := range 300 {
		g.put(fmt.Sprintf("/s/%d/%d", i%10, i), fmt.Sprint(i))
	}
	root := g.grow("/s")
	roots := func(yield func(cid.Cid, error) bool) {
		for c, err := range g.names.Roots(t.Context()) {
			if !yield(c, err) {
				return
			}
		}
		for c, err := range g.forest.Roots(t.Context()) {
			if !yield(c, err) {
				return
			}
		}
	}
	if _, err := g.blocks.Collect(t.Context(), roots); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range tree.Walk(t.Context(), g.blocks, cid.Undef, root.Root) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n < 11 {
		t.Errorf("%d nodes", n)
	}
}

// TestALostNodeIsBuiltAgain: of the trees of a space a node is gone, or damaged, where something changes.
func TestALostNodeIsBuiltAgain(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(g *garden, key mh.Multihash){
		"gone": func(g *garden, key mh.Multihash) {
			if err := g.engine.Delete(g.t.Context(), []mh.Multihash{key}); err != nil {
				g.t.Fatal(err)
			}
		},
		"damaged": func(g *garden, key mh.Multihash) {
			harmed := true // until it is written anew
			g.engine.ChangeGet(func(got mh.Multihash, data []byte) ([]byte, error) {
				if harmed && bytes.Equal(got, key) {
					return nil, blockstore.ErrCorrupt
				}
				return data, nil
			})
			g.engine.FailPut(func(blocks []blockstore.Block) error {
				for _, b := range blocks {
					harmed = harmed && !bytes.Equal(b.Key, key)
				}
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := plant(t, databasetest.New(t))
			g.put("/s/a/one", "1")
			g.put("/s/b/two", "2")
			g.put("/else/three", "3")
			g.grow("/s")
			g.grow("/else")
			lose(g, g.grow("/s/a").Root.Hash())
			g.put("/s/a/four", "4")
			g.put("/else/five", "5")
			for _, folder := range []string{"/s", "/s/a", "/else"} {
				g.grow(folder)
			}
		})
	}
}
