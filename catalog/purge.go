package catalog

import (
	"context"
	"errors"

	"github.com/melissiproject/hive/catalog/internal/trash"
)

// Purge deletes an entry of the trash for good, with all its revisions. From the first moment it can no longer be
// restored; the rows go in small transactions, and Thin ends what a crash interrupted.
func (t *Tree) Purge(ctx context.Context, id int64) error {
	in, err := binOf(ctx, t, id)
	if err != nil {
		return err
	}
	return trash.Purge(ctx, in.space, t.actor, id)
}

// EmptyTrash purges all that is in the trash now, but for what leaves it meanwhile.
func (t *Tree) EmptyTrash(ctx context.Context) error {
	for before := int64(0); ; {
		page, err := t.Trash(ctx, before, MaxLimit)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, trashed := range page {
			before = trashed.ID
			if err := t.Purge(ctx, trashed.ID); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
	}
}

// DeleteHome deletes all that a user has, at once out of sight, then in small transactions. Thin ends what a crash
// interrupted. A user without a home is no error.
func (c *Catalog) DeleteHome(ctx context.Context, user int64) error {
	if err := c.tables.Forget(ctx, user); err != nil {
		return err
	}
	return trash.SweepSpaces(ctx, c.db)
}
