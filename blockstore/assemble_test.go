package blockstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"slices"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	mh "github.com/multiformats/go-multihash"
)

func leavesOf(t testing.TB, s *blockstore.Store, root cid.Cid) []blockstore.Leaf {
	t.Helper()
	var list []blockstore.Leaf
	for leaf, err := range s.Leaves(t.Context(), root) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, leaf)
	}
	return list
}

func each(list []blockstore.Leaf) iter.Seq2[blockstore.Leaf, error] {
	return func(yield func(blockstore.Leaf, error) bool) {
		for _, leaf := range list {
			if !yield(leaf, nil) {
				return
			}
		}
	}
}

func assemble(t testing.TB, s *blockstore.Store, list []blockstore.Leaf) (blockstore.File, error) {
	t.Helper()
	w := s.Writer()
	defer w.Close()
	return w.Assemble(t.Context(), each(list))
}

// TestAssembleProvesLeaves takes files to another store as lists of leaves, without their bytes.
func TestAssembleProvesLeaves(t *testing.T) {
	t.Parallel()
	from := blocktest.New(t)
	for _, n := range sizesOfInterest {
		to := blocktest.New(t)
		file := importBytes(t, from, random(1, n))
		list := leavesOf(t, from, file.Root)
		got, err := assemble(t, to, list)
		if err != nil || got != file {
			t.Fatalf("%d bytes: got %v, %v from leaves, want %v", n, got, err, file)
		}
		if whole, err := to.Complete(t.Context(), file.Root); whole || err != nil {
			t.Errorf("%d bytes: got Complete %v, %v without leaves", n, whole, err)
		}
		if len(list) > 1 {
			if got := leavesOf(t, to, file.Root); !slices.Equal(got, list) {
				t.Errorf("%d bytes: the leaves changed on the way", n)
			}
			if got, err := assemble(t, to, append(list[1:len(list):len(list)], list[0])); err != nil || got.Root == file.Root {
				t.Errorf("%d bytes: got root %v, %v from leaves in another order", n, got.Root, err)
			}
		}
		copyBlocks(t, from, to, list)
		if whole, err := to.Complete(t.Context(), file.Root); !whole || err != nil {
			t.Errorf("%d bytes: got Complete %v, %v with all leaves", n, whole, err)
		}
	}
}

func copyBlocks(t testing.TB, from, to *blockstore.Store, list []blockstore.Leaf) {
	t.Helper()
	w := to.Writer()
	defer w.Close()
	for _, leaf := range list {
		data, err := from.Get(t.Context(), leaf.CID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Put(t.Context(), leaf.CID, data); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAssembleRefuses(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	good := rawCID(t, []byte("x"))
	other, err := cid.V1Builder{Codec: cid.Raw, MhType: mh.SHA2_512}.Sum([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]blockstore.Leaf{
		"nothing":       {},
		"negative size": {{CID: good, Size: -1}},
		"huge leaf":     {{CID: good, Size: blockstore.MaxBlock + 1}},
		"a node":        {{CID: cid.NewCidV1(cid.DagProtobuf, good.Hash()), Size: 1}},
		"no CID":        {{Size: 1}},
		"another hash":  {{CID: other, Size: 1}},
	} {
		if f, err := assemble(t, s, list); err == nil {
			t.Errorf("%s: got file %v, want an error", name, f)
		}
	}
	broken := errors.New("broken off")
	w := s.Writer()
	defer w.Close()
	_, err = w.Assemble(t.Context(), func(yield func(blockstore.Leaf, error) bool) { yield(blockstore.Leaf{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got error %v, want that of the list", err)
	}
}

func TestLeavesFrom(t *testing.T) {
	t.Parallel()
	blocktest.Bulk(t)
	s := blocktest.New(t)
	file := importBytes(t, s, random(8, 70<<20))
	all := leavesOf(t, s, file.Root)
	for _, i := range []int{0, 1, 173, 174, len(all) - 1} {
		for _, offset := range []int64{all[i].Offset, all[i].Offset + all[i].Size - 1} {
			var got []blockstore.Leaf
			for leaf, err := range s.LeavesFrom(t.Context(), file.Root, offset) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, leaf)
			}
			if !slices.Equal(got, all[i:]) {
				t.Errorf("from byte %d: got %d leaves, want %d", offset, len(got), len(all)-i)
			}
		}
	}
	for leaf, err := range s.LeavesFrom(t.Context(), file.Root, file.Size) {
		t.Errorf("past the end: got %v, %v", leaf, err)
	}
}

func TestLeavesOfWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	small := rawCID(t, []byte("not here"))
	if got := leavesOf(t, s, small); !slices.Equal(got, []blockstore.Leaf{{CID: small, Size: -1}}) {
		t.Errorf("got leaves %v", got)
	}
	node := cid.NewCidV1(cid.DagProtobuf, small.Hash())
	for _, err := range s.Leaves(t.Context(), node) {
		if !errors.Is(err, blockstore.ErrNotFound) {
			t.Errorf("got error %v, want ErrNotFound", err)
		}
	}
	for _, c := range []cid.Cid{small, node} {
		if whole, err := s.Complete(t.Context(), c); whole || err != nil {
			t.Errorf("got Complete %v, %v of what is not here", whole, err)
		}
	}
	list := leavesOf(t, s, importBytes(t, s, random(9, 3<<20)).Root)
	for leaf := range s.Leaves(t.Context(), importBytes(t, s, random(9, 3<<20)).Root) { // may be left early
		if leaf != list[0] {
			t.Errorf("got leaf %v, want %v", leaf, list[0])
		}
		break
	}
}

// TestOpenFetch reads a file of which only the root's name is here.
func TestOpenFetch(t *testing.T) {
	t.Parallel()
	from, to := blocktest.New(t), blocktest.New(t)
	data := random(3, 60<<20)
	file := importBytes(t, from, data)
	var asked int
	fetch := func(_ context.Context, c cid.Cid) error {
		asked++
		w := to.Writer()
		defer w.Close()
		block, err := from.Get(t.Context(), c)
		if err != nil {
			return err
		}
		return w.Put(t.Context(), c, block)
	}
	for round := range 2 {
		r, err := to.OpenFetch(t.Context(), file.Root, fetch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Seek(1<<20, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		hash := sha256.New()
		if _, err := io.Copy(hash, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
		if want := sha256.Sum256(data[1<<20:]); !bytes.Equal(hash.Sum(nil), want[:]) {
			t.Fatalf("round %d: got other bytes", round)
		}
		if want := len(leavesOf(t, from, file.Root)); asked < want-8 { // also for what is here: it may be here for others only
			t.Errorf("round %d: asked for %d blocks, want about %d", round, asked, want)
		}
		asked = 0
	}
}

func TestOpenFetchFails(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	away := errors.New("owner unreachable")
	c := rawCID(t, []byte("elsewhere"))
	if _, err := s.OpenFetch(t.Context(), c, func(context.Context, cid.Cid) error { return away }); !errors.Is(err, away) {
		t.Errorf("got error %v, want that of fetch", err)
	}
	calls := 0
	_, err := s.OpenFetch(t.Context(), c, func(context.Context, cid.Cid) error { calls++; return nil })
	if !errors.Is(err, blockstore.ErrNotFound) || calls != 1 {
		t.Errorf("got error %v after %d calls of a fetch that lies, want ErrNotFound after 1", err, calls)
	}
}

// TestDagCBORKeepsBlocks holds that a collection follows the links of dag-cbor nodes.
func TestDagCBORKeepsBlocks(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	kept, loose := importBytes(t, s, random(4, 2<<20)), importBytes(t, s, random(5, 100))
	node := append([]byte{0x82, 0xd8, 42, 0x58, 37, 0}, kept.Root.Bytes()...) // [link, bytes]
	node = append(append(node, 0x58, 36), loose.Root.Bytes()...)
	root := cid.NewCidV1(cid.DagCBOR, rawCID(t, node).Hash())
	w := s.Writer()
	if err := w.Put(t.Context(), root, node); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var roots names
	roots.add(root, nil)
	if _, err := s.Collect(t.Context(), roots.all()); err != nil {
		t.Fatal(err)
	}
	if whole, err := s.Complete(t.Context(), kept.Root); !whole || err != nil {
		t.Errorf("got Complete %v, %v of what the node links", whole, err)
	}
	if has, err := s.Has(t.Context(), loose.Root); has || err != nil {
		t.Errorf("got Has %v, %v of what it names in bytes", has, err)
	}
	if _, err := blockstore.Links(root, []byte{0x82, 0}); !errors.Is(err, blockstore.ErrFormat) {
		t.Errorf("got error %v for half a node, want ErrFormat", err)
	}
}
