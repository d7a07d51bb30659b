package blockstore

import (
	"context"
	"errors"

	"github.com/ipfs/go-cid"
)

// OpenFetch is Open for a file of which blocks may be missing: one that is not here is asked of fetch, which must have
// stored it when it returns nil. fetch is called from one goroutine at a time, in the order of reading; its error comes back
// wrapped.
func (s *Store) OpenFetch(ctx context.Context, root cid.Cid, fetch func(ctx context.Context, c cid.Cid) error) (*Reader, error) {
	return open(ctx, func(ctx context.Context, c cid.Cid, dst []byte) ([]byte, error) {
		data, err := s.get(ctx, c, dst)
		if !errors.Is(err, ErrNotFound) {
			return data, err
		}
		if err := fetch(ctx, c); err != nil {
			return nil, err
		}
		return s.get(ctx, c, dst)
	}, root)
}
