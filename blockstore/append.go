package blockstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/ipfs/go-cid"
)

// Append stores what r gives behind the bytes of a file that Import or Append
// made, and returns the whole: the same file as if all had been imported at once.
// So a file may come in parts, of which each is safe as soon as its file is. Only
// the last chunk of the file is read, for it may have been cut where the bytes
// ended. An error of r comes back wrapped.
func (w *Writer) Append(ctx context.Context, to File, r io.Reader) (File, error) {
	if to.Size == 0 {
		return w.Import(ctx, r)
	}
	levels, last, err := w.reopen(ctx, to.Root)
	if err != nil {
		return File{}, fmt.Errorf("append to %s: %w", to.Root, err)
	}
	return w.importLarge(ctx, levels, io.MultiReader(bytes.NewReader(last), r))
}

// reopen returns the open levels of the layout of a file before its last chunk,
// and that chunk. They are what stands on the right edge of the tree.
func (w *Writer) reopen(ctx context.Context, root cid.Cid) (levels [][]link, last []byte, err error) {
	for root.Type() != cid.Raw {
		node, err := readFileNode(ctx, w.store.get, root)
		if err != nil {
			return nil, nil, err
		}
		n := len(node.children) - 1
		if n < 0 || n >= nodeWidth || len(node.inline) > 0 || len(levels) == maxDepth {
			return nil, nil, fmt.Errorf("%w: %s is of no import", ErrFormat, root)
		}
		levels, root = append(levels, node.children[:n]), node.children[n].cid
	}
	slices.Reverse(levels)
	last, err = w.store.get(ctx, root, nil)
	return levels, last, err
}
