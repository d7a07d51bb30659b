package catalog

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Purge deletes an entry of the trash for good, with all its revisions. From the first moment it can no longer be
// restored; the rows go in small transactions, and Thin ends what a crash interrupted.
func (t *Tree) Purge(ctx context.Context, id int64) error {
	var trashed Trashed
	err := t.edit(ctx, func(ctx context.Context, e *edit) (err error) {
		if trashed, err = e.trashed(ctx, e.tx, id); err != nil {
			return err
		}
		e.record(ChangePurge, Entry{ID: trashed.Entry, Kind: trashed.Kind, Path: trashed.Path, Size: trashed.Size}, "")
		if _, err := e.tx.ExecContext(ctx, "UPDATE trash SET purging = ? WHERE id = ?", true, id); err != nil {
			return fmt.Errorf("catalog: purge: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.finishPurge(ctx, id, trashed.Entry)
}

// EmptyTrash purges all that is in the trash now.
func (t *Tree) EmptyTrash(ctx context.Context) error {
	for {
		page, err := t.Trash(ctx, 0, MaxLimit)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, trashed := range page {
			if err := t.Purge(ctx, trashed.ID); err != nil {
				return err
			}
		}
	}
}

// finishPurge deletes what lies under an entry, then the entry.
func (t *Tree) finishPurge(ctx context.Context, id, entry int64) error {
	if err := t.purgeContent(ctx, entry); err != nil {
		return err
	}
	return t.edit(ctx, func(ctx context.Context, e *edit) error {
		if err := e.deleteEntries(ctx, []int64{entry}); err != nil {
			return err
		}
		if _, err := e.tx.ExecContext(ctx, "DELETE FROM trash WHERE id = ?", id); err != nil {
			return fmt.Errorf("catalog: purge: %w", err)
		}
		return nil
	})
}

// purgeContent deletes what a folder holds, a page of one folder at a time. The stack holds the folders on the way down
// and a page of siblings for each.
func (t *Tree) purgeContent(ctx context.Context, folder int64) error {
	for stack := []int64{folder}; len(stack) > 0; {
		top := stack[len(stack)-1]
		page, err := t.childPage(ctx, t.catalog.db.Read(), top, "")
		if err != nil {
			return err
		}
		var leaves, folders []int64
		for _, e := range page {
			if e.Kind == KindFolder {
				folders = append(folders, e.ID)
			} else {
				leaves = append(leaves, e.ID)
			}
		}
		if len(page) == 0 {
			stack = stack[:len(stack)-1]
			if top != folder {
				leaves = []int64{top}
			}
		}
		stack = append(stack, folders...)
		if len(leaves) == 0 {
			continue
		}
		err = t.edit(ctx, func(ctx context.Context, e *edit) error { return e.deleteEntries(ctx, leaves) })
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteEntries deletes rows of files or of empty folders, with their revisions.
func (e *edit) deleteEntries(ctx context.Context, ids []int64) error {
	var bytes int64
	row := e.tx.QueryRowContext(ctx, "SELECT COALESCE(SUM(size), 0) FROM revisions WHERE entry_id IN (?)", bun.In(ids))
	if err := row.Scan(&bytes); err != nil {
		return fmt.Errorf("catalog: purge: %w", err)
	}
	for _, query := range []string{"DELETE FROM revisions WHERE entry_id IN (?)", "DELETE FROM entries WHERE id IN (?)"} {
		if _, err := e.tx.ExecContext(ctx, query, bun.In(ids)); err != nil {
			return fmt.Errorf("catalog: purge: %w", err)
		}
	}
	e.used -= bytes
	return nil
}

// DeleteHome deletes all that a user has, at once out of sight, then in small transactions. Thin ends what a crash
// interrupted. A user without a home is no error.
func (c *Catalog) DeleteHome(ctx context.Context, user int64) error {
	err := c.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE spaces SET kind = ?, home_of = NULL WHERE home_of = ?", spaceGone, user)
		return err
	})
	if err != nil {
		return fmt.Errorf("catalog: delete home of user %d: %w", user, err)
	}
	return c.sweepSpaces(ctx)
}

// sweepSpaces deletes the rows of spaces that are gone.
func (c *Catalog) sweepSpaces(ctx context.Context) error {
	for {
		var space int64
		rows, err := c.db.Read().QueryContext(ctx, "SELECT id FROM spaces WHERE kind = ? LIMIT 1", spaceGone)
		if err != nil {
			return fmt.Errorf("catalog: delete spaces: %w", err)
		}
		gone, err := collect(rows, func(id *int64) error { return rows.Scan(id) })
		if err != nil || len(gone) == 0 {
			return err
		}
		space = gone[0]
		for done := false; !done; {
			if done, err = c.sweepSpace(ctx, space); err != nil {
				return fmt.Errorf("catalog: delete space %d: %w", space, err)
			}
		}
	}
}

// sweepSpace deletes some rows of a space, and the space itself with the last.
func (c *Catalog) sweepSpace(ctx context.Context, space int64) (done bool, err error) {
	err = c.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id FROM entries WHERE space_id = ? ORDER BY id LIMIT 500", space)
		if err != nil {
			return err
		}
		ids, err := collect(rows, func(id *int64) error { return rows.Scan(id) })
		if err != nil {
			return err
		}
		if done = len(ids) == 0; !done {
			if _, err := tx.ExecContext(ctx, "DELETE FROM revisions WHERE entry_id IN (?)", bun.In(ids)); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, "DELETE FROM entries WHERE id IN (?)", bun.In(ids))
			return err
		}
		for _, query := range []string{
			"DELETE FROM trash WHERE space_id = ?", "DELETE FROM changes WHERE space_id = ?", "DELETE FROM spaces WHERE id = ?",
		} {
			if _, err := tx.ExecContext(ctx, query, space); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}
