package database_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"
)

func openSQLite(t *testing.T, path string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{DSN: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestSQLiteIsDurableAndStrict(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "temp_store": "2", "foreign_keys": "1"} {
		var got string
		if err := db.WriteConn().NewRaw("PRAGMA "+pragma).Scan(t.Context(), &got); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", pragma, got, err, want)
		}
	}
}

func TestSQLiteReadRefusesChanges(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	if _, err := db.Read().ExecContext(t.Context(), "DELETE FROM users"); err == nil {
		t.Error("a change passed")
	}
}

func TestSQLiteFileOfAnyName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hive.db", "a b?c=d&e#f%20g.db", "ünïcode 🐝.db", "it's \"quoted\".db", "back\\slash;.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := openSQLite(t, path)
		makeNotes(t, db)
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			if err != nil {
				t.Errorf("%q: %v", name, err)
			} else if got := info.Mode().Perm(); got != 0o600 {
				t.Errorf("%q%s has mode %o", name, suffix, got)
			}
		}
	}
}

func TestOpenReportsWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("this is no database, but a text of some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dsn := range []string{
		"sqlite:" + filepath.Join(dir, "missing", "hive.db"),
		"sqlite:" + dir,
		"sqlite:" + text,
		"postgres://user@127.0.0.1:1/hive",
		"mysql://user@127.0.0.1:1/hive",
		"nonsense",
	} {
		if db, err := database.Open(t.Context(), database.Config{DSN: dsn}); err == nil {
			t.Errorf("%s opened", dsn)
			_ = db.Close()
		}
	}
}

// TestBackupDuringWrites: a copy has all that was written before it began, nothing half, and no writer waits for it.
func TestBackupDuringWrites(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	for range 20 {
		if err := addNote(t.Context(), db, "before"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var group errgroup.Group
	for range 4 {
		group.Go(func() error {
			for ctx.Err() == nil {
				if err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					return errors.Join(insertNote(ctx, tx, "pair"), insertNote(ctx, tx, "pair"))
				}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	path := filepath.Join(t.TempDir(), "it's a copy.db")
	for range 5 {
		if err := db.Backup(t.Context(), path); err != nil {
			t.Error(err)
		}
	}
	stop()
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if got := len(notes(t, openSQLite(t, path))); got < 20 || got%2 != 0 {
		t.Errorf("the copy has %d notes", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
}

func TestBackupLeavesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	dir := t.TempDir()
	target := filepath.Join(dir, "copy.db")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o700); err != nil { // cannot be replaced
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), target); err == nil {
		t.Error("got no error")
	}
	if _, err := os.Stat(target + ".part"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestBackupElsewhereIsUnsupported(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "copy"))
		if got, want := errors.Is(err, database.ErrUnsupported), db.Dialect() != database.SQLite; got != want {
			t.Errorf("got %v", err)
		}
	})
}
