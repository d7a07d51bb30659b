package blockstore

import (
	"context"
	"iter"

	"github.com/ipfs/go-cid"
)

// Leaf is a piece of a file, in order.
type Leaf struct {
	CID  cid.Cid
	Size int64 // bytes
}

// Assemble stores the nodes above the leaves of a file, which need not be here. A list of leaves that gives the root that
// was asked for is the right one.
func (w *Writer) Assemble(ctx context.Context, leaves iter.Seq2[Leaf, error]) (File, error) {
	panic("not yet")
}

// Leaves returns the leaves of a file in order, one each time it occurs, and reads none of them.
func (s *Store) Leaves(ctx context.Context, root cid.Cid) iter.Seq2[Leaf, error] {
	panic("not yet")
}

// Complete tells whether all blocks of a file are here. It reads nodes, not leaves.
func (s *Store) Complete(ctx context.Context, root cid.Cid) (bool, error) {
	panic("not yet")
}
