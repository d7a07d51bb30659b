package content_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
)

// damaged is an engine that notices damage of some blocks.
type damaged struct {
	blockstore.Engine
	blocks map[string]bool
}

func (d *damaged) Get(ctx context.Context, key mh.Multihash, dst []byte) ([]byte, error) {
	if d.blocks[string(key)] {
		return nil, fmt.Errorf("%w: %s", blockstore.ErrCorrupt, key)
	}
	return d.Engine.Get(ctx, key, dst)
}

// damage makes a store, and a way to damage the chunks of a file in it.
func damage(t *testing.T) (*blockstore.Store, func(root cid.Cid)) {
	t.Helper()
	engine, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	d := &damaged{engine, make(map[string]bool)}
	blocks := blocktest.On(t, d)
	return blocks, func(root cid.Cid) {
		for leaf, err := range blocks.Leaves(t.Context(), root) {
			if err != nil {
				t.Fatal(err)
			}
			d.blocks[string(leaf.CID.Hash())] = true
		}
	}
}

// TestABaseThatIsDamaged: what a file was is damaged at one of the two hives, and what it is comes nevertheless.
func TestABaseThatIsDamaged(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20_000, 3 << 20} {
		old := random(1, size)
		now := scatter(bytes.Clone(old), size/2000) // in every chunk, so that none is in both
		t.Run(fmt.Sprint("the asker's ", size), func(t *testing.T) {
			t.Parallel()
			r := revise(t, old, now)
			blocks, harm := damage(t)
			r.asker.blocks = blocks
			r.asker.fetcher = content.New(blocks, content.Config{
				Network: r.mesh.Join(hivetest.IDOf(hivetest.Key(99))), Breaker: r.asker.breaker, Partials: &r.asker.notes,
				Arrived: r.asker.arrive,
			})
			harm(store(t, blocks, old).Root)
			r.fetch(r.hive, 1)
		})
		t.Run(fmt.Sprint("the other's ", size), func(t *testing.T) {
			t.Parallel()
			r := revise(t, old, now)
			blocks, harm := damage(t)
			before, after := store(t, blocks, old), store(t, blocks, now)
			state(t, blocks, "before", before)
			state(t, blocks, "after", after)
			harm(before.Root)
			r.fetch(r.serve(1, blocks), 1)
		})
	}
}

// TestDamageIsNotHeld: a file whose content is damaged comes from another hive, and the others come from both.
func TestDamageIsNotHeld(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	sizes := []int{20_000, 3 << 20, 30_000}
	blocks, harm := damage(t)
	whole, part := share(t, sizes...), shareIn(t, blocks, sizes...)
	harm(whole.wants[0].Root)
	harm(whole.wants[1].Root)
	a := ask(t, mesh)
	err := a.fetcher.Fetch(t.Context(), []peer.ID{part.serve(t, mesh, 1)}, ref, whole.wants)
	if len(a.arrived) != 1 || a.arrived[0] != whole.wants[2].Entry {
		t.Errorf("from the damaged one came %v, %v", a.arrived, err)
	}
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{part.serve(t, mesh, 2), whole.serve(t, mesh, 3)}, ref, whole.wants[:2]); err != nil {
		t.Fatal(err)
	}
	a.holds(t, whole, whole.wants)
}
