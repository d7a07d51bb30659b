package blockstore

import "context"

// batch gathers blocks of one import for the engine.
type batch struct {
	writer *Writer
	blocks []Block
	chunks []*chunk // whose buffers go back after the write
	bytes  int
}

// next returns the next chunk with its CID, nil after the last. When that would
// mean waiting for the reader, the batch is written first.
func (b *batch) next(ctx context.Context, ordered <-chan *chunk) (*chunk, error) {
	var c *chunk
	select {
	case c = <-ordered:
	default:
		if err := b.flush(ctx); err != nil {
			return nil, err
		}
		c = <-ordered
	}
	if c != nil {
		<-c.hashed
	}
	return c, nil
}

func (b *batch) addChunk(ctx context.Context, c *chunk) error {
	b.chunks = append(b.chunks, c)
	return b.add(ctx, Block{Key: c.cid.Hash(), Data: c.data()})
}

func (b *batch) add(ctx context.Context, block Block) error {
	b.blocks = append(b.blocks, block)
	b.bytes += len(block.Data)
	if b.bytes >= writeBytes || len(b.blocks) >= writeBlocks {
		return b.flush(ctx)
	}
	return nil
}

// flush hands the batch to the engine.
func (b *batch) flush(ctx context.Context) error {
	if len(b.blocks) == 0 {
		return nil
	}
	err := b.writer.put(ctx, b.blocks)
	b.drop()
	return err
}

// drop forgets the batch.
func (b *batch) drop() {
	for _, c := range b.chunks {
		b.writer.free(c)
	}
	clear(b.blocks)
	b.blocks, b.chunks, b.bytes = b.blocks[:0], b.chunks[:0], 0
}
