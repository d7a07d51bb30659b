package blockstore

import (
	"context"

	"github.com/ipfs/go-cid"
)

// OpenFetch is Open for a file of which blocks may be missing: one that is not here is asked of fetch, which must have
// stored it when it returns nil. fetch is called from one goroutine at a time, in the order of reading.
func (s *Store) OpenFetch(ctx context.Context, root cid.Cid, fetch func(ctx context.Context, c cid.Cid) error) (*Reader, error) {
	panic("not yet")
}
