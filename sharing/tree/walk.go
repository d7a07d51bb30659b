package tree

import (
	"context"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

// Walk returns the nodes of to that a holder of all nodes of from may lack, parents first, each once: what a server
// sends. The undefined from is nothing.
func Walk(ctx context.Context, blocks Blocks, from, to cid.Cid) iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		var fresh map[cid.Cid]bool // nil: all
		if from.Defined() {
			d := newDiffer(blocks)
			d.folders = true
			if err := d.run(ctx, from, to); err != nil {
				yield(Block{}, err)
				return
			}
			fresh = d.fresh
		}
		seen := map[cid.Cid]bool{}
		for stack := []cid.Cid{to}; len(stack) > 0; {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[c] || fresh != nil && !fresh[c] {
				continue
			}
			seen[c] = true
			data, err := blocks.Get(ctx, c)
			var links []cid.Cid
			if err == nil {
				links, err = Links(data)
			}
			if err != nil {
				yield(Block{}, fmt.Errorf("walk: %w", err))
				return
			}
			if !yield(Block{c, data}, nil) {
				return
			}
			for i := range links {
				stack = append(stack, links[len(links)-1-i])
			}
		}
	}
}

// Intake holds the nodes of a stranger's tree against what leads to them, parents first.
type Intake struct {
	wanted map[cid.Cid]bool
	nodes  int
}

// NewIntake begins with the nodes that are asked for.
func NewIntake(roots ...cid.Cid) *Intake {
	i := &Intake{wanted: make(map[cid.Cid]bool)}
	for _, c := range roots {
		i.wanted[c] = true
	}
	return i
}

// Accept takes note of a node that came. It returns ErrUnwanted for one that nothing led to or that came before, and ErrFormat for
// what is no node. It compares the data with the CID. What it leads to may come next, also what is here already.
func (i *Intake) Accept(c cid.Cid, data []byte) error {
	if !i.wanted[c] {
		return fmt.Errorf("%w: %s", ErrUnwanted, c)
	}
	if len(data) > MaxNode || node.Sum(data) != c {
		return fmt.Errorf("%w: %s is not the hash of its bytes", ErrFormat, c)
	}
	if i.nodes++; i.nodes > MaxEntries {
		return fmt.Errorf("%w: %d nodes", ErrLimit, i.nodes)
	}
	links, err := Links(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	i.wanted[c] = false
	for _, l := range links {
		if _, known := i.wanted[l]; !known {
			i.wanted[l] = true
		}
	}
	return nil
}
