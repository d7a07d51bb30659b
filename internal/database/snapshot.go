package database

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

// Snapshot runs fn in a transaction that only reads, and all of whose queries see the database at one moment, that of the
// first. It holds up nobody; on SQLite it keeps the WAL from being cut back, so it is short. A Query works Within it. At most half of
// the connections hold one at a time, for fn may read by others too: if each of them waited for one more, none would ever come.
func (d *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.dialect != SQLite {
		opts.Isolation = sql.LevelRepeatableRead
	}
	select {
	case d.snapshots <- struct{}{}:
		defer func() { <-d.snapshots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx, err := d.read.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // there is nothing to lose
	return fn(ctx, tx)
}
