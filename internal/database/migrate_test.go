package database_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"golang.org/x/sync/errgroup"
)

// files are migrations 1 to len(statements).
func files(statements ...string) fstest.MapFS {
	names := []string{"0001_one.sql", "0002_two.sql", "0003_three.sql"}
	files := fstest.MapFS{}
	for i, statement := range statements {
		files[names[i]] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + statement + "\n")}
	}
	return files
}

const makeThings = "CREATE TABLE things (id {{.ID}}, name {{.Name}} NOT NULL) {{.Table}};"

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	return err == nil
}

func TestMigrateIsRepeatable(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		for range 2 {
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestMigrateCopiesTheFileFirst(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hive.db")
	db := openSQLite(t, path)
	if err := db.MigrateFrom(t.Context(), files(makeThings)); err != nil {
		t.Fatal(err)
	}
	if exists(t, path+".v1") || exists(t, path+".v0") {
		t.Error("a new database was copied")
	}
	write(t, db, "INSERT INTO things (name) VALUES ('kept')")
	two := files(makeThings, "DROP TABLE things;")
	for range 2 {
		if err := db.MigrateFrom(t.Context(), two); err != nil {
			t.Fatal(err)
		}
	}
	var name string
	before := openSQLite(t, path+".v1")
	err := before.Read().NewRaw("SELECT name FROM things").Scan(t.Context(), &name)
	if err != nil || name != "kept" {
		t.Errorf("got %q, %v", name, err)
	}
	if exists(t, path+".v2") {
		t.Error("copied with nothing to apply")
	}
}

func TestMigrateRefusesANewerSchema(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, filepath.Join(t.TempDir(), "hive.db"))
	if err := db.MigrateFrom(t.Context(), files(makeThings, "DROP TABLE things;")); err != nil {
		t.Fatal(err)
	}
	err := db.MigrateFrom(t.Context(), files(makeThings))
	if !errors.Is(err, database.ErrNewerSchema) {
		t.Errorf("got %v", err)
	}
}

func TestMigrateUndoesAMigrationThatFails(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, filepath.Join(t.TempDir(), "hive.db"))
	for _, second := range []string{
		"INSERT INTO things (name) VALUES ('lost'); INSERT INTO nowhere VALUES (1);",
		"INSERT INTO things (name) VALUES ('{{.Unknown}}');",
		"{{",
	} {
		if err := db.MigrateFrom(t.Context(), files(makeThings, second)); err == nil {
			t.Errorf("%s passed", second)
		}
	}
	var n int
	if err := db.Read().NewRaw("SELECT COUNT(*) FROM things").Scan(t.Context(), &n); err != nil || n != 0 {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestMigrateInSeveralProgramsAtOnce(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		slow := files(makeThings, strings.Repeat("INSERT INTO things (name) VALUES ('x');\n", 50), "DROP TABLE things;")
		write(t, db, "DROP TABLE schema_versions") // as if it were new
		var group errgroup.Group
		for range 4 {
			group.Go(func() error { return db.MigrateFrom(t.Context(), slow) })
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// stopping is migrations of which one has the program stopped when it is opened.
type stopping struct {
	fs.FS
	at   string
	stop func()
}

func (s stopping) Open(name string) (fs.File, error) {
	if name == s.at {
		s.stop()
	}
	return s.FS.Open(name)
}

func TestMigrationThatHasBegunEnds(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		write(t, db, "DROP TABLE schema_versions") // as if it were new
		ctx, stop := context.WithCancel(t.Context())
		if err := db.MigrateFrom(ctx, stopping{files(makeThings, "INSERT INTO things (name) VALUES ('x');"), "0002_two.sql", stop}); err != nil || ctx.Err() == nil {
			t.Errorf("got %v, stopped: %v", err, ctx.Err())
		}
		if n, err := db.Read().NewSelect().Table("things").Count(t.Context()); err != nil || n != 1 {
			t.Errorf("%d things, %v; want 1", n, err)
		}
	})
}
