package blockstore

import (
	"context"

	"github.com/ipfs/go-cid"
)

// OpenFetch is Open for a file that this hive may not hold, or may hold only for others: before a block is read fetch is
// asked for it, and must have stored it when it returns nil. fetch is called from one goroutine at a time, in the order of
// reading; its error comes back wrapped.
func (s *Store) OpenFetch(ctx context.Context, root cid.Cid, fetch func(ctx context.Context, c cid.Cid) error) (*Reader, error) {
	return open(ctx, func(ctx context.Context, c cid.Cid, dst []byte) ([]byte, error) {
		if err := fetch(ctx, c); err != nil {
			return nil, err
		}
		return s.get(ctx, c, dst)
	}, root)
}
