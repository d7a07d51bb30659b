// Package catalog gives names to what the block store keeps: the home of every user as a tree of folders and files, with
// numbered revisions, a trash and a log of changes.
//
// It owns the tables spaces, entries, revisions, trash and changes, and the order in which a write becomes safe: blocks,
// their sync, then one transaction that names them. It does not own bytes (blockstore), people and their quotas
// (account), or who may do what (api): a Tree does what it is asked to, in the name of an Actor.
package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/internal/database"
)

// Errors of this package. They come wrapped with the path or number they are about.
var (
	ErrNotFound      = errors.New("catalog: not found")
	ErrExists        = errors.New("catalog: exists already")
	ErrNotFolder     = errors.New("catalog: not a folder")
	ErrIsFolder      = errors.New("catalog: is a folder")
	ErrPath          = errors.New("catalog: invalid path")
	ErrNameTooLong   = errors.New("catalog: name is longer than 255 bytes")
	ErrCaseCollision = errors.New("catalog: name differs from another only in case")
	ErrPrecondition  = errors.New("catalog: not in the expected state")
	ErrQuota         = errors.New("catalog: quota exceeded")
	ErrIntoItself    = errors.New("catalog: a folder cannot go into itself")
	ErrRevision      = errors.New("catalog: no such revision")
	ErrCursor        = errors.New("catalog: invalid cursor")
)

// Unlimited is a quota that never ends.
const Unlimited = -1

// Config of a Catalog.
type Config struct {
	// RefuseCaseCollisions refuses a name beside one that differs only in upper and lower case, for homes that are
	// synchronised to file systems which cannot hold both.
	RefuseCaseCollisions bool
	// TrashDays is how long what was deleted can be restored; 0 keeps it until its owner empties the trash.
	TrashDays int
	// KeepRevisions turns thinning of old revisions off.
	KeepRevisions bool
	// Quota gives the bytes a user may use, Unlimited for no end, as idb sees it. Default: Unlimited.
	Quota func(ctx context.Context, idb bun.IDB, user int64) (int64, error)
	// Log gets what no caller can be told. Default: none.
	Log *slog.Logger
}

// Catalog is the names of a hive. It is safe for concurrent use.
type Catalog struct {
	db     *database.DB
	blocks *blockstore.Store
	cfg    Config
	log    *slog.Logger
	feed   feed
	sql    statements
}

// New returns a catalog on a migrated database and the store that holds the bytes. It closes neither.
func New(db *database.DB, blocks *blockstore.Store, cfg Config) (*Catalog, error) {
	if db == nil || blocks == nil {
		return nil, errors.New("catalog: no database or no blocks")
	}
	if cfg.TrashDays < 0 {
		return nil, fmt.Errorf("catalog: trash of %d days", cfg.TrashDays)
	}
	if cfg.Quota == nil {
		cfg.Quota = func(context.Context, bun.IDB, int64) (int64, error) { return Unlimited, nil }
	}
	c := &Catalog{db: db, blocks: blocks, cfg: cfg, log: cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))}
	if err := c.sql.prepare(context.Background(), db); err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	return c, nil
}

// Actor is who changes a tree: it is written into revisions and changes. Both are numbers of package account.
type Actor struct {
	User   int64
	Device int64 // 0 for none
}

// Tree is a space as one actor sees it. It is safe for concurrent use, and cheap: make one per request.
type Tree struct {
	catalog *Catalog
	actor   Actor
	space   int64
	root    int64 // id of the space's root folder
	owner   int64 // user whose quota counts
}

// Kinds of spaces. A space that is gone is being deleted in small steps.
const (
	spaceHome = "home"
	spaceGone = "gone"
)

// Home returns the home of the actor's user, made at first use.
func (c *Catalog) Home(ctx context.Context, actor Actor) (*Tree, error) {
	t := &Tree{catalog: c, actor: actor, owner: actor.User}
	err := t.find(ctx, c.db.Read())
	if errors.Is(err, sql.ErrNoRows) {
		if err = c.makeHome(ctx, t); database.IsUnique(err) { // another request was faster
			err = t.find(ctx, c.db.Read())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("catalog: home of user %d: %w", actor.User, err)
	}
	return t, nil
}

func (t *Tree) find(ctx context.Context, idb bun.IDB) error {
	return t.catalog.sql.home.Row(ctx, idb, t.owner).Scan(&t.space, &t.root)
}

// makeHome inserts a space and its root folder.
func (c *Catalog) makeHome(ctx context.Context, t *Tree) error {
	return c.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		t.space, err = c.insert(ctx, tx, "INSERT INTO spaces (kind, home_of, root_id, seq, used_bytes) VALUES (?, ?, 0, 0, 0)",
			spaceHome, t.owner)
		if err != nil {
			return err
		}
		root := Entry{Space: t.space, Kind: KindFolder, Author: t.actor.User}
		root.touch(database.Now().Time)
		if t.root, err = c.insertEntry(ctx, tx, root); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE spaces SET root_id = ? WHERE id = ?", t.root, t.space)
		return err
	})
}

// insert runs an INSERT and returns the number the database gave the row.
func (c *Catalog) insert(ctx context.Context, tx bun.Tx, query string, args ...any) (id int64, err error) {
	if c.db.Dialect() == database.MySQL {
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

// Usage is what a home takes. The trash counts.
type Usage struct {
	Used    int64 // bytes of all revisions
	Files   int64
	Folders int64 // the home itself not counted
}

// Usage counts the home of a user; all is 0 for a user who never used it.
func (c *Catalog) Usage(ctx context.Context, user int64) (Usage, error) {
	var u Usage
	row := c.db.Read().QueryRowContext(ctx, `SELECT s.used_bytes,
		(SELECT COUNT(*) FROM entries e WHERE e.space_id = s.id AND e.kind = 1),
		(SELECT COUNT(*) FROM entries e WHERE e.space_id = s.id AND e.kind = 0) - 1
		FROM spaces s WHERE s.home_of = ?`, user)
	err := row.Scan(&u.Used, &u.Files, &u.Folders)
	if errors.Is(err, sql.ErrNoRows) {
		return Usage{}, nil
	}
	if err != nil {
		return Usage{}, fmt.Errorf("catalog: usage of user %d: %w", user, err)
	}
	return u, nil
}
