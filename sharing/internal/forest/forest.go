// Package forest keeps the trees of shared folders up to date with the catalog.
//
// It owns which folder has which tree, and how a few changes of a space become a few new nodes: it follows the change log
// and never lists a folder twice. It does not own the format of trees (package tree) or names (catalog).
package forest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/tree"
)

// Forest is the trees of a hive. It is safe for concurrent use.
type Forest struct {
	db     *database.DB
	names  *catalog.Catalog
	blocks *blockstore.Store
	mu     sync.Mutex
	spaces map[int64]*sync.Mutex
}

// New returns the forest of a hive.
func New(db *database.DB, names *catalog.Catalog, blocks *blockstore.Store) *Forest {
	return &Forest{db: db, names: names, blocks: blocks, spaces: make(map[int64]*sync.Mutex)}
}

// Grown is the tree of a folder as of a change of its space.
type Grown struct {
	tree.Folder
	Seq int64
}

// Grow returns the tree of a folder as it is now. Its nodes are safe and stay until the folder changes.
func (f *Forest) Grow(ctx context.Context, space, folder int64) (Grown, error) {
	mu := f.lock(space)
	mu.Lock()
	defer mu.Unlock()
	last, err := f.seq(ctx, space)
	if err != nil {
		return Grown{}, err
	}
	grown, err := f.grow(ctx, space, folder, last)
	if last >= 0 && fetch.Lost(err) { // a node of a tree is; the lists have all that was in it
		grown, err = f.grow(ctx, space, folder, -1)
	}
	if err != nil {
		return Grown{}, fmt.Errorf("sharing: tree of folder %d: %w", folder, err)
	}
	return grown, nil
}

// grow goes on from the trees as of change last; at -1 it forgets those of the space, and begins anew.
func (f *Forest) grow(ctx context.Context, space, folder, last int64) (Grown, error) {
	w := f.blocks.Writer()
	defer w.Close()
	g := &growth{forest: f, first: last < 0, sink: w, fresh: make(map[int64]tree.Folder), rows: make(map[int64]row)}
	var root tree.Folder
	var seq int64
	err := f.names.Snapshot(ctx, space, func(ctx context.Context, s *catalog.Snapshot) error {
		g.snap, seq = s, s.Seq
		if last >= 0 && seq > last {
			if err := g.follow(ctx, last); err != nil {
				return err
			}
		}
		var err error
		root, err = g.tree(ctx, folder)
		return err
	})
	if err != nil {
		return Grown{}, err
	}
	if seq == last && len(g.fresh) == 0 {
		return Grown{root, seq}, nil
	}
	if len(g.fresh) > 0 {
		if err := w.Commit(ctx); err != nil {
			return Grown{}, err
		}
	}
	return Grown{root, seq}, f.save(ctx, space, seq, g)
}

func (f *Forest) lock(space int64) *sync.Mutex {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.spaces[space] == nil {
		f.spaces[space] = new(sync.Mutex)
	}
	return f.spaces[space]
}

// seq is the change up to which the trees of a space go, -1 for a space without trees.
func (f *Forest) seq(ctx context.Context, space int64) (seq int64, err error) {
	err = f.db.Read().QueryRowContext(ctx, "SELECT seq FROM forest_spaces WHERE space_id = ?", space).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return -1, nil
	}
	return seq, err
}

// Has tells whether a folder has a tree, which may be behind.
func (f *Forest) Has(ctx context.Context, folder int64) (bool, error) {
	_, ok, err := f.known(ctx, folder)
	return ok, err
}

// known is the tree of a folder in the tables.
func (f *Forest) known(ctx context.Context, folder int64) (t tree.Folder, ok bool, err error) {
	var root []byte
	err = f.db.Read().QueryRowContext(ctx, "SELECT root, entries FROM forest WHERE folder_id = ?", folder).Scan(&root, &t.Entries)
	if errors.Is(err, sql.ErrNoRows) {
		return tree.Folder{}, false, nil
	}
	if err == nil {
		t.Root, err = cid.Cast(root)
	}
	return t, err == nil, err
}

// saveStep is how many rows one statement writes.
const saveStep = 400

// save writes the trees that changed.
func (f *Forest) save(ctx context.Context, space, seq int64, g *growth) error {
	fresh := g.fresh
	ids := make([]int64, 0, len(fresh))
	for id := range fresh {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	err := f.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if g.first {
			if _, err := tx.ExecContext(ctx, "DELETE FROM forest WHERE space_id = ?", space); err != nil {
				return err
			}
		}
		for step := range slices.Chunk(ids, saveStep) {
			if _, err := tx.ExecContext(ctx, "DELETE FROM forest WHERE folder_id IN (?)", bun.List(step)); err != nil {
				return err
			}
			args := make([]any, 0, 4*len(step))
			for _, id := range step {
				args = append(args, id, space, fresh[id].Root.Bytes(), fresh[id].Entries)
			}
			values := strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?), ", len(step)), ", ")
			if _, err := tx.ExecContext(ctx, "INSERT INTO forest (folder_id, space_id, root, entries) VALUES "+values, args...); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM forest_spaces WHERE space_id = ?", space); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO forest_spaces (space_id, seq) VALUES (?, ?)", space, seq)
		return err
	})
	if err != nil {
		return fmt.Errorf("sharing: save trees of space %d: %w", space, err)
	}
	return nil
}

// Roots are the roots of all trees, for garbage collection.
func (f *Forest) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for last := int64(0); ; {
			page, err := f.rootsAfter(ctx, last)
			if err != nil {
				yield(cid.Undef, fmt.Errorf("sharing: roots of trees: %w", err))
				return
			}
			if len(page) == 0 {
				return
			}
			for _, r := range page {
				if !yield(r.root, nil) {
					return
				}
				last = r.id
			}
		}
	}
}

type rooted struct {
	id   int64
	root cid.Cid
}

func (f *Forest) rootsAfter(ctx context.Context, last int64) (page []rooted, err error) {
	rows, err := f.db.Read().QueryContext(ctx, "SELECT folder_id, root FROM forest WHERE folder_id > ? ORDER BY folder_id LIMIT 1000", last)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r rooted
		var root []byte
		if err := rows.Scan(&r.id, &root); err != nil {
			return nil, err
		}
		if r.root, err = cid.Cast(root); err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}
