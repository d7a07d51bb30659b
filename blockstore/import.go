package blockstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore/internal/sha256mb"
)

// File is a stored file or folder.
type File struct {
	Root cid.Cid
	Size int64 // bytes of content; for a folder, of its blocks and all below
}

const (
	inFlight     = 32       // chunks of one import between reader and batch
	writeBytes   = 16 << 20 // a batch for the engine ends after these bytes
	writeBlocks  = 128      // or after so many blocks
	importMemory = 64 << 20 // bytes of chunks of all imports of a store
)

// Import stores all that r gives as a UnixFS file. Its root depends on the bytes
// alone, and memory does not depend on them: an import holds a window of 2 MiB
// its share of importMemory. An error of r comes back wrapped; r is not read after
// Import returned.
func (w *Writer) Import(ctx context.Context, r io.Reader) (File, error) {
	head := headBuffers.Get().(*[]byte)
	defer headBuffers.Put(head)
	n, err := fill(r, *head)
	if err == io.EOF {
		return w.importSmall(ctx, (*head)[:n])
	}
	if err != nil {
		return File{}, fmt.Errorf("import: %w", err)
	}
	return w.importLarge(ctx, nil, io.MultiReader(bytes.NewReader(*head), r))
}

// fill reads until buf is full. Unlike io.ReadFull it hands the reader's own
// error through, so that a body cut short is not taken for a short one.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for empty := 0; n < len(buf); {
		m, err := r.Read(buf[n:])
		n += m
		if err != nil {
			return n, err
		}
		if m > 0 {
			empty = 0
		} else if empty++; empty == 100 {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}

// importSmall stores a file of one chunk: the cheap way for the many small files
// of a tree.
func (w *Writer) importSmall(ctx context.Context, data []byte) (File, error) {
	root := sum(cid.Raw, data)
	if err := w.put(ctx, []Block{{Key: root.Hash(), Data: data}}); err != nil {
		return File{}, fmt.Errorf("import: %w", err)
	}
	return File{Root: root, Size: int64(len(data))}, nil
}

// importLarge runs three stages: the caller's goroutine reads and cuts, a few
// goroutines hash, one stores the chunks in order and builds the tree, on the
// levels of one that was begun.
func (w *Writer) importLarge(ctx context.Context, levels [][]link, r io.Reader) (File, error) {
	ordered := make(chan *chunk, inFlight)
	work := make(chan *chunk, inFlight)
	group, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error { hashChunks(work); return nil })
	}
	var root link
	group.Go(func() (err error) {
		root, err = w.collect(ctx, levels, ordered)
		return err
	})
	err := w.cut(ctx, r, ordered, work)
	close(work)
	close(ordered)
	werr := group.Wait()
	for c := range ordered { // left there when storing failed
		w.free(c)
	}
	if werr != nil {
		return File{}, fmt.Errorf("import: %w", werr)
	}
	if err != nil {
		return File{}, fmt.Errorf("import: %w", err)
	}
	return File{Root: root.cid, Size: int64(root.size)}, nil
}

// hashChunks names chunks, two at a time when there are two.
func hashChunks(work <-chan *chunk) {
	for c := range work {
		chunks, data := append(make([]*chunk, 0, 2), c), append(make([][]byte, 0, 2), c.data())
		select {
		case other, ok := <-work:
			if ok {
				chunks, data = append(chunks, other), append(data, other.data())
			}
		default:
		}
		for i, d := range sha256mb.Sums(data) {
			chunks[i].cid = named(cid.Raw, d)
			close(chunks[i].hashed)
		}
	}
}

// cut sends the chunks of r to both stages. It stops without an error of its own
// when the storing stage failed, for then ctx is done.
func (w *Writer) cut(ctx context.Context, r io.Reader, ordered, work chan<- *chunk) error {
	window := scanBuffers.Get().(*[]byte)
	defer scanBuffers.Put(window)
	chunker, err := newChunker(r, *window)
	if err != nil {
		return err
	}
	for {
		data, err := chunker.Next()
		if err != nil && err != io.EOF {
			return err
		}
		if len(data) > 0 {
			// A chunk in memory waits for the engine only, never for a reader: so
			// slow uploads cannot starve others of memory.
			if err := w.store.memory.Acquire(ctx, int64(len(data))); err != nil {
				return err
			}
			c := newChunk(data)
			select {
			case ordered <- c:
				work <- c // never blocks for long: hashing waits for nobody
			case <-ctx.Done():
				w.free(c)
				return ctx.Err()
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// free gives the memory of a chunk back.
func (w *Writer) free(c *chunk) {
	w.store.memory.Release(int64(c.size))
	c.free()
}

// collect stores chunks in the order of the file and returns the root. It writes
// what is ready as one batch and never waits for more, so that chunks of a slow
// reader do not linger in memory.
func (w *Writer) collect(ctx context.Context, levels [][]link, ordered <-chan *chunk) (link, error) {
	b := &batch{writer: w}
	defer b.drop()
	tree := &layout{levels: levels, emit: func(c cid.Cid, data []byte) error {
		return b.add(ctx, Block{Key: c.Hash(), Data: data})
	}}
	for {
		c, err := b.next(ctx, ordered)
		if err != nil {
			return link{}, err
		}
		if c == nil {
			break
		}
		size := uint64(c.size)
		if err := b.addChunk(ctx, c); err != nil {
			return link{}, err
		}
		if err := tree.add(0, link{cid: c.cid, size: size, tsize: size}); err != nil {
			return link{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return link{}, err
	}
	root, err := tree.root()
	if err != nil {
		return link{}, err
	}
	return root, b.flush(ctx)
}
