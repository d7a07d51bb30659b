package belonging

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/settings"
)

// ErrBlocks says that the folder of the blocks is not that of the hive: what is written there would be in the wrong place.
var ErrBlocks = errors.New("the blocks of this hive are not there")

func (f Folder) blocks() string { return filepath.Join(f.Dir, f.Blocks) }

// Blocks tells whether there is a block store in the folder. Where there is none but roots has some it is ErrBlocks.
func Blocks(f Folder, roots iter.Seq2[cid.Cid, error]) (bool, error) {
	made, err := badgerstore.Made(f.blocks())
	if err != nil || made {
		return made, err
	}
	for _, err := range roots {
		if err != nil {
			return false, err
		}
		return false, fmt.Errorf("%w: the database names content, but %s holds no block store: mount its disk, or put it back from a backup", ErrBlocks, f.blocks())
	}
	return false, nil
}

// sameBlocks says with ErrBlocks that the blocks in the folder belong to another database.
func sameBlocks(f Folder, database string) error {
	blocks, err := readID(f.blocks())
	if err != nil || blocks == "" || database == "" || blocks == database {
		return err
	}
	return fmt.Errorf("%w: %s belongs to the database with the id %q, and this one has %q: mount the right disk, or put the blocks back from a backup. Where these are the right ones all the same, delete %s",
		ErrBlocks, f.blocks(), blocks, database, filepath.Join(f.blocks(), File))
}

// Sign has the blocks that were opened know the database that they belong to.
func Sign(ctx context.Context, f Folder, db *database.DB) error {
	blocks, err := readID(f.blocks())
	if err != nil || blocks != "" {
		return err
	}
	id, err := settings.DatabaseID(ctx, db)
	if err != nil {
		return err
	}
	return f.writeID(f.blocks(), id)
}
