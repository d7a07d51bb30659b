package catalog

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Purge deletes an entry of the trash for good, with all its revisions. From the first moment it can no longer be
// restored; the rows go in small transactions, and Thin ends what a crash interrupted.
func (t *Tree) Purge(ctx context.Context, id int64) error {
	var victim Trashed
	err := t.edit(ctx, func(ctx context.Context, e *space.Edit) (err error) {
		if victim, err = trashed(ctx, e.Space, e.Tx, id); err != nil {
			return err
		}
		e.Record(space.ChangePurge, Entry{ID: victim.Entry, Kind: victim.Kind, Path: victim.Path, Size: victim.Size}, "")
		if _, err := e.Tx.ExecContext(ctx, "UPDATE trash SET purging = ? WHERE id = ?", true, id); err != nil {
			return fmt.Errorf("catalog: purge: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return finishPurge(ctx, t.space, id, victim.Entry)
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
func finishPurge(ctx context.Context, s *space.Space, id, entry int64) error {
	if err := purgeContent(ctx, s, entry); err != nil {
		return err
	}
	return s.Edit(ctx, Actor{}, func(ctx context.Context, e *space.Edit) error {
		if err := e.DeleteEntries(ctx, []int64{entry}); err != nil {
			return err
		}
		if _, err := e.Tx.ExecContext(ctx, "DELETE FROM trash WHERE id = ?", id); err != nil {
			return fmt.Errorf("catalog: purge: %w", err)
		}
		return nil
	})
}

// purgeContent deletes what a folder holds, a page of one folder at a time. The stack holds the folders on the way down
// and a page of siblings for each.
func purgeContent(ctx context.Context, s *space.Space, folder int64) error {
	for stack := []int64{folder}; len(stack) > 0; {
		top := stack[len(stack)-1]
		page, err := s.ChildPage(ctx, top, "")
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
		err = s.Edit(ctx, Actor{}, func(ctx context.Context, e *space.Edit) error { return e.DeleteEntries(ctx, leaves) })
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteHome deletes all that a user has, at once out of sight, then in small transactions. Thin ends what a crash
// interrupted. A user without a home is no error.
func (c *Catalog) DeleteHome(ctx context.Context, user int64) error {
	err := c.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE spaces SET kind = ?, home_of = NULL WHERE home_of = ?", space.KindGone, user)
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
		var gone int64
		row := c.db.Read().QueryRowContext(ctx, "SELECT COALESCE(MIN(id), 0) FROM spaces WHERE kind = ?", space.KindGone)
		if err := row.Scan(&gone); err != nil {
			return fmt.Errorf("catalog: delete spaces: %w", err)
		}
		if gone == 0 {
			return nil
		}
		for done := false; !done; {
			var err error
			if done, err = c.sweepSpace(ctx, gone); err != nil {
				return fmt.Errorf("catalog: delete space %d: %w", gone, err)
			}
		}
	}
}

// sweepSpace deletes some rows of a space, and the space itself with the last.
func (c *Catalog) sweepSpace(ctx context.Context, id int64) (done bool, err error) {
	err = c.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id FROM entries WHERE space_id = ? ORDER BY id LIMIT 500", id) //nolint:sqlclosecheck // Collect closes
		if err != nil {
			return err
		}
		ids, err := space.Collect(rows, func(id *int64) error { return rows.Scan(id) })
		if err != nil {
			return err
		}
		if done = len(ids) == 0; done {
			return deleteBy(ctx, tx, id, "DELETE FROM trash WHERE space_id = ?", "DELETE FROM changes WHERE space_id = ?",
				"DELETE FROM spaces WHERE id = ?")
		}
		return deleteBy(ctx, tx, bun.List(ids), "DELETE FROM revisions WHERE entry_id IN (?)", "DELETE FROM entries WHERE id IN (?)")
	})
	return done, err
}

// deleteBy runs queries with one argument.
func deleteBy(ctx context.Context, tx bun.Tx, arg any, queries ...string) error {
	for _, query := range queries {
		if _, err := tx.ExecContext(ctx, query, arg); err != nil {
			return err
		}
	}
	return nil
}
