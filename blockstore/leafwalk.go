package blockstore

import (
	"context"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
)

// leafWalk visits the leaves of a file in order, from any offset. It holds one
// node per level.
type leafWalk struct {
	get  getter
	root fileTree
	path []step
}

// step is a node on the way down, and what of it comes next.
type step struct {
	node  fileTree
	child int    // index of the child that comes next
	skip  uint64 // bytes to leave out of what comes next
	own   bool   // the inline bytes come next
}

func newLeafWalk(get getter, root fileTree) *leafWalk {
	w := &leafWalk{get: get, root: root}
	w.seek(0)
	return w
}

// seek makes the walk go on at an offset.
func (w *leafWalk) seek(offset int64) {
	w.path = append(w.path[:0], stepAt(w.root, uint64(offset)))
}

// stepAt returns the step of node at offset bytes into it.
func stepAt(node fileTree, offset uint64) step {
	s := step{node: node, own: true, skip: offset}
	if offset < uint64(len(node.inline)) {
		return s
	}
	s.own, s.skip = false, offset-uint64(len(node.inline))
	for s.child < len(node.children) && s.skip >= node.children[s.child].size {
		s.skip -= node.children[s.child].size
		s.child++
	}
	return s
}

// next returns the next bytes of the file, never none, in the capacity of buf
// where they fit; io.EOF ends the walk.
func (w *leafWalk) next(ctx context.Context, buf []byte) ([]byte, error) {
	for len(w.path) > 0 {
		top := &w.path[len(w.path)-1]
		if top.own {
			top.own = false
			data := append(buf[:0], top.node.inline[top.skip:]...)
			top.skip = 0
			if len(data) > 0 {
				return data, nil
			}
		}
		if top.child == len(top.node.children) {
			w.path = w.path[:len(w.path)-1]
			continue
		}
		child, skip := top.node.children[top.child], top.skip
		top.child, top.skip = top.child+1, 0
		if child.size == 0 {
			continue
		}
		data, err := w.enter(ctx, child, skip, buf)
		if err != nil || len(data) > 0 {
			return data, err
		}
	}
	return nil, io.EOF
}

// enter goes down to a child: a raw leaf gives its bytes, a node is pushed.
func (w *leafWalk) enter(ctx context.Context, child link, skip uint64, buf []byte) ([]byte, error) {
	data, err := w.get(ctx, child.cid, buf)
	if err != nil {
		return nil, err
	}
	if child.cid.Type() == cid.Raw {
		if uint64(len(data)) != child.size {
			return nil, fmt.Errorf("%w: %s has %d bytes, its parent says %d", ErrFormat, child.cid, len(data), child.size)
		}
		return data[skip:], nil
	}
	node, err := decodeFileNode(child.cid, append([]byte(nil), data...))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, child.cid)
	}
	if node.size() != child.size {
		return nil, fmt.Errorf("%w: %s holds %d bytes, its parent says %d", ErrFormat, child.cid, node.size(), child.size)
	}
	if len(w.path) == maxDepth {
		return nil, fmt.Errorf("%w: deeper than %d levels", ErrFormat, maxDepth)
	}
	w.path = append(w.path, stepAt(node, skip))
	return nil, nil
}
