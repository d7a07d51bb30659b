package forest

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// needed is the condition that a share s needs the trees of its space: it is of another hive, or with one.
const needed = `s.state = 'active' AND (s.own = ? OR EXISTS (SELECT 1 FROM members m
	WHERE m.share_id = s.id AND m.local_user = 0 AND m.state IN ('offered', 'accepted')))`

// Tidy forgets the trees of spaces in which nothing is shared with other hives any more, and of folders that are gone.
func (f *Forest) Tidy(ctx context.Context) error {
	spaces, err := f.ids(ctx, `SELECT f.space_id FROM forest_spaces f
		WHERE NOT EXISTS (SELECT 1 FROM shares s WHERE s.space_id = f.space_id AND `+needed+")", false)
	for i := 0; i < len(spaces) && err == nil; i++ {
		err = f.fell(ctx, spaces[i])
	}
	if err == nil {
		err = f.prune(ctx)
	}
	if err != nil {
		return fmt.Errorf("sharing: forget trees: %w", err)
	}
	return nil
}

// fell forgets all trees of a space and how far they went, unless something is shared there meanwhile.
func (f *Forest) fell(ctx context.Context, space int64) error {
	mu := f.lock(space)
	mu.Lock()
	defer mu.Unlock()
	return f.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var shared int
		err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM shares s WHERE s.space_id = ? AND "+needed, space, false).Scan(&shared)
		if err != nil || shared > 0 {
			return err
		}
		for _, table := range []string{"forest", "forest_spaces"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM ? WHERE space_id = ?", bun.Ident(table), space); err != nil {
				return err
			}
		}
		return nil
	})
}

// prune forgets the trees of folders that are not even in the trash. Their numbers do not come again.
func (f *Forest) prune(ctx context.Context) error {
	for last := int64(0); ; {
		gone, err := f.ids(ctx, `SELECT f.folder_id FROM forest f WHERE f.folder_id > ?
			AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = f.folder_id) ORDER BY f.folder_id LIMIT ?`, last, saveStep)
		if err != nil || len(gone) == 0 {
			return err
		}
		last = gone[len(gone)-1]
		err = f.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM forest WHERE folder_id IN (?)", bun.List(gone))
			return err
		})
		if err != nil {
			return err
		}
	}
}

func (f *Forest) ids(ctx context.Context, query string, args ...any) (ids []int64, err error) {
	rows, err := f.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
