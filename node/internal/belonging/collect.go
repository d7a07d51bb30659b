package belonging

import (
	"context"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"
)

// Roots gives all of roots, and ErrElsewhere where there are none but blocks, and used says that the database names nothing and never
// did: who collects what no root leads to would delete every block.
func Roots(ctx context.Context, roots iter.Seq2[cid.Cid, error], blocks func(ctx context.Context) (int64, error), used ...func(ctx context.Context) (bool, error)) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		some := false
		for root, err := range roots {
			some = true
			if !yield(root, err) {
				return
			}
		}
		if some {
			return
		}
		if err := emptied(ctx, blocks, used); err != nil {
			yield(cid.Undef, err)
		}
	}
}

func emptied(ctx context.Context, blocks func(ctx context.Context) (int64, error), used []func(ctx context.Context) (bool, error)) error {
	count, err := blocks(ctx)
	if err != nil || count == 0 {
		return err
	}
	for _, u := range used {
		if yes, err := u(ctx); err != nil || yes {
			return err
		}
	}
	return fmt.Errorf("%w: it names nothing and never did, but there are %d blocks; none was deleted", ErrElsewhere, count)
}
