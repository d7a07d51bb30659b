package space

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// AbsentOf tells which of these files of a replica have a newest revision whose content is not held.
func (s *Space) AbsentOf(ctx context.Context, idb bun.IDB, files []int64) (map[int64]bool, error) {
	rows, err := idb.QueryContext(ctx, "SELECT entry_id FROM contents WHERE entry_id IN (?) AND held = ?", bun.List(files), false) //nolint:sqlclosecheck // Collect closes
	if err != nil {
		return nil, fmt.Errorf("catalog: absent contents: %w", err)
	}
	ids, err := Collect(rows, func(id *int64) error { return rows.Scan(id) })
	absent := make(map[int64]bool, len(ids))
	for _, id := range ids {
		absent[id] = true
	}
	return absent, err
}

// AbsentIn is the name of a file of the folder whose content is not held, "" where all are.
func AbsentIn(ctx context.Context, idb bun.IDB, folder int64) (name string, err error) {
	row := idb.QueryRowContext(ctx, `SELECT e.name FROM entries e JOIN contents c ON c.entry_id = e.id AND c.held = ?
		WHERE e.parent_id = ? LIMIT 1`, false, folder)
	if err := row.Scan(&name); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("catalog: absent contents: %w", err)
	}
	return name, nil
}

// useStep is how exactly the last use of a content is known.
const useStep = time.Hour

// Held tells whether the content of a revision is held, and notes that it is used. Spaces that are no replicas hold all.
func (t *Tables) Held(ctx context.Context, entry, number int64) (bool, error) {
	var held bool
	var used database.Time
	err := t.DB.Read().QueryRowContext(ctx, "SELECT held, used FROM contents WHERE entry_id = ? AND number = ?", entry, number).Scan(&held, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("catalog: content: %w", err)
	}
	now := database.Now()
	if !held || now.Sub(used.Time) < useStep {
		return held, nil
	}
	// A note that is lost, as on a full disk, only lets the content go earlier; the read goes on.
	_ = t.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE contents SET used = ? WHERE entry_id = ? AND number = ?", now, entry, number)
		return err
	})
	return true, nil
}
