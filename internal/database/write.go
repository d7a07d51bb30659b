package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

// writeAttempts is how often a transaction is tried again that the server ends as the victim of a deadlock.
const writeAttempts = 5

// change is what Write runs.
type change = func(ctx context.Context, tx bun.Tx) error

// writing marks the context of a function that Write runs.
type writing struct{}

// Write runs fn in a transaction that is durable when Write returns nil and leaves no trace when it returns an error.
//
// On SQLite, concurrent Writes take turns in one transaction and share its commit: none notices that another fails,
// but all fail with the commit. Once begun, fn runs to its end there though ctx be cancelled. Elsewhere each Write has
// a READ COMMITTED transaction of its own, tried again after a deadlock.
//
// So fn can run more than once and must set, not add to, what it captures. It returns the first error it meets,
// wrapped if need be; it uses tx with the context it is given and no other, and keeps neither; it is short, and it
// never calls Write (ErrNested). A full disk is syscall.ENOSPC.
func (d *DB) Write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if ctx.Value(writing{}) == d {
		return ErrNested
	}
	ctx = context.WithValue(ctx, writing{}, d)
	if d.group != nil {
		return full(d.group.write(ctx, fn))
	}
	return full(d.writeAlone(ctx, fn))
}

func (d *DB) writeAlone(ctx context.Context, fn change) error {
	deadlocks, stale := 0, 0
	for {
		err := d.tryWrite(ctx, fn)
		switch {
		case isDeadlock(err) && deadlocks < writeAttempts:
			deadlocks++
		case (errors.Is(err, driver.ErrBadConn) || errors.Is(err, errStale)) && stale < serverConns:
			stale++ // the pool drops it; after a restart of the server it can hold no others
			continue
		default:
			return err
		}
		// A random pause, so that the same transactions do not meet again.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(deadlocks) * 10 * time.Millisecond)):
		}
	}
}

// errStale says that a connection of the pool could not begin a transaction, so that nothing of it took place.
var errStale = errors.New("database: begin transaction")

// tryWrite lets ctx cancel the wait for a connection and what fn does, but neither the commit, of which nobody would
// know whether it took place, nor a rollback, which would cost the connection.
func (d *DB) tryWrite(ctx context.Context, fn change) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("%w: %w", errStale, err)
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after a commit
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return tx.Commit()
}
