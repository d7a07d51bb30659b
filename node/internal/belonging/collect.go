package belonging

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
)

// ErrBegun says that the first blocks of a hive are being written, which nothing names yet.
var ErrBegun = errors.New("the first file of this hive is on its way")

// Roots gives all of roots, and ErrElsewhere where there are none but blocks, and used says that the database names nothing and never
// did: who collects what no root leads to would delete every block. blocks counts them, and tells whether some are being written: then
// it is ErrBegun.
func Roots(ctx context.Context, roots iter.Seq2[cid.Cid, error], blocks func(ctx context.Context) (blockstore.Stat, error), used ...func(ctx context.Context) (bool, error)) iter.Seq2[cid.Cid, error] {
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

func emptied(ctx context.Context, blocks func(ctx context.Context) (blockstore.Stat, error), used []func(ctx context.Context) (bool, error)) error {
	stat, err := blocks(ctx)
	if err != nil || stat.Blocks == 0 {
		return err
	}
	for _, u := range used {
		if yes, err := u(ctx); err != nil || yes {
			return err
		}
	}
	if stat.Writing {
		return ErrBegun
	}
	return fmt.Errorf("%w: it names nothing and never did, but there are %d blocks; none was deleted", ErrElsewhere, stat.Blocks)
}
