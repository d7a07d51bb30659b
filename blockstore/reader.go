package blockstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/ipfs/go-cid"
)

// Reader reads a file, verified block by block. While one block is in use the
// next is fetched, so that reading, hashing and the consumer overlap. A Reader
// belongs to one goroutine.
type Reader struct {
	ctx    context.Context //nolint:containedctx // of the Open that made the reader, as for http.Request
	cancel context.CancelFunc
	root   cid.Cid
	size   int64

	offset int64 // of the next Read
	walk   *leafWalk
	whole  []byte // the block in use, from where its reading began
	block  []byte // what is left of it at offset
	buf    *[]byte
	ahead  chan fetched // one block under way, nil when none is
	loads  sync.WaitGroup
}

type fetched struct {
	buf  *[]byte
	data []byte
	err  error
}

// blockBuffers hold leaves; foreign trees may have leaves of up to MaxBlock.
var blockBuffers = bufferPool(MaxChunk)

// Open returns a reader of the file at root. ctx bounds all its reads.
func (s *Store) Open(ctx context.Context, root cid.Cid) (*Reader, error) {
	return open(ctx, s.get, root)
}

func open(ctx context.Context, get getter, root cid.Cid) (*Reader, error) {
	r := &Reader{root: root}
	r.ctx, r.cancel = context.WithCancel(ctx)
	node, err := readFileNode(r.ctx, get, root)
	if err != nil {
		r.cancel()
		return nil, fmt.Errorf("open: %w", err)
	}
	r.size = int64(node.size())
	r.walk = newLeafWalk(get, node)
	return r, nil
}

// Size returns the length of the file in bytes.
func (r *Reader) Size() int64 { return r.size }

// Close ends the reader.
func (r *Reader) Close() error {
	r.cancel()
	r.drop()
	r.loads.Wait()
	return nil
}

// Seek implements io.Seeker. It touches nothing until the next Read, and keeps the block in use where the offset lies in it.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("blockstore: seek before the start")
	}
	if start := r.offset - int64(len(r.whole)-len(r.block)); offset >= start && offset < start+int64(len(r.whole)) {
		r.block, r.offset = r.whole[offset-start:], offset
	} else if offset != r.offset {
		r.drop()
		r.walk.seek(offset)
		r.offset = offset
	}
	return offset, nil
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.load(); err != nil {
		return 0, err
	}
	n := copy(p, r.block)
	r.advance(n)
	return n, nil
}

// WriteTo implements io.WriterTo: one Write per block.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		err := r.load()
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		n, err := w.Write(r.block)
		total += int64(n)
		r.advance(n)
		if err != nil {
			return total, err
		}
	}
}

func (r *Reader) advance(n int) {
	r.block = r.block[n:]
	r.offset += int64(n)
}

// load makes block hold at least one byte at offset, or returns io.EOF.
func (r *Reader) load() error {
	for len(r.block) == 0 {
		if r.offset >= r.size {
			return io.EOF
		}
		if r.ahead == nil {
			r.fetch()
		}
		f := <-r.ahead
		r.ahead = nil
		if f.err != nil {
			return fmt.Errorf("read %s at %d: %w", r.root, r.offset, f.err)
		}
		if r.buf != nil {
			blockBuffers.Put(r.buf)
		}
		r.buf, r.whole, r.block = f.buf, f.data, f.data
		if r.offset+int64(len(r.block)) < r.size {
			r.fetch()
		}
	}
	return nil
}

// fetch starts to load the next block of the walk.
func (r *Reader) fetch() {
	ahead := make(chan fetched, 1)
	r.ahead = ahead
	r.loads.Go(func() {
		buf := blockBuffers.Get().(*[]byte)
		data, err := r.walk.next(r.ctx, *buf)
		ahead <- fetched{buf, data, err}
	})
}

// drop forgets the block in use and the one under way.
func (r *Reader) drop() {
	if r.ahead != nil {
		if f := <-r.ahead; f.buf != nil {
			blockBuffers.Put(f.buf)
		}
		r.ahead = nil
	}
	if r.buf != nil {
		blockBuffers.Put(r.buf)
	}
	r.whole, r.block, r.buf = nil, nil, nil
}
