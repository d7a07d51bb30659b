package catalog

import (
	"context"
	"time"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/mount"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/upkeep"
	"github.com/melissiproject/hive/catalog/internal/write"
	"github.com/melissiproject/hive/internal/database"
)

// Fill puts n files that share the content of file into a folder, in a few transactions: large folders in short time.
func (t *Tree) Fill(ctx context.Context, path Path, file blockstore.File, n int, each func(i int) (string, PutOptions)) error {
	for first := 0; first < n; first += 1000 {
		err := edit(ctx, t, func(ctx context.Context, e *space.Edit) error {
			for i := first; i < min(n, first+1000); i++ {
				name, opts := each(i)
				opts.Parents = true
				if _, _, err := write.Put(ctx, e, path.Child(name), file, opts); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// RelayOnce carries over what is new now.
func (c *Catalog) RelayOnce(ctx context.Context) error { return mount.Once(ctx, c.tables, nil) }

// DB is the database, for tests that ask it how it runs a query or what it holds.
func (c *Catalog) DB() *database.DB { return c.db }

// Blocks is the store, for tests that collect its garbage.
func (c *Catalog) Blocks() *blockstore.Store { return c.blocks }

// Surplus is the rule by which revisions are thinned.
func Surplus(revisions []Revision, now time.Time) []Revision { return upkeep.Surplus(revisions, now) }
