package transfer

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/node"
)

// piece is a chunk of a new state of a file, and where in the old state it is.
type piece struct {
	node.Chunk
	old int // index of the chunk in the old state, or -1
}

// compare finds the chunks of a new state in an old one. It goes on in the old state where the last one was found.
func compare(old []node.Chunk) func(node.Chunk) piece {
	index := make(map[[32]byte]int, len(old))
	for i, c := range old {
		index[c.Digest] = i
	}
	next := 0
	return func(c node.Chunk) piece {
		at, found := index[c.Digest]
		if next < len(old) && old[next].Digest == c.Digest {
			at, found = next, true
		}
		if !found {
			return piece{c, -1}
		}
		next = at + 1
		return piece{c, at}
	}
}

// placed gives the chunks of a list their places.
func placed(list []client.Chunk) []node.Chunk {
	chunks := make([]node.Chunk, len(list))
	var at int64
	for i, c := range list {
		chunks[i] = node.Chunk{Digest: c.Digest, Offset: at, Size: c.Size}
		at += c.Size
	}
	return chunks
}

// Bounds of an extent that a chunk is compared with, in bytes: what stood in its place, and some around it.
const (
	maxExtent = 2 << 20
	around    = 512 << 10
)

// extents gives each piece that is not in the old state the extent of it that most likely resembles it: what
// lies between the pieces before and after it that are there.
func extents(pieces []piece, old []node.Chunk) []client.Extent {
	all := make([]client.Extent, len(pieces))
	var oldSize int64
	if len(old) > 0 {
		last := old[len(old)-1]
		oldSize = last.Offset + last.Size
	}
	for i := 0; i < len(pieces); {
		if pieces[i].old >= 0 {
			i++
			continue
		}
		first := i
		for i < len(pieces) && pieces[i].old < 0 {
			i++
		}
		from, to := int64(0), oldSize
		if first > 0 {
			before := old[pieces[first-1].old]
			from = before.Offset + before.Size
		}
		if i < len(pieces) {
			to = old[pieces[i].old].Offset
		}
		for j := first; j < i; j++ {
			all[j] = window(from, to, pieces[j].Offset-pieces[first].Offset, pieces[j].Size)
		}
	}
	return all
}

// window is the part of a gap from from to to in which a piece that lies so far into the gap on the other side should be.
func window(from, to, into, size int64) client.Extent {
	if to <= from {
		return client.Extent{}
	}
	if to-from <= maxExtent {
		return client.Extent{Offset: from, Length: to - from}
	}
	begin := max(from, from+into-around)
	end := min(to, begin+min(size+2*around, maxExtent))
	if begin >= end {
		return client.Extent{}
	}
	return client.Extent{Offset: begin, Length: end - begin}
}

// worth is the most that a delta may have to be better than so many bytes as they are.
func worth(size int64) int { return int(size - size/8) }

var errDiffers = errors.New("changed while it was read")

// readChunk reads a chunk of a local file and makes sure of it.
func readChunk(f *os.File, c node.Chunk) ([]byte, error) {
	data := make([]byte, c.Size)
	if n, err := f.ReadAt(data, c.Offset); n < len(data) {
		if errors.Is(err, io.EOF) {
			err = errDiffers
		}
		return nil, err
	}
	if sha256.Sum256(data) != c.Digest {
		return nil, errDiffers
	}
	return data, nil
}

// cutFile cuts a local file, and stops where on says so.
func cutFile(ctx context.Context, f *os.File, on func(node.Chunk) bool) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for chunk, err := range node.Cut(f) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if !on(chunk) {
			return nil
		}
	}
	return nil
}

// signOptions are those of a signature of an extent, for the hive.
func signOptions(x client.Extent) client.SignatureOptions {
	o := delta.Extent(int(x.Length))
	return client.SignatureOptions{Block: o.Block, Sum: o.Strong}
}

// tally is the bytes of one file that count as moved, and may not have been.
type tally struct {
	counters *Counters
	n        atomic.Int64
}

func (t *tally) add(n int64) {
	t.n.Add(n)
	t.counters.Bytes.Add(n)
}

func (t *tally) undo() { t.counters.Bytes.Add(-t.n.Swap(0)) }

// wrong is what of an error stays wrong when the file moves as a whole. What a hive refuses in pieces it may take and give
// so, and a file that changed may hold still; what is wrong on this side, or with the way, stays.
func wrong(ctx context.Context, err error) error {
	_, refused := errors.AsType[*client.Error](err)
	if ctx.Err() == nil && (refused && !hopeless(err) || errors.Is(err, errDiffers) || errors.Is(err, errChanged)) {
		return nil
	}
	return err
}
