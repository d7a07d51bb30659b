package tree

import (
	"context"
	"errors"
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

// Intake holds the nodes of a stranger's tree against what leads to them, parents first. Since each has as many entries as is said above
// it, they lead to no more nodes, and have no more bytes, than a tree of MaxEntries can.
type Intake struct {
	wanted map[cid.Cid]claim
	nodes  int
}

// claim is what is known of a node, at first from those that lead to it.
type claim struct {
	entries int32 // below it; -1: not known
	level   int8  // -1: not known
	came    bool
}

// NewIntake begins with the nodes that are asked for.
func NewIntake(roots ...cid.Cid) *Intake {
	i := &Intake{wanted: make(map[cid.Cid]claim)}
	for _, c := range roots {
		i.wanted[c] = claim{entries: -1, level: -1}
	}
	return i
}

// Accept takes note of a node that came. It returns ErrUnwanted for one that nothing led to or that came before, and ErrFormat for
// what is no node, or not the one that was led to. It compares the data with the CID. What it leads to may come next, also what is
// here already.
func (i *Intake) Accept(c cid.Cid, data []byte) error {
	if said, led := i.wanted[c]; !led || said.came {
		return fmt.Errorf("%w: %s", ErrUnwanted, c)
	}
	if len(data) > MaxNode || node.Sum(data) != c {
		return fmt.Errorf("%w: %s is not the hash of its bytes", ErrFormat, c)
	}
	if i.nodes++; i.nodes > MaxEntries {
		return fmt.Errorf("%w: %d nodes", ErrLimit, i.nodes)
	}
	n, err := node.Decode(data)
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	err = i.note(c, claim{entries: int32(n.Count()), level: int8(n.Level), came: true}) //nolint:gosec // Decode has limits for both
	for _, e := range n.Entries {
		if e.Folder {
			err = errors.Join(err, i.note(e.Root, claim{entries: int32(e.Size), level: -1})) //nolint:gosec // likewise
		}
	}
	for _, s := range n.Subs {
		err = errors.Join(err, i.note(s.Node, claim{entries: int32(s.Entries), level: int8(n.Level - 1)})) //nolint:gosec // likewise
	}
	return err
}

// note adds to what is known of a node. ErrFormat: it is otherwise.
func (i *Intake) note(c cid.Cid, now claim) error {
	known, led := i.wanted[c]
	if !led {
		i.wanted[c] = now
		return nil
	}
	if known.entries >= 0 && now.entries >= 0 && known.entries != now.entries || known.level >= 0 && now.level >= 0 && known.level != now.level {
		return fmt.Errorf("%w: %s has not the entries or the level that are said of it", ErrFormat, c)
	}
	i.wanted[c] = claim{max(known.entries, now.entries), max(known.level, now.level), known.came || now.came}
	return nil
}
