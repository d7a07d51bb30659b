package blockstore_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

// TestCutIsImport: who cuts without a store finds the chunks of an import, and every boundary holds by itself.
func TestCutIsImport(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	for _, n := range sizesOfInterest[:len(sizesOfInterest)-1] {
		data := random(3, n)
		file := importBytes(t, s, data)
		var want, got []blockstore.Leaf
		for leaf, err := range s.Leaves(t.Context(), file.Root) {
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, leaf)
		}
		for leaf, err := range blockstore.Cut(bytes.NewReader(data)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, leaf)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d bytes: cut %v, an import %v", n, got, want)
		}
		for _, leaf := range got {
			end := leaf.Offset + leaf.Size
			chunk := data[leaf.Offset:end]
			if ok, err := blockstore.CutsHere(chunk, data[end:]); !ok || err != nil {
				t.Errorf("%d bytes: no end of a chunk at %d, %v", n, end, err)
			}
			if leaf.Size < 2 || end == int64(n) {
				continue
			}
			if ok, _ := blockstore.CutsHere(chunk[:leaf.Size-1], data[end-1:]); ok {
				t.Errorf("%d bytes: a chunk may also end at %d", n, end-1)
			}
			if ok, _ := blockstore.CutsHere(data[leaf.Offset:end+1], data[end+1:]); ok {
				t.Errorf("%d bytes: a chunk may also end at %d", n, end+1)
			}
		}
	}
}

// TestSeekAnywhere reads in an order of chance, near and far.
func TestSeekAnywhere(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	data := random(4, 5<<20)
	r, err := s.Open(t.Context(), importBytes(t, s, data).Root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	random := rand.New(rand.NewPCG(1, 2))
	at := int64(0)
	for i := range 300 {
		if at += random.Int64N(200_001) - 100_000; i%50 == 0 || at < 0 || at >= int64(len(data)) {
			at = random.Int64N(int64(len(data)))
		}
		got := make([]byte, min(random.IntN(100_000), len(data)-int(at)))
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, data[at:int(at)+len(got)]) {
			t.Fatalf("%d bytes at %d are others: %v", len(got), at, err)
		}
	}
}
