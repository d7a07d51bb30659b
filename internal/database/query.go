package database

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// Query is a statement that runs often. On SQLite, where reading a statement takes longer than running it, it is
// prepared once; elsewhere it passes bun like any other.
type Query struct {
	text        string
	read, write *sql.Stmt // nil but on SQLite
	told        func(statement string)
}

// Prepare returns a query of text, with ? for arguments and nowhere else: int64, string, []byte, bool, Time or nil.
// Call it when the schema is there and outside of Write. It is released with the database.
func (d *DB) Prepare(ctx context.Context, text string) (*Query, error) {
	q := &Query{text: text, told: d.told}
	if d.dialect != SQLite {
		return q, nil
	}
	var err error
	if q.write, err = d.write.DB.PrepareContext(ctx, text); err == nil && strings.HasPrefix(text, "SELECT") {
		q.read, err = d.read.DB.PrepareContext(ctx, text)
	}
	if err != nil {
		return nil, fmt.Errorf("database: prepare %q: %w", text, err)
	}
	return q, nil
}

// Row runs a query of one row: in a transaction, or a SELECT on what Read returned.
func (q *Query) Row(ctx context.Context, idb bun.IDB, args ...any) *sql.Row {
	tx, writing := idb.(bun.Tx)
	switch {
	case q.write == nil:
		return idb.QueryRowContext(ctx, q.text, args...)
	case q.told != nil:
		q.told(q.text)
	}
	if writing {
		return tx.Tx.StmtContext(ctx, q.write).QueryRowContext(ctx, args...) //nolint:sqlclosecheck // ends with tx
	}
	return q.read.QueryRowContext(ctx, args...)
}

// Within binds a SELECT to the transaction of a Snapshot, in which it runs often.
func (q *Query) Within(ctx context.Context, snapshot bun.Tx) func(ctx context.Context, args ...any) (*sql.Rows, error) {
	if q.read == nil {
		return func(ctx context.Context, args ...any) (*sql.Rows, error) {
			return snapshot.QueryContext(ctx, q.text, args...)
		}
	}
	bound := snapshot.Tx.StmtContext(ctx, q.read)
	return func(ctx context.Context, args ...any) (*sql.Rows, error) {
		if q.told != nil {
			q.told(q.text)
		}
		return bound.QueryContext(ctx, args...)
	}
}

// Exec runs a change.
func (q *Query) Exec(ctx context.Context, tx bun.Tx, args ...any) (sql.Result, error) {
	if q.write == nil {
		return tx.ExecContext(ctx, q.text, args...)
	}
	if q.told != nil {
		q.told(q.text)
	}
	return tx.Tx.StmtContext(ctx, q.write).ExecContext(ctx, args...) //nolint:sqlclosecheck // ends with tx
}

// tell has the connections tell Config.Told what bun sends; a Query does it where it passes bun by.
func (d *DB) tell() {
	if d.told == nil {
		return
	}
	one := d.read == d.write
	d.write = d.write.WithQueryHook(teller(d.told))
	if one {
		d.read = d.write
		return
	}
	d.read, d.group.db = d.read.WithQueryHook(teller(d.told)), d.write
}

// teller is a bun.QueryHook.
type teller func(statement string)

func (t teller) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	t(e.QueryTemplate)
	return ctx
}

func (teller) AfterQuery(context.Context, *bun.QueryEvent) {}
