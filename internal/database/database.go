// Package database is the one SQL database of a hive: SQLite by default, PostgreSQL or MariaDB/MySQL by DSN.
//
// It owns the connection, transactions, migrations and what differs between the three. It owns no table and no query:
// those belong to account and catalog, which build them with bun. Every change passes Write; Read is for queries only.
package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/uptrace/bun"
)

// Errors a caller can act on.
var (
	ErrDSN         = errors.New("database: invalid DSN")
	ErrMissing     = errors.New("database: no such file")
	ErrOlderSchema = errors.New("database: schema is older than this program")
	ErrNewerSchema = errors.New("database: schema is newer than this program")
	ErrNested      = errors.New("database: Write inside Write")
	ErrUnsupported = errors.New("database: not supported by this database")
)

// Config says which database to open.
type Config struct {
	// DSN is "sqlite:PATH", "postgres://USER:PW@HOST:PORT/DB?…" with the parameters of libpq, or
	// "mysql://USER:PW@HOST:PORT/DB" (also "mariadb:") with the parameters socket=PATH and tls=true|skip-verify|preferred.
	DSN string
	// Existing has a missing SQLite file be ErrMissing. Default: it is made.
	Existing bool
	// Log gets news of migrations. Default: none.
	Log *slog.Logger
	// Told hears of every statement before it runs. Default: nobody.
	Told func(statement string)
}

// Validate reports a DSN that Open would refuse. Its error never shows the DSN, which can hold a password.
func (c Config) Validate() error {
	_, err := parseDSN(c.DSN)
	return err
}

// DB is an open database. Its methods are safe for concurrent use.
type DB struct {
	dialect Dialect
	path    string // of the SQLite file
	read    *bun.DB
	write   *bun.DB // the same as read but on SQLite
	group   *group  // only on SQLite
	log     *slog.Logger
	told    func(statement string)

	snapshots chan struct{} // a place for each that may be held
}

// Open opens the database of cfg and checks that it answers. A missing SQLite file is made, unless
// cfg says otherwise. Call Migrate next.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	src, err := parseDSN(cfg.DSN)
	if err != nil {
		return nil, err
	}
	d := &DB{dialect: src.dialect, path: src.path, log: cmp.Or(cfg.Log, slog.New(slog.DiscardHandler)), told: cfg.Told}
	switch src.dialect {
	case Postgres:
		err = d.openPostgres(ctx, src)
	case MySQL:
		err = d.openMySQL(ctx, src)
	default:
		err = d.openSQLite(ctx, cfg.Existing)
	}
	if err != nil {
		return nil, fmt.Errorf("database: open %s: %w", src.dialect, err)
	}
	d.tell()
	d.snapshots = make(chan struct{}, max(1, d.read.Stats().MaxOpenConnections/2))
	return d, nil
}

// Close closes all connections. Writes under way fail.
func (d *DB) Close() error {
	err := d.read.Close()
	if d.read != d.write {
		err = errors.Join(err, d.write.Close()) // last, for it empties the WAL
	}
	return err
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	return d.read.PingContext(ctx)
}

// Dialect tells which kind of database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Read is for queries outside a transaction. On SQLite it refuses changes.
func (d *DB) Read() bun.IDB { return d.read }

// ForUpdate locks the rows q selects until the transaction ends. On SQLite, where writers take turns, q stays as it is.
func (d *DB) ForUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if d.dialect == SQLite {
		return q
	}
	return q.For("UPDATE")
}
