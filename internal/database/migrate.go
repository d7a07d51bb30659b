package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where goose notes what it has applied.
const versionTable = "schema_versions"

// Migrate brings the schema to the version of this program, forward only. On SQLite a copy of the file is made first
// when there is something to apply to a database that is not new: PATH.v<its version>. Several programs may start at
// once: one migrates, the others wait. A migration that has begun ends though ctx does. A schema newer than the program is
// refused with ErrNewerSchema.
func (d *DB) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return d.migrate(ctx, files)
}

func (d *DB) migrate(ctx context.Context, files fs.FS) (err error) {
	unlock, err := d.lockSchema(ctx)
	if err != nil {
		return fmt.Errorf("database: lock the schema: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	provider, err := goose.NewProvider(d.dialect.goose(), d.write.DB, d.templates(files),
		goose.WithTableName(versionTable),
		goose.WithSlog(d.log),
		goose.WithDisableGlobalRegistry(true),
	)
	if err != nil {
		return fmt.Errorf("database: migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("database: schema version: %w", err)
	}
	if current > target {
		return fmt.Errorf("%w: schema %d, program %d", ErrNewerSchema, current, target)
	}
	if current > 0 && current < target && d.dialect == SQLite {
		if err := d.Backup(ctx, fmt.Sprintf("%s.v%d", d.path, current)); err != nil {
			return err
		}
	}
	whole := context.WithoutCancel(ctx) // on MariaDB half of a migration would stay, and fail each time after
	var applied []*goose.MigrationResult
	err = d.sorting(whole, func() (err error) { applied, err = provider.Up(whole); return err })
	if err != nil {
		return fmt.Errorf("database: migrate from schema %d: %w", current, err)
	}
	for _, result := range applied {
		d.log.InfoContext(ctx, "migrated the database", "version", result.Source.Version, "duration", result.Duration)
	}
	return nil
}

func (d Dialect) goose() goose.Dialect {
	return [...]goose.Dialect{goose.DialectSQLite3, goose.DialectPostgres, goose.DialectMySQL}[d]
}

// schemaLocks are the statements that take and release a lock named after the database. A SQLite file has one hive.
var schemaLocks = map[Dialect]struct{ take, release string }{
	Postgres: {
		"SELECT pg_advisory_lock(hashtext('hive ' || current_schema()))",
		"SELECT pg_advisory_unlock(hashtext('hive ' || current_schema()))",
	},
	MySQL: {
		"SELECT GET_LOCK(MD5(CONCAT('hive ', DATABASE())), 3600)",
		"SELECT RELEASE_LOCK(MD5(CONCAT('hive ', DATABASE())))",
	},
}

// lockSchema keeps several hives on one database from migrating at once. Goose has such a lock too, but reads the
// version without it.
func (d *DB) lockSchema(ctx context.Context) (unlock func() error, err error) {
	lock, needed := schemaLocks[d.dialect]
	if !needed {
		return func() error { return nil }, nil
	}
	conn, err := d.write.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, lock.take); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), lock.release)
		return errors.Join(err, conn.Close())
	}, nil
}
