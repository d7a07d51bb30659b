// Package catalog gives names to what the block store keeps: the home of every user as a tree of folders and files, with
// numbered revisions, a trash and a log of changes.
//
// It owns what can be done with a tree, and the order in which a write becomes safe: blocks, their sync, then one
// transaction that names them. Its tables are in internal/space. It does not own bytes (blockstore), people and their
// quotas (account), or who may do what (api): a Tree does what it is asked to, in the name of an Actor.
package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/listing"
	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Errors of this package. They come wrapped with the path or number they are about.
var (
	ErrNotFound      = space.ErrNotFound
	ErrNotFolder     = space.ErrNotFolder
	ErrIsFolder      = space.ErrIsFolder
	ErrPath          = space.ErrPath
	ErrNameTooLong   = names.ErrTooLong
	ErrCaseCollision = space.ErrCaseCollision
	ErrQuota         = space.ErrQuota
	ErrRevision      = space.ErrRevision
	ErrReadOnly      = space.ErrReadOnly // a mount of a reader
	ErrAbsent        = space.ErrAbsent   // content that is not held, and did not come
	ErrOp            = space.ErrOp       // a step for Apply that makes no sense
	ErrMounted       = space.ErrMounted  // not possible across the border of a mount
	ErrExists        = space.ErrExists
	ErrPrecondition  = space.ErrPrecondition
	ErrIntoItself    = space.ErrIntoItself
	ErrCursor        = space.ErrCursor
)

// The nouns of a tree.
type (
	// Entry is a folder or a file.
	Entry = space.Entry
	// Kind is what an entry is.
	Kind = space.Kind
	// Path leads from the root of a tree to an entry.
	Path = space.Path
	// Revision is one immutable state of a file.
	Revision = space.Revision
	// Change is one numbered record of what happened in a space.
	Change = space.Change
	// ChangeKind says what happened.
	ChangeKind = space.ChangeKind
	// Actor is in whose name something is done.
	Actor = space.Actor
	// Usage is what a home takes. The trash counts.
	Usage = space.Usage
)

// Kinds of entries.
const (
	KindFolder = space.KindFolder
	KindFile   = space.KindFile
)

// Unlimited is a quota that never ends.
const Unlimited = space.Unlimited

// ParsePath reads an absolute path. A slash at the end is allowed. It refuses, with ErrPath or ErrNameTooLong, what no
// file system holds or what would hide a trick: empty names, "." and "..", control characters, bytes that are not UTF-8,
// names over 255 bytes, more than 255 names.
func ParsePath(s string) (Path, error) { return names.Parse(s) }

// Config of a Catalog.
type Config struct {
	// RefuseCaseCollisions refuses a name beside one that differs only in upper and lower case, for homes that are
	// synchronised to file systems which cannot hold both.
	RefuseCaseCollisions bool
	// Quota gives the bytes a user may use, Unlimited for no end, as idb sees it. Default: Unlimited.
	Quota func(ctx context.Context, idb bun.IDB, user int64) (int64, error)
	// Hive is the tag of this hive in the UIDs of entries made here before it had more than one: the first 8 bytes of the SHA-256
	// of its peer ID. With one, what is made from now on has a tag of its own, so that a hive from a backup gives none again.
	Hive [8]byte
	// Fetch gives the function that gets missing blocks of a file that is not held, or the reason why it cannot be got.
	// Default: content that is not held is ErrAbsent.
	Fetch func(ctx context.Context, r FetchRequest) (fetch func(ctx context.Context, c cid.Cid) error, err error)
	// Unmounted is told, in the same transaction, of a mount that its user has removed, so that the share can be left.
	Unmounted func(ctx context.Context, tx bun.Tx, m Mount) error
	// Log gets news of the relay. Default: none.
	Log *slog.Logger
}

// FetchRequest is content that somebody wants to read.
type FetchRequest struct {
	Space, Entry, Number int64
	Root                 cid.Cid
	Path                 string // in the space
}

// Catalog is the names of a hive. It is safe for concurrent use.
type Catalog struct {
	db     *database.DB
	blocks *blockstore.Store
	tables *space.Tables
	cfg    Config
}

// New returns a catalog on a migrated database and the store that holds the bytes. It closes neither.
func New(db *database.DB, blocks *blockstore.Store, cfg Config) (*Catalog, error) {
	if db == nil || blocks == nil {
		return nil, errors.New("catalog: no database or no blocks")
	}
	if cfg.Quota == nil {
		cfg.Quota = func(context.Context, bun.IDB, int64) (int64, error) { return Unlimited, nil }
	}
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	tables, err := space.New(context.Background(), db, space.Config{
		RefuseCaseCollisions: cfg.RefuseCaseCollisions, Quota: cfg.Quota, Hive: cfg.Hive, Unmounted: cfg.Unmounted,
	})
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	return &Catalog{db: db, blocks: blocks, tables: tables, cfg: cfg}, nil
}

// Tree is a space as one actor sees it, with all that is mounted there. It is safe for concurrent use, and cheap: make one
// per request.
type Tree struct {
	catalog  *Catalog
	space    *space.Space
	blocks   *blockstore.Store
	actor    Actor
	prefix   string // path of the mount through which the space is seen
	readOnly bool
}

// Home returns the home of the actor's user, made at first use.
func (c *Catalog) Home(ctx context.Context, actor Actor) (*Tree, error) {
	home, err := c.tables.Home(ctx, actor.User)
	if err != nil {
		return nil, err
	}
	return treeOf(c, home, actor), nil
}

func treeOf(c *Catalog, s *space.Space, actor Actor) *Tree {
	return &Tree{catalog: c, space: s, blocks: c.blocks, actor: actor}
}

// edit runs fn in a transaction on the tree. fn can run more than once.
func edit(ctx context.Context, t *Tree, fn func(ctx context.Context, e *space.Edit) error) error {
	return t.space.Edit(ctx, t.actor, fn)
}

// Stat returns the entry at path, or ErrNotFound, or ErrNotFolder where a file stands in the way.
func (t *Tree) Stat(ctx context.Context, path Path) (entry Entry, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		e, err := t.space.Stat(ctx, t.space.Read(), path)
		if err == nil {
			entry, err = t.show(ctx, e)
		}
		return err
	})
	return entry, err
}

// Changes returns up to limit changes after the number after, oldest first. Those of mounted folders come by the relay.
func (t *Tree) Changes(ctx context.Context, after int64, limit int) ([]Change, error) {
	return t.space.Changes(ctx, after, listing.Limit(limit))
}

// Newest gives the number of the newest change of a tree.
func Newest(ctx context.Context, t *Tree) (int64, error) { return t.space.Newest(ctx) }

// Wait returns when a change after the number after is there, at once if it is already.
func (t *Tree) Wait(ctx context.Context, after int64) error { return t.space.Wait(ctx, after) }

// Usage counts the home of a user; all is 0 for a user who never used it.
func (c *Catalog) Usage(ctx context.Context, user int64) (Usage, error) {
	return c.tables.Usage(ctx, user)
}
