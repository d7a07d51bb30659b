package blockstore_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

// collect removes what none of the roots leads to.
func collect(t *testing.T, s *blockstore.Store, roots ...cid.Cid) {
	t.Helper()
	_, err := s.Collect(t.Context(), func(yield func(cid.Cid, error) bool) {
		for _, root := range roots {
			if !yield(root, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAppendIsImport: a file that came in parts, however they were cut, is the file that came at once. Garbage is collected
// between the parts, with what had come as the only root.
func TestAppendIsImport(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	for _, size := range sizesOfInterest {
		data := random(byte(size), size)
		want := importBytes(t, s, data)
		for round := range min(4, 1+(16<<20)/(1+size)) {
			random := rand.New(rand.NewPCG(uint64(size), uint64(round)))
			fresh := blocktest.New(t)
			var file blockstore.File
			for rest := data; len(rest) > 0; {
				n := min(1+random.IntN(1+size/(1+round)), len(rest))
				file = appendTo(t, fresh, file, rest[:n])
				rest = rest[n:]
				if got, _ := fresh.Complete(t.Context(), file.Root); !got || file.Size != int64(size-len(rest)) {
					t.Fatalf("%d bytes: after %d there are %d, all here: %v", size, size-len(rest), file.Size, got)
				}
				if round == 0 {
					collect(t, fresh, file.Root)
				}
			}
			if file = appendTo(t, fresh, file, nil); file != want {
				t.Errorf("%d bytes, round %d: got %v, want %v", size, round, file, want)
			}
			if size < 4<<20 && !bytes.Equal(readAll(t, fresh, file.Root), data) {
				t.Errorf("%d bytes, round %d: content differs", size, round)
			}
		}
	}
}

func appendTo(t *testing.T, s *blockstore.Store, to blockstore.File, data []byte) blockstore.File {
	t.Helper()
	w := s.Writer()
	defer w.Close()
	file, err := w.Append(t.Context(), to, iotest.OneByteReader(io.MultiReader(bytes.NewReader(data[:min(10, len(data))]))))
	if err == nil && len(data) > 10 {
		file, err = w.Append(t.Context(), file, bytes.NewReader(data[10:]))
	}
	if err == nil {
		err = w.Commit(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestAppendAtNodeEdges grows a file by small chunks over the edges of the tree's nodes: 174 leaves, and 174 nodes.
func TestAppendAtNodeEdges(t *testing.T) {
	t.Parallel()
	blocktest.Bulk(t)
	s := blocktest.New(t)
	data := make([]byte, 176<<20) // of zeros: every chunk has MaxChunk bytes, and all are one block
	for _, size := range []int{174, 175} {
		for _, odd := range []int{0, 1} {
			n := min(size<<20+odd, len(data))
			want := importBytes(t, s, data[:n])
			got := appendTo(t, s, importBytes(t, s, data[:n-(1<<20)-7]), data[:1<<20+7])
			if got != want {
				t.Errorf("%d bytes: got %v, want %v", n, got, want)
			}
		}
	}
}

// TestAppendFails: neither an error of the reader nor a root that is not of an import makes a file.
func TestAppendFails(t *testing.T) {
	t.Parallel()
	s := blocktest.New(t)
	file := importBytes(t, s, random(1, 3<<20))
	w := s.Writer()
	defer w.Close()
	broken := errors.New("broken")
	if _, err := w.Append(t.Context(), file, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	collect(t, s)
	w = s.Writer()
	defer w.Close()
	if _, err := w.Append(t.Context(), file, bytes.NewReader(nil)); !errors.Is(err, blockstore.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
