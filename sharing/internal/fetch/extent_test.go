package fetch

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

// TestPlacesThatOverlap reads places of two files in all orders with one reader, and compares with the files.
func TestPlacesThatOverlap(t *testing.T) {
	t.Parallel()
	blocks := blocktest.New(t)
	w := blocks.Writer()
	defer w.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	var files [2]struct {
		data []byte
		file blockstore.File
	}
	for i := range files {
		f := &files[i]
		f.data = make([]byte, 3<<20+rng.IntN(1<<20))
		rand.NewChaCha8([32]byte{byte(i)}).Read(f.data)
		var err error
		if f.file, err = w.Import(t.Context(), bytes.NewReader(f.data)); err != nil {
			t.Fatal(err)
		}
	}
	r := BaseReader{Blocks: blocks}
	defer r.Close()
	for range 300 {
		f := files[rng.IntN(2)]
		from := rng.Int64N(int64(len(f.data)))
		for range rng.IntN(5) {
			extents := []Extent{{Offset: from, Length: 1 + rng.Int64N(MaxExtent/2)}}
			if rng.IntN(4) == 0 {
				extents = append(extents, Extent{Offset: rng.Int64N(int64(len(f.data))), Length: 1 + rng.Int64N(1<<18)})
			}
			var want []byte
			for _, e := range extents {
				size := int64(len(f.data))
				want = append(want, f.data[min(e.Offset, size):min(e.Offset+e.Length, size)]...)
			}
			got, err := r.Read(t.Context(), f.file.Root, extents)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v of %d bytes: %d bytes that are not the %d there, %v", extents, len(f.data), len(got), len(want), err)
			}
			from += rng.Int64N(1 << 20)
		}
	}
}
