package blockstore

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math/bits"
	"sync"

	chunkers "github.com/PlakarKorp/go-cdc-chunkers"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/fastcdc" // registers fastcdc-v1.0.0
	"github.com/ipfs/go-cid"
)

// Sizes of chunks in bytes. They are part of the format: two hives must cut alike.
const (
	MinChunk = 64 << 10
	AvgChunk = 256 << 10
	MaxChunk = 1 << 20
)

// chunkAlgorithm names FastCDC with normalization level 2 and the gear table of
// the paper's reference code. The unversioned name ignores the sizes asked for.
const chunkAlgorithm = "fastcdc-v1.0.0"

// Buffers of the import path, reused so that memory does not follow traffic.
var (
	headBuffers = bufferPool(MinChunk + 1)
	scanBuffers = bufferPool(2 * MaxChunk)
	// chunkBuffers are of 64 KiB, 128 KiB … 1 MiB.
	chunkBuffers = [...]*sync.Pool{
		bufferPool(MinChunk), bufferPool(2 * MinChunk), bufferPool(4 * MinChunk), bufferPool(8 * MinChunk), bufferPool(MaxChunk),
	}
)

func bufferPool(size int) *sync.Pool {
	return &sync.Pool{New: func() any { b := make([]byte, size); return &b }}
}

// chunk is a piece of a file on its way from the reader to the engine.
type chunk struct {
	buf    *[]byte
	size   int
	cid    cid.Cid
	hashed chan struct{} // closed when cid is known
}

// newChunk copies data, of at most MaxChunk bytes, into a buffer of the pool.
func newChunk(data []byte) *chunk {
	c := &chunk{size: len(data), hashed: make(chan struct{})}
	c.buf = c.pool().Get().(*[]byte)
	copy(*c.buf, data)
	return c
}

func (c *chunk) data() []byte { return (*c.buf)[:c.size] }

// free gives the buffer back.
func (c *chunk) free() {
	c.pool().Put(c.buf)
	c.buf = nil
}

func (c *chunk) pool() *sync.Pool {
	return chunkBuffers[bits.Len(uint(max(c.size-1, 0)/MinChunk))]
}

// newChunker cuts r into chunks with buf, of at least MaxChunk bytes, as its
// window. Slices it returns alias buf.
func newChunker(r io.Reader, buf []byte) (*chunkers.Chunker, error) {
	c, err := chunkers.NewChunkerBuffer(chunkAlgorithm, r, &chunkers.ChunkerOpts{
		MinSize: MinChunk, NormalSize: AvgChunk, MaxSize: MaxChunk,
	}, buf)
	if err != nil {
		return nil, fmt.Errorf("chunker: %w", err)
	}
	return c, nil
}

// Cut yields the chunks of what r gives as Import would store them, without storing them. It reads ahead of what it yields.
func Cut(r io.Reader) iter.Seq2[Leaf, error] {
	return func(yield func(Leaf, error) bool) {
		window := scanBuffers.Get().(*[]byte)
		defer scanBuffers.Put(window)
		chunker, err := newChunker(r, *window)
		if err != nil {
			yield(Leaf{}, err)
			return
		}
		for at := int64(0); ; {
			data, err := chunker.Next()
			if err != nil && err != io.EOF {
				yield(Leaf{}, err)
				return
			}
			if len(data) > 0 || at == 0 {
				if !yield(Leaf{CID: sum(cid.Raw, data), Size: int64(len(data)), Offset: at}, nil) {
					return
				}
			}
			if at += int64(len(data)); err == io.EOF {
				return
			}
		}
	}
}

// CutsHere tells whether a file that holds chunk and goes on with next is cut between the two, and nowhere before; without next,
// whether chunk can be its end. So lists of chunks that others made are held to the one way there is of cutting a file.
func CutsHere(chunk, next []byte) (bool, error) {
	head := next[:min(len(next), 1)]
	for leaf, err := range Cut(io.MultiReader(bytes.NewReader(chunk), bytes.NewReader(head))) {
		return err == nil && leaf.Size == int64(len(chunk)), err
	}
	return false, nil
}
