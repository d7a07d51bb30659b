package blockstore

import (
	"fmt"
	"io"
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
