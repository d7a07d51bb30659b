package blockstore

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"
)

// Received is a block that came from elsewhere, not yet believed.
type Received struct {
	CID  cid.Cid
	Data []byte
}

// verifiers is how many goroutines hash one batch of received blocks.
const verifiers = 2

// Receive is Put for a batch: every block is compared with its CID, then all are stored at once, or none.
func (w *Writer) Receive(ctx context.Context, blocks []Received) error {
	checked := make([]Block, len(blocks))
	var g errgroup.Group
	g.SetLimit(verifiers)
	for i, b := range blocks {
		if len(b.Data) > MaxBlock {
			return fmt.Errorf("%w: %s has %d bytes", ErrTooLarge, b.CID, len(b.Data))
		}
		want, err := digest(b.CID.Hash())
		if err != nil {
			return fmt.Errorf("%w: %s", err, b.CID)
		}
		checked[i] = Block{Key: b.CID.Hash(), Data: b.Data}
		g.Go(func() error {
			if sha256.Sum256(b.Data) != want {
				return fmt.Errorf("%w: %s", ErrCorrupt, b.CID)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
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
