package upkeep

import (
	"context"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// rootRow is the content of a revision.
type rootRow struct {
	id   int64
	root cid.Cid
}

// Roots lists the contents of all revisions that are held, in the order of row numbers, which only rise: one that gets a new row while it
// runs is met again at the end.
func Roots(ctx context.Context, db *database.DB) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for last := int64(0); ; {
			page, err := rootPage(ctx, db, last)
			if err != nil {
				yield(cid.Undef, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, r := range page {
				if !yield(r.root, nil) {
					return
				}
				last = r.id
			}
		}
	}
}

func rootPage(ctx context.Context, db *database.DB, after int64) ([]rootRow, error) {
	rows, err := db.Read().QueryContext(ctx, `SELECT r.id, r.root FROM revisions r WHERE r.id > ? AND NOT EXISTS
		(SELECT 1 FROM contents c WHERE c.entry_id = r.entry_id AND c.number = r.number AND c.held = ?) ORDER BY r.id LIMIT 1000`,
		after, false)
	if err != nil {
		return nil, fmt.Errorf("catalog: list roots: %w", err)
	}
	return space.Collect(rows, func(r *rootRow) (err error) {
		var root []byte
		if err := rows.Scan(&r.id, &root); err != nil {
			return err
		}
		r.root, err = space.CastRoot(root)
		return err
	})
}
