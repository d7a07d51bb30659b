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

	"github.com/melissiproject/hive/catalog/internal/feed"
	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/tags"
	"github.com/melissiproject/hive/internal/database"
)

// Errors of this package, which package catalog hands on.
var (
	ErrNotFound      = errors.New("catalog: not found")
	ErrNotFolder     = errors.New("catalog: not a folder")
	ErrIsFolder      = errors.New("catalog: is a folder")
	ErrPath          = names.ErrPath
	ErrCaseCollision = errors.New("catalog: name differs from another only in case")
	ErrQuota         = errors.New("catalog: quota exceeded")
	ErrRevision      = errors.New("catalog: no such revision")
	ErrExists        = errors.New("catalog: exists already")
	ErrPrecondition  = errors.New("catalog: not in the expected state")
	ErrIntoItself    = errors.New("catalog: a folder cannot go into itself")
	ErrCursor        = errors.New("catalog: invalid cursor")
	ErrReadOnly      = errors.New("catalog: read only")
	ErrAbsent        = errors.New("catalog: content is not held")
	ErrMounted       = errors.New("catalog: not possible across the border of a mount")
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
	// Hive is the tag of this hive in UIDs, before it had more than one; zero for who makes no entries.
	Hive [8]byte
	// Unmounted, if not nil, is told of mounts that go without ForgetMounts.
	Unmounted func(ctx context.Context, tx bun.Tx, m Mount) error
}

// Tables are the tables of all spaces.
type Tables struct {
	DB   *database.DB
	cfg  Config
	tags tags.List
	sql  statements
	feed feed.Feed
}

// Path leads from the root of a tree to an entry.
type Path = names.Path

// Announce wakes all who wait for changes of a space, after an EditIn was committed.
func (t *Tables) Announce(space int64) { t.feed.Announce(space) }

// Subscribe follows the changes of all spaces, as feed.Feed does.
func (t *Tables) Subscribe() (wake <-chan struct{}, news func() []int64, cancel func()) {
	return t.feed.Subscribe()
}

// New prepares the statements on a migrated database.
func New(ctx context.Context, db *database.DB, cfg Config) (*Tables, error) {
	t := &Tables{DB: db, cfg: cfg}
	var err error
	if cfg.Hive == [8]byte{} {
		t.tags, err = tags.Read(ctx, db.Read(), cfg.Hive)
	} else {
		t.tags, err = tags.Begin(ctx, db, cfg.Hive)
	}
	if err != nil {
		return nil, err
	}
	return t, t.sql.prepare(ctx, db)
}

// Space is one tree with one owner and one change log.
type Space struct {
	ID      int64
	Root    int64 // id of the root folder, or of the one it is seen from
	Owner   int64 // user whose quota counts
	Replica bool
	limit   int64 // of a replica: the bytes its content may take
	view    *view // nil for a space seen from its root
	tables  *Tables
}

// Space returns a space that a query of the caller found.
func (t *Tables) Space(id, root, owner int64) *Space {
	return &Space{ID: id, Root: root, Owner: owner, tables: t}
}

// Home returns the home of a user, made at first use.
func (t *Tables) Home(ctx context.Context, user int64) (*Space, error) {
	s := &Space{Owner: user, tables: t}
	err := findHome(ctx, s, s.Read())
	if errors.Is(err, sql.ErrNoRows) {
		if err = makeHome(ctx, s); database.IsUnique(err) { // another request was faster
			err = findHome(ctx, s, s.Read())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("catalog: home of user %d: %w", user, err)
	}
	return s, nil
}

func findHome(ctx context.Context, s *Space, idb bun.IDB) error {
	return s.tables.sql.home.Row(ctx, idb, s.Owner).Scan(&s.ID, &s.Root)
}

// makeHome inserts a home and its root folder.
func makeHome(ctx context.Context, s *Space) error {
	return s.tables.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		made, err := s.tables.HomeIn(ctx, tx, s.Owner)
		if err == nil {
			*s = *made
		}
		return err
	})
}

// HomeIn is Home in a transaction. On SQLite a faster request may have made it in the same one.
func (t *Tables) HomeIn(ctx context.Context, tx bun.Tx, user int64) (*Space, error) {
	s := &Space{Owner: user, tables: t}
	err := findHome(ctx, s, tx)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return s, err
	}
	s.ID, err = t.insert(ctx, tx, `INSERT INTO spaces (kind, home_of, root_id, seq, used_bytes, files, folders)
		VALUES (?, ?, 0, 0, 0, 0, 0)`, KindHome, user)
	if err != nil {
		return nil, err
	}
	return s, plant(ctx, s, tx)
}

// plant inserts the root folder of a new space.
func plant(ctx context.Context, s *Space, tx bun.Tx) (err error) {
	now := database.Now().Time
	root := Entry{Space: s.ID, Kind: KindFolder, MTime: now, Created: now, Changed: now, Author: s.Owner}
	if s.Root, err = s.tables.insertEntry(ctx, tx, root); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE spaces SET root_id = ? WHERE id = ?", s.Root, s.ID)
	return err
}

// NewReplica makes an empty space for a share of another hive.
func (t *Tables) NewReplica(ctx context.Context, chargedTo, quota int64) (*Space, error) {
	s := &Space{Owner: chargedTo, Replica: true, limit: quota, tables: t}
	err := t.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		s.ID, err = t.insert(ctx, tx, `INSERT INTO spaces (kind, charged_to, quota, root_id, seq, used_bytes, files, folders)
			VALUES (?, ?, ?, 0, 0, 0, 0, 0)`, KindReplica, chargedTo, quota)
		if err != nil {
			return err
		}
		return plant(ctx, s, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("catalog: new replica: %w", err)
	}
	return s, nil
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

// goneIfNoRows is for queries that find nothing only where the space is being deleted.
func goneIfNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: the space is gone", ErrNotFound)
	}
	return err
}

// Load returns a space by its number, or ErrNotFound.
func (t *Tables) Load(ctx context.Context, idb bun.IDB, id int64) (*Space, error) {
	s := &Space{ID: id, tables: t}
	var kind string
	row := idb.QueryRowContext(ctx, `SELECT kind, root_id, COALESCE(home_of, charged_to, 0), quota FROM spaces WHERE id = ?
		AND kind <> ?`, id, KindGone)
	if err := row.Scan(&kind, &s.Root, &s.Owner, &s.limit); err != nil {
		return nil, fmt.Errorf("catalog: space %d: %w", id, goneIfNoRows(err))
	}
	s.Replica = kind == KindReplica
	return s, nil
}

// Forget takes the home of a user out of sight; its rows are the caller's to delete. It wakes all who wait for its changes.
func (t *Tables) Forget(ctx context.Context, user int64) error {
	s := &Space{Owner: user, tables: t}
	if err := findHome(ctx, s, s.Read()); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return fmt.Errorf("catalog: forget the home of user %d: %w", user, err)
	}
	return t.ForgetSpace(ctx, s.ID)
}

// ForgetSpace is Forget for any space.
func (t *Tables) ForgetSpace(ctx context.Context, id int64) error {
	err := t.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE spaces SET kind = ?, home_of = NULL, charged_to = NULL WHERE id = ?", KindGone, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("catalog: forget space %d: %w", id, err)
	}
	t.feed.Announce(id)
	return nil
}
