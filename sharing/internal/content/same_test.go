package content_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
)

// TestTheSameComesOnce: equal files come once, of one page, of a later one, and while the first is under way. So do equal parts of
// a file.
func TestTheSameComesOnce(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	small, part, large := random(1, 300_000), random(2, 12<<20), random(3, 20<<20)
	doubled := slices.Concat(part, part, random(4, 1<<20), part)
	p := shareOf(t, blocktest.New(t), small, large, doubled, small, large, large, small, large, doubled)
	a := ask(t, mesh)
	err := a.fetcher.FetchAll(t.Context(), []peer.ID{p.serve(t, mesh, 0)}, ref, pages(func(_ context.Context, yield yield) {
		_ = yield(p.wants[:5], nil) && yield(p.wants[5:7], nil) && yield(p.wants[7:], nil)
	}))
	if err != nil {
		t.Fatal(err)
	}
	a.holds(t, p, p.wants)
	const most = 300_000 + 12<<20 + 20<<20 + 1<<20 + 2<<20 // chunks are cut anew where the parts meet
	if a.received > most {
		t.Errorf("%d bytes came, want %d at most", a.received, most)
	}
}

// TestTheOneWithABaseComes: of two equal files one is a change of what is here, and so only what changed comes.
func TestTheOneWithABaseComes(t *testing.T) {
	t.Parallel()
	old := random(1, 8<<20)
	now := slices.Concat(old[:4<<20], []byte("inserted"), old[4<<20:])
	r := revise(t, old, now)
	other := r.want
	other.Entry, other.Base = 99, nil
	if passed := r.fetch(r.hive, 1, other); passed > 10_000 {
		t.Errorf("%d bytes passed for an insertion of 8", passed)
	}
	if slices.Sort(r.asker.arrived); !slices.Equal(r.asker.arrived, []int64{1, 99}) {
		t.Errorf("%v arrived, want 1 and 99", r.asker.arrived)
	}
}
