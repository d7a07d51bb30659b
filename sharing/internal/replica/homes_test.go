package replica_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// TestOwnersDoNotReadHomes has an owner's hive name the hash of a file that a member's user keeps for himself, and ask that hive
// for it: as a file of the share, as its list, and as the older state of another file.
func TestOwnersDoNotReadHomes(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	diary := strings.Repeat("nobody else reads this. ", 100)
	private, _, err := b.home().Put(t.Context(), path("/diary"), strings.NewReader(diary), catalog.PutOptions{})
	b.check(err)
	id := r.share(ledger.Reader)
	owner.write("file", diary[:2000]+"!") // to be asked for as a difference to the diary
	r.await("the file is there", func() bool { return len(b.files()) == 1 && b.absent() == 0 })
	newest := owner.newest(id)
	file, err := tree.Lookup(t.Context(), owner.blocks, newest.Root, "file")
	owner.check(err)
	w := owner.blocks.Writer()
	defer w.Close()
	forged, err := tree.Edit(t.Context(), owner.blocks, w, newest.Root, []tree.Slot{
		{Name: "stolen", Entry: &tree.Entry{UID: tree.UID{9}, Name: "stolen", Root: private.Root, Size: private.Size, MTime: 1}},
	})
	owner.check(err)
	owner.check(w.Commit(t.Context()))
	h, err := head.Open(newest.Signed, owner.id)
	owner.check(err)
	h.Seq, h.Prev, h.Root = h.Seq+1, newest.Signed.Hash(), forged.Root.Bytes()
	signed, err := h.Sign(owner.key)
	owner.check(err)
	owner.check(owner.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return state.New(owner.db).AddHead(ctx, tx, id, state.Head{Seq: h.Seq, Root: forged.Root, Signed: signed})
	}))
	owner.check(owner.send(b.id, "head", signed))
	r.await("the member has the name", func() bool { return len(b.files()) == 2 })

	s := owner.session(b)
	of := fetch.Of{Ref: fetch.Ref{Share: string(id), Head: h.Seq}, Since: &fetch.Since{Head: h.Seq}}
	stolen := fetch.File{Path: []string{"stolen"}, Root: private.Root.Bytes()}
	if err := s.List(of, stolen, func(fetch.Leaf) error { return nil }, func(int, int) error { return nil }); !errors.Is(err, fetch.ErrNotHeld) {
		t.Errorf("list of the diary: %v, want not held", err)
	}
	bait := fetch.File{Path: []string{"file"}, Root: file.Root.Bytes(), Was: []string{"stolen"}}
	for name, asked := range map[string]fetch.File{"the diary": stolen, "a difference to it": bait} {
		for _, since := range []*fetch.Since{nil, of.Since} {
			parts := 0
			owner.check(s.Content(fetch.Of{Ref: of.Ref, Since: since}, []fetch.File{asked}, func(p fetch.Part) error {
				parts++
				if p.Delta != nil || name == "the diary" && !errors.Is(p.Gap, fetch.ErrNotHeld) {
					t.Errorf("%s: %d bytes, a delta of %d, %v", name, len(p.Data), len(p.Delta), p.Gap)
				}
				return nil
			}))
			if parts == 0 {
				t.Errorf("%s: no answer", name)
			}
		}
	}
}

// TestWritersDoNotReadHomes has a writer's hive, which knows hash and identity of a file of the owner that is not shared, say that the share
// had this file, and propose another with all that is in it.
func TestWritersDoNotReadHomes(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	r.shareFolder("/other", "")
	owner.write("secret", strings.Repeat("of the owner 16 ", blockstore.MinChunk/16)) // a chunk that others may follow
	var secret catalog.Entry
	owner.check(owner.names.Snapshot(t.Context(), owner.space, func(ctx context.Context, s *catalog.Snapshot) error {
		secret, _, _ = owner.entry(ctx, s, "secret")
		return nil
	}))
	id := r.share(ledger.Writer)
	r.await("a head", func() bool { return b.status(id).Applied > 0 })
	w := b.blocks.Writer()
	defer w.Close()
	leaf := blockstore.Leaf{CID: secret.Root, Size: secret.Size}
	twice, err := w.Assemble(t.Context(), func(yield func(blockstore.Leaf, error) bool) {
		for range 2 {
			if !yield(leaf, nil) {
				return
			}
		}
	})
	b.check(err)
	states := make(map[bool]cid.Cid) // the base, and what is proposed
	nodes := make(map[bool]forge)
	for base, file := range map[bool]tree.Entry{true: {Root: secret.Root, Size: secret.Size}, false: {Root: twice.Root, Size: twice.Size}} {
		file.UID, file.Name, file.MTime = tree.UID(secret.UID), "stolen", 1
		var made forge
		folder, err := tree.Build(t.Context(), &made, one(file))
		b.check(err)
		states[base], nodes[base] = folder.Root, made
	}
	asked := make(chan struct{}, 64)
	b.node.Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		defer conn.Close()
		in := bufio.NewReader(conn)
		for {
			var q struct {
				Kind string    `cbor:"kind"`
				Ref  fetch.Ref `cbor:"ref"`
			}
			if err := wire.Read(in, 1<<20, &q); err != nil {
				return
			}
			answer := map[string]any{"not_held": true}
			switch q.Kind {
			case "tree":
				answer = map[string]any{"nodes": [][]byte(nodes[q.Ref.Base])}
			case "list":
				chunk := fetch.Leaf{CID: leaf.CID.Bytes(), Size: leaf.Size}
				answer = map[string]any{"leaves": []fetch.Leaf{chunk, chunk}}
			default:
				asked <- struct{}{}
			}
			if err := errors.Join(wire.Write(conn, answer), wire.Write(conn, map[string]any{"end": true})); err != nil {
				return
			}
		}
	})
	signed, err := head.Proposal{
		Share: string(id), Number: 1, BaseRoot: states[true].Bytes(), Root: states[false].Bytes(), By: "user1",
	}.Sign(b.key)
	b.check(err)
	b.check(b.send(owner.id, "proposal", signed))
	r.await("the owner's hive asks for the content, or has it", func() bool { return len(asked) > 0 || len(owner.files()) > 0 })
	if got := owner.files(); len(got) > 0 {
		t.Errorf("the share has %v", got)
	}
}
