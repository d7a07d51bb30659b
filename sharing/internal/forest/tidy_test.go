package forest_test

import (
	"context"
	"testing"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
)

// share notes that a folder is shared with another hive, and returns what ends it.
func (g *garden) share(path string) (end func()) {
	g.t.Helper()
	shares, err := ledger.New(g.t.Context(), g.db, ledger.Config{Self: nettest.ID("a")})
	if err != nil {
		g.t.Fatal(err)
	}
	folder := g.stat(path)
	s := ledger.Share{
		ID: ledger.NewID(), Own: true, Owner: shares.Self(), Space: folder.Space, Folder: folder.ID, User: 1,
		Mode: ledger.Full, State: ledger.Active, Created: time.Now(),
	}
	write := func(put func(tx *ledger.Tx) error) {
		g.t.Helper()
		if err := shares.Write(g.t.Context(), func(_ context.Context, tx *ledger.Tx) error { return put(tx) }); err != nil {
			g.t.Fatal(err)
		}
	}
	write(func(tx *ledger.Tx) error {
		if err := tx.AddShare(g.t.Context(), s); err != nil {
			return err
		}
		_, err := tx.PutMember(g.t.Context(), ledger.Member{
			Share: s.ID, Hive: nettest.ID("b"), User: "bob", Role: ledger.Reader, State: ledger.Accepted, Created: time.Now(),
		})
		return err
	})
	return func() {
		s.State = ledger.Ended
		write(func(tx *ledger.Tx) error { return tx.PutShare(g.t.Context(), s) })
	}
}

// wantTrees tidies and counts what is left.
func (g *garden) wantTrees(want int) {
	g.t.Helper()
	if err := g.forest.Tidy(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	n := 0
	for _, err := range g.forest.Roots(g.t.Context()) {
		if err != nil {
			g.t.Fatal(err)
		}
		n++
	}
	if n != want {
		g.t.Errorf("%d trees are left, want %d", n, want)
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		g := plant(t, db)
		g.put("/shared/a/deep/one", "1")
		g.put("/shared/b/two", "2")
		g.put("/other/three", "3")
		end := g.share("/shared")
		endOther := g.share("/other")
		g.grow("/shared")
		g.grow("/other")
		g.wantTrees(5)
		if _, err := g.home.Remove(t.Context(), g.path("/shared/a"), catalog.RemoveOptions{}); err != nil {
			t.Fatal(err)
		}
		g.grow("/shared")
		g.wantTrees(5) // it may be restored
		if err := g.home.EmptyTrash(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.wantTrees(3)
		g.put("/shared/b/four", "4")
		g.grow("/shared")
		end()
		g.wantTrees(3) // another folder of the space is shared
		endOther()
		g.wantTrees(0)
		g.put("/shared/b/five", "5")
		g.share("/shared")
		g.grow("/shared")
		g.wantTrees(2)
	})
}
