package catalog

import (
	"context"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/part"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// Place is where a file can be put, for packages of the catalog whose bytes do not come in one stream.
type Place struct {
	Room part.Room
	tree *Tree
	path Path
	opts PutOptions
}

// PlaceOf refuses what Put would refuse before it reads a byte. Of what waits to become files, own bytes are of this one.
func PlaceOf(ctx context.Context, t *Tree, path Path, opts PutOptions, own int64) (Place, error) {
	in, at, _, err := preparePut(ctx, t, path, opts, own)
	if err != nil {
		return Place{}, err
	}
	return Place{roomOf(in), in, at, opts}, nil
}

// Writer opens the store of the place; the caller closes it.
func (p Place) Writer() *blockstore.Writer { return p.tree.blocks.Writer() }

// Put makes what w stored safe and names the file, with what else belongs into the transaction.
func (p Place) Put(ctx context.Context, w *blockstore.Writer, file blockstore.File, with ...func(context.Context, *space.Edit, Entry) error) (Entry, error) {
	entry, _, err := commit(ctx, p.tree, w, p.path, file, p.opts, with...)
	return entry, err
}

// PartsOf is the table of uploads of the user of t.
func PartsOf(t *Tree) part.Parts { return part.Parts{DB: t.catalog.db, User: t.actor.User} }
