// Package space is the tables of the catalog: spaces and the rows of their entries, revisions and changes, and the one
// kind of transaction that changes them.
//
// It owns the statements, how a path is followed, the lock and the change log of a space, and the quota. It does not own
// what putting, moving or deleting means, nor the bytes: those are package catalog's.
package space

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// Errors of this package, which package catalog hands on.
var (
	ErrNotFound      = errors.New("catalog: not found")
	ErrNotFolder     = errors.New("catalog: not a folder")
	ErrIsFolder      = errors.New("catalog: is a folder")
	ErrPath          = errors.New("catalog: invalid path")
	ErrNameTooLong   = errors.New("catalog: name is longer than 255 bytes")
	ErrCaseCollision = errors.New("catalog: name differs from another only in case")
	ErrQuota         = errors.New("catalog: quota exceeded")
	ErrRevision      = errors.New("catalog: no such revision")
	ErrReadOnly      = errors.New("catalog: read only")
	ErrAbsent        = errors.New("catalog: content is not held")
	ErrOp            = errors.New("catalog: malformed operation")
)

// Unlimited is a quota that never ends.
const Unlimited = -1

// Kinds of spaces. A space that is gone is being deleted in small steps.
const (
	KindHome    = "home"
	KindReplica = "replica" // of a share of another hive
	KindGone    = "gone"
)

// Config of Tables.
type Config struct {
	// RefuseCaseCollisions refuses a name beside one that differs only in case.
	RefuseCaseCollisions bool
	// Quota gives the bytes a user may use, or Unlimited.
	Quota func(ctx context.Context, idb bun.IDB, user int64) (int64, error)
	// Hive is the tag of this hive in UIDs.
	Hive [8]byte
}

// Tables are the tables of all spaces.
type Tables struct {
	DB   *database.DB
	cfg  Config
	sql  statements
	feed feed
}

// New prepares the statements on a migrated database.
func New(ctx context.Context, db *database.DB, cfg Config) (*Tables, error) {
	t := &Tables{DB: db, cfg: cfg}
	return t, t.sql.prepare(ctx, db)
}

// Space is one tree with one owner and one change log.
type Space struct {
	ID     int64
	Root   int64 // id of the root folder
	Owner  int64 // user whose quota counts
	tables *Tables
}

// Space returns a space that a query of the caller found.
func (t *Tables) Space(id, root, owner int64) *Space {
	return &Space{ID: id, Root: root, Owner: owner, tables: t}
}

// Home returns the home of a user, made at first use.
func (t *Tables) Home(ctx context.Context, user int64) (*Space, error) {
	s := &Space{Owner: user, tables: t}
	err := s.find(ctx, s.Read())
	if errors.Is(err, sql.ErrNoRows) {
		if err = s.make(ctx); database.IsUnique(err) { // another request was faster
			err = s.find(ctx, s.Read())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("catalog: home of user %d: %w", user, err)
	}
	return s, nil
}

func (s *Space) find(ctx context.Context, idb bun.IDB) error {
	return s.tables.sql.home.Row(ctx, idb, s.Owner).Scan(&s.ID, &s.Root)
}

// make inserts a home and its root folder. On SQLite a faster request may have done so in the same transaction.
func (s *Space) make(ctx context.Context) error {
	return s.tables.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if err = s.find(ctx, tx); !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		s.ID, err = s.tables.insert(ctx, tx, `INSERT INTO spaces (kind, home_of, root_id, seq, used_bytes, files, folders)
			VALUES (?, ?, 0, 0, 0, 0, 0)`, KindHome, s.Owner)
		if err != nil {
			return err
		}
		now := database.Now().Time
		root := Entry{Space: s.ID, Kind: KindFolder, MTime: now, Created: now, Changed: now, Author: s.Owner}
		if s.Root, err = s.tables.insertEntry(ctx, tx, root); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE spaces SET root_id = ? WHERE id = ?", s.Root, s.ID)
		return err
	})
}

// insert is Edit.Insert.
func (t *Tables) insert(ctx context.Context, tx bun.Tx, query string, args ...any) (id int64, err error) {
	if t.DB.Dialect() == database.MySQL {
		return lastInsert(tx.ExecContext(ctx, query, args...))
	}
	err = tx.QueryRowContext(ctx, query+" RETURNING id", args...).Scan(&id)
	return id, err
}

func lastInsert(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// Read is where queries outside a transaction go.
func (s *Space) Read() bun.IDB { return s.tables.DB.Read() }

// Usage is what a home takes. The trash counts.
type Usage struct {
	Used    int64 // bytes of all revisions
	Files   int64
	Folders int64 // the home itself not counted
}

// Usage is what the home of a user takes; all is 0 for a user who never used it.
func (t *Tables) Usage(ctx context.Context, user int64) (Usage, error) {
	var u Usage
	row := t.DB.Read().QueryRowContext(ctx, "SELECT used_bytes, files, folders FROM spaces WHERE home_of = ?", user)
	if err := row.Scan(&u.Used, &u.Files, &u.Folders); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Usage{}, fmt.Errorf("catalog: usage of user %d: %w", user, err)
	}
	return u, nil
}

// Room returns how many bytes the quota leaves, or Unlimited.
func (s *Space) Room(ctx context.Context) (int64, error) {
	quota, err := s.tables.cfg.Quota(ctx, s.Read(), s.Owner)
	if err != nil || quota == Unlimited {
		return Unlimited, err
	}
	var used int64
	if err := s.Read().QueryRowContext(ctx, "SELECT used_bytes FROM spaces WHERE id = ?", s.ID).Scan(&used); err != nil {
		return 0, fmt.Errorf("catalog: used bytes: %w", goneIfNoRows(err))
	}
	return max(quota-used, 0), nil
}

// goneIfNoRows is for queries that find nothing only where the space is being deleted.
func goneIfNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: the home is gone", ErrNotFound)
	}
	return err
}

// Forget takes the home of a user out of sight; its rows are the caller's to delete. It wakes all who wait for its changes.
func (t *Tables) Forget(ctx context.Context, user int64) error {
	s := &Space{Owner: user, tables: t}
	if err := s.find(ctx, s.Read()); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return fmt.Errorf("catalog: forget the home of user %d: %w", user, err)
	}
	err := t.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE spaces SET kind = ?, home_of = NULL WHERE id = ?", KindGone, s.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("catalog: forget the home of user %d: %w", user, err)
	}
	t.feed.announce(s.ID)
	return nil
}
