package content_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// heads lets everybody read some heads of a share.
type heads map[uint64]cid.Cid

func (h heads) Tree(_ context.Context, _ peer.ID, ref fetch.Ref) (cid.Cid, error) {
	if root, ok := h[ref.Head]; ok && ref.Share == "share" {
		return root, nil
	}
	return cid.Undef, &wire.Refusal{Code: wire.Unknown}
}

func (heads) Newer(context.Context, peer.ID, []fetch.Known) iter.Seq2[fetch.News, error] {
	return func(func(fetch.News, error) bool) {}
}

func (heads) Held(_ context.Context, _ fetch.Ref, files map[tree.UID]cid.Cid) (map[tree.UID]bool, error) {
	held := make(map[tree.UID]bool)
	for uid := range files {
		held[uid] = true
	}
	return held, nil
}

// store puts content into a store.
func store(t *testing.T, blocks *blockstore.Store, data []byte) blockstore.File {
	t.Helper()
	w := blocks.Writer()
	defer w.Close()
	file, err := w.Import(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// state is a tree of one file in a store.
func state(t *testing.T, blocks *blockstore.Store, name string, file blockstore.File) cid.Cid {
	t.Helper()
	w := blocks.Writer()
	defer w.Close()
	root, err := tree.Build(t.Context(), w, func(yield func(tree.Entry, error) bool) {
		yield(tree.Entry{UID: tree.UID{1}, Name: name, Root: file.Root, Size: file.Size}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return root.Root
}

// revised is a file that one hive has in two states, and another in the older one.
type revised struct {
	t      *testing.T
	now    []byte
	mesh   *hivetest.Mesh
	source *blockstore.Store
	heads  heads
	asker  *asker
	want   content.Want
	hive   peer.ID
}

// revise has the older state at head 1, under another name, and the newer one at head 2.
func revise(t *testing.T, old, now []byte) *revised {
	t.Helper()
	r := &revised{t: t, now: now, mesh: hivetest.NewMesh(slog.New(slog.DiscardHandler)), source: blocktest.New(t)}
	before, after := store(t, r.source, old), store(t, r.source, now)
	r.heads = heads{1: state(t, r.source, "before", before), 2: state(t, r.source, "after", after)}
	r.asker = ask(t, r.mesh)
	store(t, r.asker.blocks, old)
	r.want = content.Want{
		Entry: 1, Number: 2, Path: []string{"after"}, Root: after.Root, Size: after.Size,
		Base: &content.Base{Path: []string{"before"}, Root: before.Root},
	}
	r.hive = r.serve(0, r.source)
	return r
}

// serve has a hive answer from a store.
func (r *revised) serve(n int, blocks *blockstore.Store) peer.ID {
	id := hivetest.IDOf(hivetest.Key(n))
	server := fetch.NewServer(r.heads, blocks, fetch.ServerConfig{})
	r.mesh.Join(id).Handle(fetch.Protocol, func(hive peer.ID, conn net.Conn) { server.Serve(r.t.Context(), hive, conn) })
	return id
}

// fetch brings the newer state from a hive, and other files before, and tells what passed between the two, both ways.
func (r *revised) fetch(hive peer.ID, since uint64, others ...content.Want) int64 {
	r.t.Helper()
	self := hivetest.IDOf(hivetest.Key(99))
	before := r.mesh.Bytes(hive, self) + r.mesh.Bytes(self, hive)
	of := fetch.Of{Ref: fetch.Ref{Share: "share", Head: 2}, Since: &fetch.Since{Head: since}}
	if err := r.asker.fetcher.Fetch(r.t.Context(), []peer.ID{hive}, of, append(others, r.want)); err != nil {
		r.t.Fatal(err)
	}
	reader, err := r.asker.blocks.Open(r.t.Context(), r.want.Root)
	if err != nil {
		r.t.Fatal(err)
	}
	defer reader.Close()
	if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, r.now) {
		r.t.Errorf("got %d other bytes, %v", len(got), err)
	}
	return r.mesh.Bytes(hive, self) + r.mesh.Bytes(self, hive) - before
}

func random(seed byte, n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

// edits are ways to change a file, and what may pass for them.
var edits = map[string]struct {
	size int
	edit func(b []byte) []byte
	most int64
}{
	"one byte":          {8 << 20, func(b []byte) []byte { b[len(b)/2]++; return b }, 1200},
	"insertion":         {8 << 20, func(b []byte) []byte { return append(random(2, 1000), b...) }, 2300},
	"append":            {8 << 20, func(b []byte) []byte { return append(b, random(3, 100_000)...) }, 102_000},
	"cut short":         {8 << 20, func(b []byte) []byte { return b[:3<<20+77] }, 1200},
	"moved block":       {8 << 20, func(b []byte) []byte { return append(b[2<<20:], b[:2<<20]...) }, 1500},
	"many edits":        {8 << 20, func(b []byte) []byte { return scatter(b, 10) }, 4000},
	"all chunks":        {4 << 20, func(b []byte) []byte { return scatter(b, 100) }, 12_000},
	"small":             {20_000, func(b []byte) []byte { b[100]++; return b }, 400},
	"smaller than base": {300_000, func(b []byte) []byte { return b[100:20_000] }, 400},
	"grown":             {20_000, func(b []byte) []byte { return append(append(b, random(4, 500)...), b...) }, 1500},
	"emptied":           {20_000, func([]byte) []byte { return nil }, 400},
}

func scatter(b []byte, n int) []byte {
	for i := range n {
		copy(b[i*(len(b)/n)+1234:], random(byte(i), 64))
	}
	return b
}

func TestEditsCostWhatChanged(t *testing.T) {
	t.Parallel()
	for name, e := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old := random(1, e.size)
			r := revise(t, old, e.edit(bytes.Clone(old)))
			if passed := r.fetch(r.hive, 1); passed > e.most {
				t.Errorf("%d bytes passed, at most %d should", passed, e.most)
			} else {
				t.Logf("%d bytes", passed)
			}
		})
	}
}

// TestASignatureDoes: a hive that has the newer state alone, or does not know the head of the older, gets a signature.
func TestASignatureDoes(t *testing.T) {
	t.Parallel()
	for name, e := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old := random(1, e.size)
			r := revise(t, old, e.edit(bytes.Clone(old)))
			bare := blocktest.New(t)
			store(t, bare, r.now)
			for node, err := range tree.Walk(t.Context(), r.source, cid.Undef, r.heads[2]) {
				if err != nil {
					t.Fatal(err)
				}
				w := bare.Writer()
				if err := w.Put(t.Context(), node.CID, node.Data); err != nil {
					t.Fatal(err)
				}
				w.Close()
			}
			if passed, most := r.fetch(r.serve(1, bare), 7), e.most+int64(len(old))/8; passed > most {
				t.Errorf("%d bytes passed, at most %d should", passed, most)
			} else {
				t.Logf("%d bytes", passed)
			}
		})
	}
}
