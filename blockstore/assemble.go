package blockstore

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"
)

// Leaf is a piece of a file, in order.
type Leaf struct {
	CID    cid.Cid
	Size   int64 // bytes; -1 when the file is this one leaf, and it is not here
	Offset int64 // in the file; Assemble does not look at it
}

// Assemble stores the nodes above the leaves of a file, which need not be here. A list of leaves that gives the root that
// was asked for is the right one.
func (w *Writer) Assemble(ctx context.Context, leaves iter.Seq2[Leaf, error]) (File, error) {
	tree := layout{emit: func(c cid.Cid, data []byte) error {
		return w.put(ctx, []Block{{Key: c.Hash(), Data: data}})
	}}
	for leaf, err := range leaves {
		if err != nil {
			return File{}, fmt.Errorf("assemble: %w", err)
		}
		if leaf.CID.Type() != cid.Raw || leaf.Size < 0 || leaf.Size > MaxBlock {
			return File{}, fmt.Errorf("assemble: %w: leaf %s of %d bytes", ErrFormat, leaf.CID, leaf.Size)
		}
		if _, err := digest(leaf.CID.Hash()); err != nil {
			return File{}, fmt.Errorf("assemble: %w: %s", err, leaf.CID)
		}
		size := uint64(leaf.Size)
		if err := tree.add(0, link{cid: leaf.CID, size: size, tsize: size}); err != nil {
			return File{}, fmt.Errorf("assemble: %w", err)
		}
	}
	root, err := tree.root()
	if err != nil {
		return File{}, fmt.Errorf("assemble: %w", err)
	}
	if !root.cid.Defined() {
		return File{}, fmt.Errorf("assemble: %w: no leaves", ErrFormat)
	}
	return File{Root: root.cid, Size: int64(root.size)}, nil
}

// Leaves returns the leaves of a file in order, one each time it occurs, and reads none of them but the one that is the
// whole file. It refuses, with ErrFormat, files that Hive would not have laid out so.
func (s *Store) Leaves(ctx context.Context, root cid.Cid) iter.Seq2[Leaf, error] {
	return s.LeavesFrom(ctx, root, 0)
}

// LeavesFrom is Leaves from the one that holds the byte at offset; what lies before is not read.
func (s *Store) LeavesFrom(ctx context.Context, root cid.Cid, offset int64) iter.Seq2[Leaf, error] {
	return func(yield func(Leaf, error) bool) {
		if root.Type() == cid.Raw {
			leaf := Leaf{CID: root, Size: -1}
			data, err := s.get(ctx, root, nil)
			if err == nil {
				leaf.Size = int64(len(data))
			} else if errors.Is(err, ErrNotFound) {
				err = nil
			}
			yield(leaf, err)
			return
		}
		visit := leafVisit{store: s, from: offset, yield: yield}
		if _, err := visit.below(ctx, link{cid: root}, 0); err != nil {
			yield(Leaf{}, fmt.Errorf("leaves of %s: %w", root, err))
		}
	}
}

// leafVisit is one LeavesFrom.
type leafVisit struct {
	store    *Store
	from, at int64
	yield    func(Leaf, error) bool
}

// below yields the leaves below a node and tells whether to go on. What its parent says of its size is not known of a root.
func (v *leafVisit) below(ctx context.Context, l link, depth int) (bool, error) {
	if end := v.at + int64(l.size); depth > 0 && end <= v.from {
		v.at = end
		return true, nil
	}
	if l.cid.Type() == cid.Raw {
		leaf := Leaf{CID: l.cid, Size: int64(l.size), Offset: v.at}
		v.at += leaf.Size
		return v.yield(leaf, nil), nil
	}
	if depth == maxDepth {
		return false, fmt.Errorf("%w: deeper than %d levels", ErrFormat, maxDepth)
	}
	node, err := readFileNode(ctx, v.store.get, l.cid)
	if err != nil {
		return false, err
	}
	if len(node.inline) > 0 || len(node.children) == 0 || depth > 0 && node.size() != l.size {
		return false, fmt.Errorf("%w: %s", ErrFormat, l.cid)
	}
	for _, child := range node.children {
		if more, err := v.below(ctx, child, depth+1); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// Complete tells whether all blocks of a file are here. It reads nodes, not leaves.
func (s *Store) Complete(ctx context.Context, root cid.Cid) (bool, error) {
	if root.Type() == cid.Raw {
		return s.Has(ctx, root)
	}
	for leaf, err := range s.Leaves(ctx, root) {
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if here, err := s.Has(ctx, leaf.CID); err != nil || !here {
			return false, err
		}
	}
	return true, nil
}
