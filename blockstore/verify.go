package blockstore

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"
	"golang.org/x/time/rate"
)

// Finding is a block that cannot be read as it was stored.
type Finding struct {
	Block cid.Cid // as a raw CID: the store knows multihashes only
	Err   error   // wraps ErrCorrupt, or the error of the disk
}

// Verify reads every block and yields those that do not match their hash. It
// reads at most bytesPerSecond, without limit when that is 0. The second value
// is an error that ends the scrub.
func (s *Store) Verify(ctx context.Context, bytesPerSecond int) iter.Seq2[Finding, error] {
	limit := rate.NewLimiter(rate.Inf, 0)
	if bytesPerSecond > 0 {
		limit = rate.NewLimiter(rate.Limit(bytesPerSecond), max(bytesPerSecond, MaxBlock))
	}
	return func(yield func(Finding, error) bool) {
		var buf []byte
		for item, err := range s.engine.All(ctx) {
			if err != nil {
				yield(Finding{}, fmt.Errorf("scrub: %w", err))
				return
			}
			c := cid.NewCidV1(cid.Raw, item.Key)
			data, err := s.get(ctx, c, buf)
			if ctx.Err() != nil {
				yield(Finding{}, ctx.Err())
				return
			}
			gone := errors.Is(err, ErrNotFound) // deleted meanwhile
			if err != nil && !gone && !yield(Finding{Block: c, Err: err}, nil) {
				return
			}
			buf = data
			if err := limit.WaitN(ctx, len(data)); err != nil {
				yield(Finding{}, err)
				return
			}
		}
	}
}
