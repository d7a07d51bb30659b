package database

import (
	"context"
	"io/fs"
	"time"

	"github.com/uptrace/bun"
)

// MigrateFrom is Migrate with other files.
func (d *DB) MigrateFrom(ctx context.Context, files fs.FS) error { return d.migrate(ctx, files) }

// Waiting is how many writers queue on SQLite.
func (d *DB) Waiting() int {
	d.group.mu.Lock()
	defer d.group.mu.Unlock()
	return len(d.group.waiting)
}

// WriteConn is the connection that writes on SQLite.
func (d *DB) WriteConn() *bun.DB { return d.write }

// SetBatchTime says how long a transaction on SQLite takes in more writers.
func (d *DB) SetBatchTime(limit time.Duration) { d.group.limit = limit }
