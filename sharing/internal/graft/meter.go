package graft

import (
	"context"
	"fmt"
	"hash/maphash"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/sharing/tree"
)

// mostOdd is how many entries may be in one of two trees only while they are compared: 20,000 files that changed, each in a folder
// of its own, are 80,000 and what is above them.
const mostOdd = 5 * Most

var seed = maphash.MakeSeed()

// meter gives the nodes of two trees that are compared, until too many entries were in one of them only. What is in both is met
// twice, also where much is read for little that changed.
type meter struct {
	blocks tree.Blocks
	odd    map[uint64]struct{} // hashes of entries that were met once
}

// Get implements tree.Blocks. Errors, beside those of the blocks: ErrMany.
func (m *meter) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	if len(m.odd) > mostOdd {
		return nil, fmt.Errorf("%w: of more than %d entries", ErrMany, mostOdd)
	}
	data, err := m.blocks.Get(ctx, c)
	if err != nil {
		return nil, err
	}
	n, err := tree.Decode(data)
	if err != nil {
		return nil, err
	}
	for _, e := range n.Entries {
		hash := maphash.Comparable(seed, e)
		if _, once := m.odd[hash]; once {
			delete(m.odd, hash)
		} else {
			m.odd[hash] = struct{}{}
		}
	}
	return data, nil
}
