// Package belonging holds the database of a hive, its data folder and its blocks together: all know the same random id.
//
// It owns the files with that id in the two folders, and when a database or blocks are refused. It does not own the schema, nor the row with the id in
// the database.
package belonging

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/settings"
)

// Errors of this package.
var (
	ErrElsewhere = errors.New("the database of this hive is not there")
	ErrTaken     = errors.New("the database is not empty, and may be that of another hive")
	ErrOlder     = errors.New("the data is of an older version of hive")
	ErrNewer     = errors.New("the data is of a newer version of hive")
)

// File has the id in the data folder, and in that of the blocks.
const File = "database.id"

// remedy is what to do where the database is not there.
const remedy = "put it back from a backup, or name the right one by database in config.yaml or HIVE_DATABASE"

// Folder is the data folder of a hive and what is said of its database.
type Folder struct {
	Dir     string
	Blocks  string // name of the folder in Dir with the block store
	DSN     string
	Replace func(name string, content []byte) error // writes a file in one step
	Log     *slog.Logger
}

// Open opens the database of a hive that is there. It must be the one that the folder belongs to, for all blocks that no
// name of another one points at would be deleted: ErrElsewhere. Where alone it is migrated, and a hive of before there were ids
// gets one; else nothing changes, and the schema must be that of this program.
func Open(ctx context.Context, f Folder, alone bool) (_ *database.DB, err error) {
	db, err := database.Open(ctx, database.Config{DSN: f.DSN, Existing: true, Log: f.Log})
	if errors.Is(err, database.ErrMissing) {
		return nil, fmt.Errorf("%w: %w; %s", ErrElsewhere, err, remedy)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if err := sameDatabase(ctx, f, db); err != nil {
		return nil, err
	}
	if !alone {
		return db, current(ctx, db)
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	return db, adopt(ctx, f, db)
}

// current says with ErrOlder or ErrNewer that a database is not of this version.
func current(ctx context.Context, db *database.DB) error {
	err := db.Current(ctx)
	if errors.Is(err, database.ErrOlderSchema) {
		return fmt.Errorf("%w: %w", ErrOlder, err)
	}
	if errors.Is(err, database.ErrNewerSchema) {
		return fmt.Errorf("%w: %w", ErrNewer, err)
	}
	return err
}

// Make opens the database of a hive that is being made: one that is empty, or that the same Init has begun. One of another
// hive is ErrTaken.
func Make(ctx context.Context, f Folder) (_ *database.DB, err error) {
	db, err := database.Open(ctx, database.Config{DSN: f.DSN, Log: f.Log})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	schema, err := db.Schema(ctx)
	if err != nil {
		return nil, err
	}
	if schema > 0 {
		ours, err := f.id()
		if err != nil {
			return nil, err
		}
		if theirs, err := settings.DatabaseID(ctx, db); err != nil || ours != theirs {
			return nil, errors.Join(err, fmt.Errorf("%w: the database is that of another hive; name an empty one by database or HIVE_DATABASE", ErrTaken))
		}
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	return db, adopt(ctx, f, db)
}

// sameDatabase says whether a database is that of the folder, as far as can be told.
func sameDatabase(ctx context.Context, f Folder, db *database.DB) error {
	schema, err := db.Schema(ctx)
	if err != nil {
		return err
	}
	ours, err := f.id()
	if err != nil {
		return err
	}
	if schema == 0 {
		if blocks, err := f.hasBlocks(); err != nil || !blocks && ours == "" {
			return err
		}
		return fmt.Errorf("%w: the database is empty, but %s is a hive in use; %s", ErrElsewhere, f.Dir, remedy)
	}
	theirs, err := settings.DatabaseID(ctx, db)
	if err != nil {
		return err
	}
	if ours == "" || ours == theirs {
		return sameBlocks(f, theirs)
	}
	return fmt.Errorf("%w: the database has the id %q, and %s belongs to that with %q; %s. Where this is the right one all the same, delete %s",
		ErrElsewhere, theirs, f.Dir, ours, remedy, filepath.Join(f.Dir, File))
}

// adopt has database and folder know each other. The folder comes last: it may take over an id, the database never.
func adopt(ctx context.Context, f Folder, db *database.DB) error {
	ours, err := f.id()
	if err != nil {
		return err
	}
	theirs, err := settings.DatabaseID(ctx, db)
	if err != nil || theirs != "" && ours == theirs {
		return err
	}
	if theirs == "" {
		blocks, err := readID(f.blocks())
		if err != nil {
			return err
		}
		theirs = cmp.Or(ours, blocks, rand.Text())
		if err := settings.GiveDatabaseID(ctx, db, theirs); err != nil {
			return err
		}
	}
	if ours == theirs {
		return nil
	}
	return f.setID(theirs)
}

// id is that of the database that the folder belongs to, or nothing.
func (f Folder) id() (string, error) { return readID(f.Dir) }

func readID(dir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("belonging: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

func (f Folder) setID(id string) error { return f.writeID(f.Dir, id) }

func (f Folder) writeID(dir, id string) error {
	if err := f.Replace(filepath.Join(dir, File), []byte(id+"\n")); err != nil {
		return fmt.Errorf("belonging: %w", err)
	}
	return nil
}

// Mark gives a folder that is being made the id that its database will have. One that is there stays.
func (f Folder) Mark() error {
	id, err := f.id()
	if err != nil || id != "" {
		return err
	}
	return f.setID(rand.Text())
}

// hasBlocks says whether there is a block store in the folder, be it an empty one.
func (f Folder) hasBlocks() (bool, error) {
	files, err := os.ReadDir(filepath.Join(f.Dir, f.Blocks))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("belonging: %w", err)
	}
	return len(files) > 0, nil
}
