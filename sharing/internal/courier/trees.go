package courier

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/tree"
)

// nodeBatch is how many bytes of nodes are stored at once.
const nodeBatch = 1 << 20

// Have is an older state of a share, whose tree is here.
type Have struct {
	Since *fetch.Since // how the other hive knows it; nil: not at all
	Root  cid.Cid      // undefined: none
}

// BringTree fetches the tree root as a difference to what this hive has: edits, from which it makes the tree, or nodes. All of it comes
// where that does not make it: the other hive may know another state by that number.
func (c *Courier) BringTree(ctx context.Context, s *fetch.Session, w *blockstore.Writer, ref fetch.Ref, have Have, root cid.Cid) error {
	if have.Since == nil {
		have.Root = cid.Undef
	}
	in := &intake{writer: w, tree: tree.NewIntake(root), came: make(map[cid.Cid]bool)}
	err := s.Tree(fetch.Of{Ref: ref, Since: have.Since}, have.Root, func(data []byte) error { return in.node(ctx, data) }, in.edit)
	if err == nil {
		err = in.flush(ctx)
	}
	if err != nil {
		return err
	}
	if len(in.edits) > 0 {
		var made cid.Cid
		if made, err = graft.Apply(ctx, c.Blocks, w, have.Root, in.edits); err == nil && made.Equals(root) {
			return nil
		}
	} else if err = in.complete(ctx, c.Blocks, have.Root, root); have.Since == nil || !errors.Is(err, fetch.ErrProtocol) {
		return err
	}
	// Whatever is wrong with a difference: nodes prove themselves.
	c.Log.Warn("a difference does not make a tree", "share", ref.Share, "root", root.String(), "err", err)
	return c.BringTree(ctx, s, w, ref, Have{}, root)
}

// intake is a tree that comes.
type intake struct {
	writer *blockstore.Writer
	tree   *tree.Intake // nothing is stored that the tree does not lead to
	came   map[cid.Cid]bool
	batch  []blockstore.Received
	size   int // of the batch
	edits  []graft.Edit
	names  int // bytes of them in the edits
}

// node takes a node.
func (in *intake) node(ctx context.Context, data []byte) error {
	c, err := cid.V1Builder{Codec: cid.DagCBOR, MhType: mh.SHA2_256}.Sum(data)
	if err != nil {
		return err
	}
	if err := in.tree.Accept(c, data); err != nil {
		return fmt.Errorf("%w: %w", fetch.ErrProtocol, err)
	}
	in.came[c] = true
	in.batch = append(in.batch, blockstore.Received{CID: c, Data: data})
	if in.size += len(data); in.size < nodeBatch {
		return nil
	}
	return in.flush(ctx)
}

// flush stores what came.
func (in *intake) flush(ctx context.Context) error {
	err := in.writer.Receive(ctx, in.batch)
	in.batch, in.size = in.batch[:0], 0
	return err
}

// edit takes an edit.
func (in *intake) edit(e graft.Edit) error {
	in.edits = append(in.edits, e)
	if in.names += e.Bytes(); len(in.edits) > graft.Most || in.names > graft.MostBytes {
		return fmt.Errorf("%w: more edits than there may be", fetch.ErrProtocol)
	}
	return nil
}

// complete goes through the nodes: those that nobody sent do not count, though they may be here for others.
func (in *intake) complete(ctx context.Context, blocks *blockstore.Store, have, root cid.Cid) error {
	for node, err := range tree.Walk(ctx, blocks, have, root) {
		if errors.Is(err, blockstore.ErrNotFound) {
			return fmt.Errorf("%w: a node of the tree did not come", fetch.ErrProtocol)
		}
		if err != nil {
			return err
		}
		if !in.came[node.CID] {
			return fmt.Errorf("%w: node %s did not come", fetch.ErrProtocol, node.CID)
		}
	}
	return nil
}
