package blockstore

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore/internal/sha256mb"
)

// Received is a block that came from elsewhere, not yet believed.
type Received struct {
	CID  cid.Cid
	Data []byte
}

// Receive is Put for a batch: every block is compared with its CID, then all are stored at once, or none.
func (w *Writer) Receive(ctx context.Context, blocks []Received) error {
	checked, data, want := make([]Block, len(blocks)), make([][]byte, len(blocks)), make([][sha256mb.Size]byte, len(blocks))
	for i, b := range blocks {
		if len(b.Data) > MaxBlock {
			return fmt.Errorf("%w: %s has %d bytes", ErrTooLarge, b.CID, len(b.Data))
		}
		var err error
		if want[i], err = digest(b.CID.Hash()); err != nil {
			return fmt.Errorf("%w: %s", err, b.CID)
		}
		checked[i], data[i] = Block{Key: b.CID.Hash(), Data: b.Data}, b.Data
	}
	for i, sum := range sha256mb.Sums(data) {
		if sum != want[i] {
			return fmt.Errorf("%w: %s", ErrCorrupt, blocks[i].CID)
		}
	}
	return w.put(ctx, checked)
}

// Present tells whether the store has a block; if so, it stays until Close. Who asks must have a right to the block: that
// others keep it here is nothing to tell.
func (w *Writer) Present(ctx context.Context, c cid.Cid) (bool, error) {
	if _, err := digest(c.Hash()); err != nil {
		return false, fmt.Errorf("%w: %s", err, c)
	}
	return w.present(ctx, c.Hash())
}

// PresentAll is Present for many blocks.
func (w *Writer) PresentAll(ctx context.Context, cids []cid.Cid) ([]bool, error) {
	held := make([]bool, len(cids))
	for i, c := range cids {
		var err error
		if held[i], err = w.Present(ctx, c); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// Keep has a file stay until Close that another open Writer stored. A block that is missing gives ErrNotFound.
func (w *Writer) Keep(ctx context.Context, root cid.Cid) error {
	for todo := []cid.Cid{root}; len(todo) > 0; {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if held, err := w.Present(ctx, c); err != nil {
			return err
		} else if !held {
			return fmt.Errorf("%w: %s", ErrNotFound, c)
		}
		if c.Type() == cid.Raw {
			continue
		}
		data, err := w.store.get(ctx, c, nil)
		if err != nil {
			return err
		}
		below, err := Links(c, data)
		if err != nil {
			return err
		}
		todo = append(todo, below...)
	}
	return nil
}
