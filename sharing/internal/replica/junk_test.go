package replica_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// junk are nodes that make sense and that nothing leads to, each of a folder with one file.
func junk(t *testing.T, n int) (nodes [][]byte) {
	t.Helper()
	var made forge
	for i := range n {
		if _, err := tree.Build(t.Context(), &made, one(fake(i))); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// fake is a file that nobody has.
func fake(i int) tree.Entry {
	return tree.Entry{UID: tree.UID{1}, Name: fmt.Sprint("junk ", i), Root: cidOf(cid.Raw, fmt.Append(nil, i)), Size: 1, MTime: 1}
}

// forge keeps the nodes that are built.
type forge [][]byte

func (f *forge) Put(_ context.Context, _ cid.Cid, data []byte) error {
	*f = append(*f, data)
	return nil
}

func one(e tree.Entry) iter.Seq2[tree.Entry, error] {
	return func(yield func(tree.Entry, error) bool) { yield(e, nil) }
}

func cidOf(codec uint64, data []byte) cid.Cid {
	c, err := cid.V1Builder{Codec: codec, MhType: mh.SHA2_256}.Sum(data)
	if err != nil {
		panic(err)
	}
	return c
}

// serveTrees has a hive answer every request for a tree with what frames sends, and all others with nothing. It counts them.
func (h *hive) serveTrees(frames func(send func(nodes ...[]byte) error) error) *atomic.Int64 {
	asked := new(atomic.Int64)
	h.node.Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		defer conn.Close()
		r := bufio.NewReader(conn)
		for {
			var q struct {
				Kind string `cbor:"kind"`
			}
			if err := wire.Read(r, 1<<20, &q); err != nil {
				return
			}
			if q.Kind == "tree" {
				asked.Add(1)
				err := frames(func(nodes ...[]byte) error { return wire.Write(conn, map[string]any{"nodes": nodes}) })
				if err != nil {
					return
				}
			}
			if err := wire.Write(conn, map[string]any{"end": true}); err != nil {
				return
			}
		}
	})
	return asked
}

// stored are the keys of all blocks of a hive.
func (h *hive) stored() map[string]bool {
	h.t.Helper()
	keys := make(map[string]bool)
	for item, err := range h.raw.All(h.t.Context()) {
		h.check(err)
		keys[string(item.Key)] = true
	}
	return keys
}

// nodesOf are the nodes of a tree, parents first.
func (h *hive) nodesOf(root cid.Cid) (nodes [][]byte) {
	h.t.Helper()
	for b, err := range tree.Walk(h.t.Context(), h.blocks, cid.Undef, root) {
		h.check(err)
		nodes = append(nodes, b.Data)
	}
	return nodes
}

// TestJunkForNodesIsNotStored: the hive of a member answers requests for the tree of a head with what it likes.
func TestJunkForNodesIsNotStored(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, evil, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Reader)
	owner.mkdir("folder")
	want := map[string]string{"folder/": ""}
	r.awaitAll(want, evil, c)
	waste := junk(t, 50)
	type sender = func(send func(...[]byte) error) error
	for name, frames := range map[string]func(right [][]byte) sender{
		"nodes that nothing leads to": func([][]byte) sender {
			return func(send func(...[]byte) error) error { return send(waste...) }
		},
		"junk after the right nodes": func(right [][]byte) sender {
			return func(send func(...[]byte) error) error { return errors.Join(send(right...), send(waste...)) }
		},
		"junk among the right nodes": func(right [][]byte) sender {
			return func(send func(...[]byte) error) error { return send(slices.Concat(right[:1], waste, right[1:])...) }
		},
		"the same again": func(right [][]byte) sender {
			return func(send func(...[]byte) error) error { return send(right[0], right[0]) }
		},
		"no nodes": func([][]byte) sender {
			return func(send func(...[]byte) error) error { return send([]byte("no node"), nil, waste[0][1:]) }
		},
		"a part of the tree": func(right [][]byte) sender {
			return func(send func(...[]byte) error) error { return send(right[:1]...) }
		},
		"nothing": func([][]byte) sender { return func(func(...[]byte) error) error { return nil } },
		"no end": func([][]byte) sender {
			return func(send func(...[]byte) error) error {
				for {
					if err := send(waste...); err != nil {
						return err
					}
				}
			}
		},
	} {
		r.mesh.Partition(owner.id, c.id, true)
		before := owner.newest(id)
		owner.write("folder/file", name)
		r.await("a head", func() bool { return owner.newest(id).Seq > before.Seq })
		next := owner.newest(id)
		right := owner.nodesOf(next.Root)
		asked := evil.serveTrees(frames(right))
		had := c.stored()
		if err := evil.send(c.id, "head", next.Signed); err != nil {
			t.Fatalf("%s: the head: %v", name, err)
		}
		r.await(name+": hive 2 asks and does not get on", func() bool {
			status, err := c.engine.Status(t.Context(), id)
			c.check(err)
			return asked.Load() > 0 && errors.Is(status.Problem, fetch.ErrProtocol)
		})
		for _, node := range right {
			had[string(cidOf(cid.DagCBOR, node).Hash())] = true // these it asked for
		}
		for key := range c.stored() {
			if !had[key] {
				t.Errorf("%s: %x is stored", name, key)
			}
		}
		if got := c.files(); !maps.Equal(got, want) {
			t.Errorf("%s: hive 2 has %v", name, got)
		}
		r.mesh.Partition(owner.id, c.id, false)
		c.session(owner).Close() // as the network does with hives that share something
		want["folder/file"] = name
		r.awaitAll(want, c)
	}
}

// TestJunkProposalsDoNotStay: the hive of a writer proposes trees that are well formed node by node, and cannot be merged.
func TestJunkProposalsDoNotStay(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, evil := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "right")
	r.awaitAll(map[string]string{"file": "right"}, evil)
	newest := owner.newest(id)
	had := owner.stored()
	w := evil.blocks.Writer()
	defer w.Close()
	const folders = 200
	slots := make([]tree.Slot, folders)
	for i := range slots { // all have a file of the same identity
		below, err := tree.Build(t.Context(), w, one(fake(i)))
		evil.check(err)
		name := fmt.Sprintf("folder %03d", i)
		folder := below.Entry(tree.UID{2, byte(i)}, name)
		slots[i] = tree.Slot{Name: name, Entry: &folder}
	}
	root, err := tree.Edit(t.Context(), evil.blocks, w, newest.Root, slots)
	evil.check(err)
	nodes := evil.nodesOf(root.Root)
	evil.serveTrees(func(send func(...[]byte) error) error { return send(nodes...) })
	signed, err := head.Proposal{
		Share: string(id), Number: 1, BaseSeq: newest.Seq, BaseRoot: newest.Root.Bytes(), Root: root.Root.Bytes(), By: "user1",
	}.Sign(evil.key)
	evil.check(err)
	if err := evil.send(owner.id, "proposal", signed); err != nil {
		t.Fatal(err)
	}
	r.await("the proposal is refused", func() bool {
		proposals, err := state.New(owner.db).Proposals(t.Context(), id)
		owner.check(err)
		return len(proposals) == 1 && proposals[0].Settled == 1 && proposals[0].Merged == 0
	})
	came := 0
	for key := range owner.stored() {
		if !had[key] {
			came++
		}
	}
	if came < folders {
		t.Errorf("%d nodes came, so there is nothing to see here", came)
	}
	r.await("a collection takes the nodes away", func() bool { // once nothing is written that it must leave
		owner.collect()
		left := 0
		for key := range owner.stored() {
			if !had[key] {
				left++
			}
		}
		return left <= came/10 // it leaves one in a hundred to the next
	})
	owner.write("file", "still right")
	r.awaitAll(map[string]string{"file": "still right"}, owner)
}

// collect takes away what nothing leads to, as package node does.
func (h *hive) collect() {
	h.t.Helper()
	_, err := h.blocks.Collect(h.t.Context(), func(yield func(cid.Cid, error) bool) {
		for _, roots := range []iter.Seq2[cid.Cid, error]{h.names.Roots(h.t.Context()), h.engine.Roots(h.t.Context()), h.engine.Begun(h.t.Context())} {
			for root, err := range roots {
				if !yield(root, err) {
					return
				}
			}
		}
	})
	h.check(err)
}
