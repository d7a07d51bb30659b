package database

import (
	"context"
	"database/sql"
	"embed"
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
// once: one migrates, the others wait. A schema newer than the program is refused with ErrNewerSchema.
func (d *DB) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return d.migrate(ctx, files)
}

func (d *DB) migrate(ctx context.Context, files fs.FS) error {
	provider, err := goose.NewProvider(d.dialect.goose(), d.write.DB, d.templates(files),
		goose.WithTableName(versionTable),
		goose.WithSlog(d.log),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSessionLocker(migrationLock{d.dialect}),
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
	applied, err := provider.Up(ctx)
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

// migrationLock keeps several hives on one database server from migrating at once. A SQLite file has one hive.
type migrationLock struct {
	dialect Dialect
}

func (l migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	return l.exec(ctx, conn, "SELECT pg_advisory_lock(4839527)", "SELECT GET_LOCK('hive migrations', 3600)")
}

func (l migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	return l.exec(ctx, conn, "SELECT pg_advisory_unlock(4839527)", "SELECT RELEASE_LOCK('hive migrations')")
}

func (l migrationLock) exec(ctx context.Context, conn *sql.Conn, postgres, maria string) error {
	statement := map[Dialect]string{Postgres: postgres, MySQL: maria}[l.dialect]
	if statement == "" {
		return nil
	}
	_, err := conn.ExecContext(ctx, statement)
	return err
}
