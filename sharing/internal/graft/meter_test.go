package graft_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/tree"
)

// counted counts the bytes of nodes that are read.
type counted struct {
	nodes
	bytes int
}

func (c *counted) Get(ctx context.Context, id cid.Cid) ([]byte, error) {
	data, err := c.nodes.Get(ctx, id)
	c.bytes += len(data)
	return data, err
}

// flat is a tree of files in one folder, of which one in so many is another than in the first; 0: none.
func (c *counted) flat(t *testing.T, files, other int) (root cid.Cid, bytes int) {
	t.Helper()
	for _, data := range c.nodes {
		bytes -= len(data)
	}
	one, another := content(1), content(2)
	f, err := tree.Build(t.Context(), c.nodes, func(yield func(tree.Entry, error) bool) {
		for i := range files {
			e := tree.Entry{Name: fmt.Sprintf("file %08d", i), Root: one}
			binary.BigEndian.PutUint64(e.UID[:], uint64(i)+1) //nolint:gosec // not negative
			if other > 0 && i%other == 0 {
				e.Root = another
			}
			if !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range c.nodes {
		bytes += len(data)
	}
	return f.Root, bytes
}

// TestBetweenEndsBeforeAllIsRead: what is no edits is not held in memory first.
func TestBetweenEndsBeforeAllIsRead(t *testing.T) {
	t.Parallel()
	all := &counted{nodes: nodes{}}
	const many = 8 * graft.Most
	few, _ := all.flat(t, 1, 0)
	large, size := all.flat(t, many, 0)
	changed, _ := all.flat(t, many, 1)
	for what, trees := range map[string][2]cid.Cid{"new": {few, large}, "gone": {large, few}, "changed": {large, changed}} {
		all.bytes = 0
		edits, err := graft.Between(t.Context(), all, trees[0], trees[1])
		if !errors.Is(err, graft.ErrMany) || all.bytes > size*3/4 {
			t.Errorf("%d files %s: %d edits, %v, after %d bytes of nodes of %d; want ErrMany after less than three quarters", many, what, len(edits), err, all.bytes, size)
		}
	}
}

// TestFewEditsOfManyFiles: what did not change does not count, though all of it is read.
func TestFewEditsOfManyFiles(t *testing.T) {
	t.Parallel()
	all := &counted{nodes: nodes{}}
	const many, other = 8 * graft.Most, 20
	before, _ := all.flat(t, many, 0)
	after, _ := all.flat(t, many, other)
	edits, err := graft.Between(t.Context(), all, before, after)
	if err != nil || len(edits) != many/other {
		t.Errorf("%d edits, %v; want %d", len(edits), err, many/other)
	}
}
