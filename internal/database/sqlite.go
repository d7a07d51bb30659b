package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
)

// writerPragmas make a commit durable, give the writer a cache of 16 MB, hold in memory what would undo one write of a group and
// cut the WAL back to 64 MB. In memory are the pages that the write changes, 100 MB for 300,000 rows with three indexes; in a file
// they take an eighth of the time of many small uploads.
var writerPragmas = []string{"journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16000)", "temp_store(MEMORY)", "journal_size_limit(67108864)"}

// openSQLite opens one connection that writes and a pool of others that only read. In WAL mode they do not wait for
// each other.
func (d *DB) openSQLite(ctx context.Context, existing bool) error {
	path, err := filepath.Abs(d.path)
	if err != nil {
		return err
	}
	// SQLite would make the file readable for all; its WAL files get the mode of the file.
	flags := os.O_CREATE | os.O_RDWR
	if existing {
		flags = os.O_RDWR
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if existing && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrMissing, path)
	}
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	d.path = path
	if d.write, err = openFile(path, writerPragmas...); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	if d.read, err = openFile(path, "query_only(1)"); err != nil {
		return errors.Join(err, d.write.Close())
	}
	readers := min(max(4, 2*runtime.NumCPU()), 16)
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	d.group = &group{db: d.write, limit: batchTime}
	if err := d.checkWAL(ctx); err != nil {
		return errors.Join(err, d.Close())
	}
	return nil
}

// openFile makes a pool whose connections start with these pragmas.
func openFile(path string, pragmas ...string) (*bun.DB, error) {
	query := url.Values{
		"_pragma": append([]string{"busy_timeout(10000)", "foreign_keys(1)"}, pragmas...),
		"_txlock": {"immediate"}, // for all but read-only ones: another program could write between a read and a write
		"_dqs":    {"0"},
	}
	uri := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	connector, err := sqlite.NewConnector(uri.String())
	if err != nil {
		return nil, err
	}
	return bun.NewDB(sql.OpenDB(connector), sqlitedialect.New(), bun.WithDiscardUnknownColumns()), nil
}

// sorting has the connection that writes keep on disk what it needs beside the database while fn runs: to make an index of a
// large table would take as much memory.
func (d *DB) sorting(ctx context.Context, fn func() error) error {
	if d.dialect != SQLite {
		return fn()
	}
	if _, err := d.write.ExecContext(ctx, "PRAGMA temp_store = FILE"); err != nil {
		return err
	}
	err := fn()
	_, back := d.write.ExecContext(context.WithoutCancel(ctx), "PRAGMA temp_store = MEMORY")
	return errors.Join(err, back)
}

// checkWAL refuses file systems without shared memory, on which SQLite quietly keeps its older journal.
func (d *DB) checkWAL(ctx context.Context) error {
	var mode string
	if err := d.write.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("journal mode is %s, not WAL: is the file on a network file system?", mode)
	}
	return nil
}

// Backup writes a consistent copy of a SQLite database to path while it is in use. A file at path is replaced in one
// step once the copy is complete and durable. Other databases have their own tools: ErrUnsupported.
func (d *DB) Backup(ctx context.Context, path string) error {
	if d.dialect != SQLite {
		return fmt.Errorf("%w: backup of %s", ErrUnsupported, d.dialect)
	}
	temp := path + ".part"
	err := d.copyTo(ctx, temp)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // it may not be there
		return fmt.Errorf("database: backup: %w", err)
	}
	return syncFile(filepath.Dir(path))
}

func (d *DB) copyTo(ctx context.Context, path string) error {
	// VACUUM INTO accepts an empty file, so that nobody else can read the copy.
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	conn, err := openFile(d.path) // those that read are not allowed to, and the one that writes is busy
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(err, conn.Close(), syncFile(path))
}

// syncFile makes a file or folder durable.
func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
