package content_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// TestWhatCameInAnotherWay is not asked for, where the file is large.
func TestWhatCameInAnotherWay(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 700, 5<<20)
	a := ask(t, mesh)
	fetcher := content.New(a.blocks, content.Config{
		Network: mesh.Join(hivetest.IDOf(hivetest.Key(98))), Breaker: a.breaker, Partials: &a.notes, Arrived: a.arrive,
		Here: func(_ context.Context, w content.Want) (bool, error) { return w.Root == p.wants[1].Root, nil },
	})
	hive := p.serve(t, mesh, 0)
	if err := fetcher.Fetch(t.Context(), []peer.ID{hive}, ref, p.wants); err != nil {
		t.Fatal(err)
	}
	if n := mesh.Bytes(hive, hivetest.IDOf(hivetest.Key(98))); len(a.arrived) != 2 || n > 10_000 {
		t.Errorf("%d files arrived with %d bytes", len(a.arrived), n)
	}
}

func TestStreamBringsWhatIsRead(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 700, 30<<20)
	hive := p.serve(t, mesh, 0)
	blocks := blocktest.New(t)
	w := blocks.Writer()
	defer w.Close()
	session, err := fetch.Dial(t.Context(), mesh.Join(hivetest.IDOf(hivetest.Key(99))), hive)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, want := range p.wants {
		stream := content.NewStream(content.Here{Blocks: blocks, Partials: new(notes)}, ref, want)
		if _, err := stream.Open(t.Context(), session, w); err != nil {
			t.Fatal(err)
		}
		r, err := blocks.OpenFetch(t.Context(), want.Root, func(ctx context.Context, c cid.Cid) error {
			if has, err := stream.Has(ctx, c); has || err != nil {
				return err
			}
			_, err := stream.Bring(ctx, session, w, c, 4<<20)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want.Size > 1<<20 {
			if _, err := r.Seek(-1<<20, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			if tail, err := io.ReadAll(r); err != nil || !bytes.Equal(tail, p.bytes[want.Root][want.Size-1<<20:]) {
				t.Errorf("tail: %d bytes, %v", len(tail), err)
			}
			if stream.Whole() {
				t.Error("all of the file came for its tail")
			}
			if _, err := r.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(got, p.bytes[want.Root]) || !stream.Whole() {
			t.Errorf("got %d bytes, %v; whole: %t", len(got), err, stream.Whole())
		}
	}
}
