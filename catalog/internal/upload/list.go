package upload

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
)

// Errors of lists of chunks.
var (
	ErrList    = errors.New("catalog: not a list of chunks that makes a file")
	ErrLacking = errors.New("catalog: a chunk was not sent")
)

// Piece is a part of a list: a chunk that was sent, or a run of bytes of a file that begins and ends with chunks.
type Piece struct {
	Chunk  cid.Cid // or
	Root   cid.Cid // of a file, and
	Offset int64   // in it
	Length int64   // bytes
}

// List makes a file of pieces.
type List struct {
	Blocks *blockstore.Store
	Writer *blockstore.Writer
	Sent   map[cid.Cid]int64 // chunks, and their sizes
}

// leaf is one chunk on its way into a file.
type leaf struct {
	blockstore.Leaf
	follows bool // the one before it in a file that is there
}

// Assemble stores the nodes above the chunks and returns the file. Nothing of it is believed: chunks must be the user's, and
// cut where an import would cut. Errors are ErrList and ErrLacking.
func (l List) Assemble(ctx context.Context, pieces []Piece) (blockstore.File, error) {
	file, err := l.Writer.Assemble(ctx, l.checked(ctx, l.leaves(ctx, pieces)))
	if errors.Is(err, blockstore.ErrFormat) {
		err = fmt.Errorf("%w: %w", ErrList, err)
	}
	return file, err
}

// leaves are the chunks of all pieces, each found to be here.
func (l List) leaves(ctx context.Context, pieces []Piece) iter.Seq2[leaf, error] {
	return func(yield func(leaf, error) bool) {
		for _, p := range pieces {
			var err error
			more := true
			if p.Chunk.Defined() {
				size, ok := l.Sent[p.Chunk]
				if !ok {
					err = fmt.Errorf("%w: %s", ErrLacking, p.Chunk)
				} else {
					more, err = l.give(ctx, leaf{Leaf: blockstore.Leaf{CID: p.Chunk, Size: size}}, yield)
				}
			} else {
				more, err = l.run(ctx, p, yield)
			}
			if err != nil {
				yield(leaf{}, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// give yields a chunk that from now on stays until the writer is closed.
func (l List) give(ctx context.Context, next leaf, yield func(leaf, error) bool) (bool, error) {
	here, err := l.Writer.Present(ctx, next.CID)
	if err == nil && !here {
		err = fmt.Errorf("%w: %s", ErrLacking, next.CID)
	}
	if err != nil {
		return false, err
	}
	return yield(next, nil), nil
}

// run yields the chunks of a run.
func (l List) run(ctx context.Context, p Piece, yield func(leaf, error) bool) (bool, error) {
	end := p.Offset + p.Length
	if p.Offset < 0 || p.Length <= 0 || end < 0 {
		return false, fmt.Errorf("%w: %d bytes at %d", ErrList, p.Length, p.Offset)
	}
	at := p.Offset
	for chunk, err := range l.Blocks.LeavesFrom(ctx, p.Root, p.Offset) {
		if err != nil {
			return false, err
		}
		if chunk.Offset != at || chunk.Size <= 0 || chunk.Size > end-at {
			break
		}
		more, err := l.give(ctx, leaf{chunk, at > p.Offset}, yield)
		if err != nil || !more {
			return more, err
		}
		if at += chunk.Size; at == end {
			return true, nil
		}
	}
	return false, fmt.Errorf("%w: %d bytes at %d are no whole chunks", ErrList, p.Length, p.Offset)
}

// checked passes on chunks that are cut as an import would cut them. Whether a chunk ends where it does depends on its bytes and
// the first of the next, so only where two meet that have not met before, they are read.
func (l List) checked(ctx context.Context, leaves iter.Seq2[leaf, error]) iter.Seq2[blockstore.Leaf, error] {
	return func(yield func(blockstore.Leaf, error) bool) {
		var before *leaf
		var content []byte // of the one before, where it was read
		check := func(next []byte) error {
			if content == nil {
				var err error
				if content, err = l.Blocks.Get(ctx, before.CID); err != nil {
					return err
				}
			}
			ok, err := blockstore.CutsHere(content, next)
			if err == nil && !ok {
				err = fmt.Errorf("%w: the chunk %s ends elsewhere", ErrList, before.CID)
			}
			return err
		}
		for chunk, err := range leaves {
			var next []byte
			if err == nil && before != nil && !chunk.follows {
				if next, err = l.Blocks.Get(ctx, chunk.CID); err == nil {
					err = check(next)
				}
			}
			if err == nil && before != nil && chunk.Size == 0 {
				err = fmt.Errorf("%w: an empty chunk amid others", ErrList)
			}
			if !yield(chunk.Leaf, err) || err != nil {
				return
			}
			before, content = &chunk, next
		}
		if before != nil {
			if err := check(nil); err != nil {
				yield(blockstore.Leaf{}, err)
			}
		}
	}
}
