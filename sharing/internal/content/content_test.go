package content_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// open lets everybody read one tree.
type open struct{ root cid.Cid }

func (o open) Tree(_ context.Context, _ peer.ID, ref fetch.Ref) (cid.Cid, error) {
	if ref.Share != "share" || ref.Head != 1 {
		return cid.Undef, &wire.Refusal{Code: wire.Unknown}
	}
	return o.root, nil
}

func (open) Newer(context.Context, peer.ID, []fetch.Known) iter.Seq2[fetch.News, error] {
	return func(func(fetch.News, error) bool) {}
}

func (open) Held(ctx context.Context, ref fetch.Ref, files map[tree.UID]cid.Cid) (map[tree.UID]bool, error) {
	return heads{}.Held(ctx, ref, files)
}

// place is a hive that serves a share of some files.
type place struct {
	blocks *blockstore.Store
	root   cid.Cid
	wants  []content.Want
	bytes  map[cid.Cid][]byte
}

// share puts files of some sizes into a store, in a folder each.
func share(t *testing.T, sizes ...int) *place {
	t.Helper()
	return shareIn(t, blocktest.New(t), sizes...)
}

func shareIn(t *testing.T, blocks *blockstore.Store, sizes ...int) *place {
	t.Helper()
	files := make([][]byte, len(sizes))
	for i, size := range sizes {
		files[i] = make([]byte, size)
		rng := rand.NewChaCha8([32]byte{byte(i), byte(size)})
		rng.Read(files[i])
	}
	return shareOf(t, blocks, files...)
}

func shareOf(t *testing.T, blocks *blockstore.Store, files ...[]byte) *place {
	t.Helper()
	p := &place{blocks: blocks, bytes: make(map[cid.Cid][]byte)}
	w := p.blocks.Writer()
	defer w.Close()
	var folders []tree.Entry
	for i, data := range files {
		file, err := w.Import(t.Context(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		folder, err := tree.Build(t.Context(), w, func(yield func(tree.Entry, error) bool) {
			yield(tree.Entry{UID: tree.UID{1, byte(i), byte(i >> 8)}, Name: "file", Root: file.Root, Size: file.Size}, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("folder %04d", i)
		folders = append(folders, folder.Entry(tree.UID{2, byte(i), byte(i >> 8)}, name))
		p.wants = append(p.wants, content.Want{Entry: int64(i), Number: 1, Path: []string{name, "file"}, Root: file.Root, Size: file.Size})
		p.bytes[file.Root] = data
	}
	root, err := tree.Build(t.Context(), w, func(yield func(tree.Entry, error) bool) {
		for _, f := range folders {
			if !yield(f, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p.root = root.Root
	return p
}

// serve has a hive of the mesh answer for the place.
func (p *place) serve(t *testing.T, mesh *hivetest.Mesh, n int) peer.ID {
	t.Helper()
	id := hivetest.IDOf(hivetest.Key(n))
	server := fetch.NewServer(open{p.root}, p.blocks, fetch.ServerConfig{})
	mesh.Join(id).Handle(fetch.Protocol, func(hive peer.ID, conn net.Conn) { server.Serve(t.Context(), hive, conn) })
	return id
}

// notes keep partials in memory.
type notes struct {
	mu     sync.Mutex
	chunks map[cid.Cid][]byte
}

func (n *notes) Chunks(_ context.Context, root cid.Cid) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.chunks[root], nil
}

func (n *notes) Note(_ context.Context, root cid.Cid, chunks []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.chunks == nil {
		n.chunks = make(map[cid.Cid][]byte)
	}
	n.chunks[root] = chunks
	return nil
}

func (n *notes) Some(context.Context, int) (map[cid.Cid][]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.chunks), nil
}

// asker is a hive that fetches.
type asker struct {
	blocks   *blockstore.Store
	fetcher  *content.Fetcher
	notes    notes
	breaker  *post.Breaker
	mu       sync.Mutex
	arrived  []int64
	received int64
	limit    int64
	stop     func()
	settled  func() // before files arrive; may be nil
}

func ask(t *testing.T, mesh *hivetest.Mesh) *asker {
	t.Helper()
	a := &asker{blocks: blocktest.New(t), breaker: post.NewBreaker()}
	a.fetcher = content.New(a.blocks, content.Config{
		Network: mesh.Join(hivetest.IDOf(hivetest.Key(99))), Breaker: a.breaker, Partials: &a.notes,
		Arrived: a.arrive,
		Received: func(n, _ int64) {
			a.mu.Lock()
			defer a.mu.Unlock()
			if a.received += n; a.stop != nil && a.received >= a.limit {
				a.stop()
			}
		},
	})
	return a
}

func (a *asker) arrive(_ context.Context, files []content.Want) error {
	if a.settled != nil {
		a.settled()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range files {
		a.arrived = append(a.arrived, f.Entry)
	}
	return nil
}

// stopAt calls stop when so many bytes have been received in all.
func (a *asker) stopAt(bytes int64, stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limit, a.stop = bytes, stop
}

var ref = fetch.Of{Ref: fetch.Ref{Share: "share", Head: 1}}

// holds checks that the asker has files of the place, each once.
func (a *asker) holds(t *testing.T, p *place, wants []content.Want) {
	t.Helper()
	slices.Sort(a.arrived)
	var entries []int64
	for _, w := range wants {
		entries = append(entries, w.Entry)
		r, err := a.blocks.Open(t.Context(), w.Root)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(got, p.bytes[w.Root]) {
			t.Errorf("file %d: got %d other bytes, %v", w.Entry, len(got), err)
		}
	}
	if !slices.Equal(a.arrived, entries) {
		t.Errorf("arrived: %v, want %v", a.arrived, entries)
	}
}

func sizes(n int) []int {
	var s []int
	for i := range n {
		s = append(s, 100*i)
	}
	return append(s, 3<<20, 40<<20)
}

func TestFetchBringsEverything(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, sizes(300)...)
	a := ask(t, mesh)
	hives := []peer.ID{p.serve(t, mesh, 0), p.serve(t, mesh, 1)}
	if err := a.fetcher.Fetch(t.Context(), hives, ref, p.wants); err != nil {
		t.Fatal(err)
	}
	a.holds(t, p, p.wants)
	if want := int64(300*299/2*100 + 43<<20); a.received != want {
		t.Errorf("received %d bytes, want %d: nothing twice", a.received, want)
	}
}

// TestNothingComesAsLess: where files are so small that what is sent around them is most, packing that is no content saved.
func TestNothingComesAsLess(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	var files [][]byte
	for i := range 300 {
		files = append(files, fmt.Appendf(nil, "song %d", i))
	}
	p := shareOf(t, blocktest.New(t), files...)
	a := ask(t, mesh)
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{p.serve(t, mesh, 0)}, ref, p.wants); err != nil {
		t.Fatal(err)
	}
	if a.holds(t, p, p.wants); a.received < 0 {
		t.Errorf("received %d bytes", a.received)
	}
}

func TestFetchTakesFromWhoHasIt(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 10, 5<<20, 20, 6<<20)
	bare := &place{blocks: blocktest.New(t), root: p.root}
	w := bare.blocks.Writer()
	defer w.Close()
	for node, err := range tree.Walk(t.Context(), p.blocks, cid.Undef, p.root) { // all names, no content
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Put(t.Context(), node.CID, node.Data); err != nil {
			t.Fatal(err)
		}
	}
	a := ask(t, mesh)
	without := bare.serve(t, mesh, 0)
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{without}, ref, p.wants); !errors.Is(err, content.ErrUnavailable) {
		t.Errorf("Fetch from who has nothing = %v, want ErrUnavailable", err)
	}
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{without, p.serve(t, mesh, 1)}, ref, p.wants); err != nil {
		t.Fatal(err)
	}
	a.holds(t, p, p.wants)
}

func TestFetchGoesOnWhereItWasCut(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 60<<20)
	a := ask(t, mesh)
	hive := p.serve(t, mesh, 0)
	self := hivetest.IDOf(hivetest.Key(99))
	stops := 0
	for ; ; stops++ {
		mesh.CutAfter(hive, self, 20<<20) // streams break, and are opened again
		ctx, stop := context.WithCancel(t.Context())
		a.stopAt(int64(stops+1)*17<<20, stop)
		err := a.fetcher.Fetch(ctx, []peer.ID{hive}, ref, p.wants)
		stop()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || stops > 20 {
			t.Fatalf("after %d stops: %v", stops, err)
		}
	}
	a.holds(t, p, p.wants)
	if stops == 0 || a.received != 60<<20 {
		t.Errorf("%d stops, received %d bytes, want %d: nothing twice", stops, a.received, 60<<20)
	}
}

// lie answers every request with one chunk of the right size and other bytes.
func lie(conn net.Conn, size int) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		if _, err := wire.ReadFrame(in, 1<<20); err != nil {
			return
		}
		_ = wire.Write(conn, map[string]any{"size": size})
		_, _ = conn.Write(make([]byte, size))
		_ = wire.Write(conn, map[string]any{"end": true})
	}
}

func TestWrongBytesDoNotCount(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 500)
	a := ask(t, mesh)
	noise, liar := hivetest.IDOf(hivetest.Key(5)), hivetest.IDOf(hivetest.Key(6))
	mesh.Join(noise).Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		defer conn.Close()
		_, _ = conn.Write(bytes.Repeat([]byte{0x17}, 4<<20))
	})
	mesh.Join(liar).Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) { lie(conn, 500) })
	for _, hives := range [][]peer.ID{{noise}, {liar}, {noise, liar}} {
		if err := a.fetcher.Fetch(t.Context(), hives, ref, p.wants); !errors.Is(err, content.ErrUnavailable) {
			t.Errorf("Fetch = %v, want ErrUnavailable", err)
		}
	}
	if len(a.arrived) > 0 {
		t.Errorf("arrived: %v", a.arrived)
	}
	if err := a.fetcher.Fetch(t.Context(), []peer.ID{noise, liar, p.serve(t, mesh, 7)}, ref, p.wants); err != nil {
		t.Errorf("with an honest hive too: %v", err)
	}
	a.holds(t, p, p.wants)
}

func TestRefusalsAreHeard(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, 500)
	a := ask(t, mesh)
	err := a.fetcher.Fetch(t.Context(), []peer.ID{p.serve(t, mesh, 0)}, fetch.Of{Ref: fetch.Ref{Share: "other", Head: 1}}, p.wants)
	if !errors.Is(err, content.ErrUnavailable) || !errors.Is(err, &wire.Refusal{Code: wire.Unknown}) {
		t.Errorf("Fetch = %v, want the refusal", err)
	}
	if err := a.fetcher.Fetch(t.Context(), nil, ref, p.wants); !errors.Is(err, content.ErrUnavailable) {
		t.Errorf("Fetch from nobody = %v", err)
	}
	if err := a.fetcher.Fetch(t.Context(), nil, ref, nil); err != nil {
		t.Errorf("Fetch of nothing = %v", err)
	}
}
