package database

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Schema gives the version that the database has, 0 for an empty one, and changes nothing.
func (d *DB) Schema(ctx context.Context) (version int64, err error) {
	named := map[Dialect]string{
		SQLite:   "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?",
		Postgres: "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ?",
		MySQL:    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
	}[d.dialect]
	var tables int
	if err := d.read.QueryRowContext(ctx, named, versionTable).Scan(&tables); err != nil {
		return 0, fmt.Errorf("database: schema version: %w", err)
	}
	if tables == 0 {
		return 0, nil
	}
	if err := d.read.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM "+versionTable).Scan(&version); err != nil {
		return 0, fmt.Errorf("database: schema version: %w", err)
	}
	return version, nil
}

// Current reports with ErrOlderSchema or ErrNewerSchema that the schema is not the one of this program. It changes nothing.
func (d *DB) Current(ctx context.Context) error {
	version, err := d.Schema(ctx)
	if err != nil {
		return err
	}
	program, err := newest()
	switch {
	case err != nil:
		return err
	case version < program:
		return fmt.Errorf("%w: schema %d, program %d", ErrOlderSchema, version, program)
	case version > program:
		return fmt.Errorf("%w: schema %d, program %d", ErrNewerSchema, version, program)
	}
	return nil
}

// newest is the version that the migrations of this program lead to.
func newest() (version int64, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	last := strings.TrimPrefix(files[len(files)-1], "migrations/") // Glob sorts them, and their numbers have four digits
	number, _, _ := strings.Cut(last, "_")
	return strconv.ParseInt(number, 10, 64)
}
