package tree

import (
	"context"

	"github.com/ipfs/go-cid"
)

// Intake takes the nodes of a tree from a stranger, parents first: it refuses nodes that nothing leads to and trees that
// are not as Build makes them.
type Intake struct{}

// Holder knows which nodes are here; *blockstore.Store has it.
type Holder interface {
	Blocks
	Has(ctx context.Context, c cid.Cid) (bool, error)
}

// NewIntake begins to take the tree at root. Nodes that blocks has need not come again.
func NewIntake(ctx context.Context, blocks Holder, root cid.Cid) (*Intake, error) {
	panic("not yet")
}

// Put takes one node, or returns ErrUnwanted or ErrFormat. The data is compared with its CID by sink.
func (i *Intake) Put(ctx context.Context, sink Sink, c cid.Cid, data []byte) error {
	panic("not yet")
}

// Missing returns the nodes that must come next, none when the tree is whole.
func (i *Intake) Missing() []cid.Cid { panic("not yet") }
