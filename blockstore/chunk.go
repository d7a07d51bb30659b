package blockstore

import (
	"fmt"
	"io"
	"sync"

	chunkers "github.com/PlakarKorp/go-cdc-chunkers"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/fastcdc" // registers fastcdc-v1.0.0
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
	headBuffers  = bufferPool(MinChunk + 1)
	scanBuffers  = bufferPool(2 * MaxChunk)
	chunkBuffers = bufferPool(MaxChunk)
)

func bufferPool(size int) *sync.Pool {
	return &sync.Pool{New: func() any { b := make([]byte, size); return &b }}
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
