package content_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
)

// TestTheSameComesOnce: equal files come once, of one page, of a later one, and while the first is under way. So do equal parts of
// a file.
func TestTheSameComesOnce(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	small, part, large := random(1, 300_000), random(2, 5<<20), random(3, 9<<20)
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
	const most = 300_000 + 5<<20 + 9<<20 + 1<<20 + 2<<20 // chunks are cut anew where the parts meet
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

// TestManyEqualFiles are told of as they come, and not all at the end.
func TestManyEqualFiles(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 500)
	a := ask(t, mesh)
	settled := 0
	a.settled = func() { settled++ }
	const count, page = 20_000, 1000
	var wants []content.Want
	for n := range int64(count) {
		w := p.wants[0]
		w.Entry = n
		wants = append(wants, w)
	}
	err := a.fetcher.FetchAll(t.Context(), []peer.ID{p.serve(t, mesh, 0)}, ref, pages(func(_ context.Context, yield yield) {
		for page := range slices.Chunk(wants, page) {
			if !yield(page, nil) {
				return
			}
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(a.arrived)
	if len(a.arrived) != count || len(slices.Compact(a.arrived)) != count {
		t.Errorf("%d files arrived, want %d", len(a.arrived), count)
	}
	if settled < 4 || a.received > 2*500 {
		t.Errorf("told of in %d steps, %d bytes came", settled, a.received)
	}
}
