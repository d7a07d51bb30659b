// Package ledger is the records of sharing: which hives, contacts, invitations, shares and members there are, and what
// waits to be told to other hives.
//
// It owns the tables of 0004_sharing.sql and what must always be true of their rows. It does not own what people may do
// with them (internal/social), how messages travel (internal/post), or the states of a shared folder (internal/replica).
// Reads are methods of Ledger; changes are methods of Tx, in a transaction of the caller.
package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/bell"
)

// Errors of this package, wrapped with what they are about.
var (
	ErrNotFound = errors.New("sharing: not found")
	ErrExists   = errors.New("sharing: exists already")
	ErrInvalid  = errors.New("sharing: invalid value")
	ErrFull     = errors.New("sharing: no room for more")
	ErrShared   = fmt.Errorf("%w: share of the folder", ErrExists)
)

// Config of a Ledger.
type Config struct {
	// Self is the id of this hive.
	Self peer.ID
	// Log gets what cannot be returned. Default: none.
	Log *slog.Logger
}

// Ledger reads and changes the records. It is safe for concurrent use.
type Ledger struct {
	db      *database.DB
	cfg     Config
	queries queries
	news    bell.Bell
}

// queries are those of every request of another hive.
type queries struct {
	blocked, owner, known *database.Query
}

// New uses the tables of db, which is migrated.
func New(ctx context.Context, db *database.DB, cfg Config) (*Ledger, error) {
	if cfg.Self.Validate() != nil {
		return nil, fmt.Errorf("%w: no id of this hive", ErrInvalid)
	}
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	l := &Ledger{db: db, cfg: cfg}
	if err := l.queries.prepare(ctx, db); err != nil {
		return nil, fmt.Errorf("sharing: %w", err)
	}
	return l, nil
}

// Self is the id of this hive.
func (l *Ledger) Self() peer.ID { return l.cfg.Self }

// Tx is the ledger in a transaction of database.Write. Whoever made it with In calls Announce after the commit.
type Tx struct {
	bun.Tx
	ledger *Ledger
}

// In is the ledger in a transaction that the caller began.
func (l *Ledger) In(tx bun.Tx) *Tx { return &Tx{tx, l} }

// Write runs fn in a transaction, which has the record of it too, and announces it after the commit. fn can run more than once.
func (l *Ledger) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	err := audit.Write(ctx, l.db, func(ctx context.Context, tx bun.Tx) error { return fn(ctx, l.In(tx)) })
	if err == nil {
		l.Announce()
	}
	return err
}

// Note is Write for what nobody waits for.
func (l *Ledger) Note(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return l.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return fn(ctx, l.In(tx)) })
}

// Watch returns a channel that is closed at the next change of a share or member. Take it before you look, so that nothing
// is missed.
func (l *Ledger) Watch() <-chan struct{} { return l.news.Next() }

// Announce wakes all who watch.
func (l *Ledger) Announce() { l.news.Ring() }

// notFound turns the error of a query without a result into ErrNotFound.
func notFound(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", ErrNotFound, what)
	}
	return err
}

// found is ErrNotFound if a statement met no row.
func found(result sql.Result, err error, what string) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s", ErrNotFound, what)
	}
	return err
}
