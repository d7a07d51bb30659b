package database

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"
)

// Connections to a database server: at most so many, and so long kept idle.
const (
	serverConns = 20
	serverIdle  = 5 * time.Minute
)

// postgresConfig chooses the simple protocol: bun writes arguments into the SQL, so that a prepared statement would be
// used once and cost a round trip.
func postgresConfig(u *url.URL) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, fmt.Errorf("%w: not what PostgreSQL understands", ErrDSN) // err can show the password
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	cfg.RuntimeParams["application_name"] = "hive"
	cfg.RuntimeParams["client_encoding"] = "UTF8"
	cfg.RuntimeParams["standard_conforming_strings"] = "on"
	return cfg, nil
}

func (d *DB) openPostgres(ctx context.Context, src source) error {
	cfg, err := postgresConfig(src.url)
	if err != nil {
		return err
	}
	return d.openServer(ctx, stdlib.OpenDB(*cfg), func() schema.Dialect { return pgdialect.New() })
}

// openServer takes over db. The dialect is made late, for MySQL's asks the server for its version.
func (d *DB) openServer(ctx context.Context, db *sql.DB, dialect func() schema.Dialect) error {
	db.SetMaxOpenConns(serverConns)
	db.SetMaxIdleConns(serverConns)
	db.SetConnMaxIdleTime(serverIdle)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return err
	}
	d.read = bun.NewDB(db, dialect(), bun.WithDiscardUnknownColumns())
	d.write = d.read
	return nil
}
