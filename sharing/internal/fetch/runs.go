package fetch

import (
	"context"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
)

// places are where the chunks of a list are in it.
type places struct {
	leaves []cid.Cid
	index  map[cid.Cid]int // the first place of each
}

// baseList is the chunk list of a file in the older state; nil where there is none that is of use.
func (s *Server) baseList(ctx context.Context, old spot) (*places, error) {
	if !old.held {
		return nil, nil
	}
	p := &places{index: make(map[cid.Cid]int)}
	for leaf, err := range s.blocks.Leaves(ctx, old.root) {
		if Lost(err) || len(p.leaves) == maxBaseList {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if _, twice := p.index[leaf.CID]; !twice {
			p.index[leaf.CID] = len(p.leaves)
		}
		p.leaves = append(p.leaves, leaf.CID)
	}
	return p, nil
}

// was is the path of a file in the older state.
func (f File) was() []string {
	if len(f.Was) > 0 {
		return f.Was
	}
	return f.Path
}

// lister sends the chunk list of a file: leaf by leaf, or as a difference to the list of the base.
type lister struct {
	to     *packer
	index  int // of the file
	base   *places
	leaves []Leaf
	runs   []Run
	items  int
}

func (l *lister) add(leaf blockstore.Leaf) error {
	if l.items++; l.items%leafBatch == 0 {
		if err := l.flush(); err != nil {
			return err
		}
	}
	fresh := Leaf{CID: leaf.CID.Bytes(), Size: leaf.Size}
	if l.base == nil {
		l.leaves = append(l.leaves, fresh)
		return nil
	}
	var last *Run
	if len(l.runs) > 0 {
		last = &l.runs[len(l.runs)-1]
	}
	if last != nil && last.Count > 0 {
		if next := last.First + last.Count; next < len(l.base.leaves) && l.base.leaves[next] == leaf.CID {
			last.Count++
			return nil
		}
	}
	if first, ok := l.base.index[leaf.CID]; ok {
		l.runs = append(l.runs, Run{First: first, Count: 1})
		return nil
	}
	if last == nil || last.Count > 0 {
		l.runs = append(l.runs, Run{})
		last = &l.runs[len(l.runs)-1]
	}
	last.Leaves = append(last.Leaves, fresh)
	return nil
}

func (l *lister) flush() error {
	a := answer{File: l.index, Leaves: l.leaves, Runs: l.runs}
	l.leaves, l.runs = nil, nil
	return l.to.write(a, nil)
}
