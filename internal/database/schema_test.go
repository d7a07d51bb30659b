package database_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

func TestSchemaIsComparedWithTheProgram(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		if err := db.Current(t.Context()); err != nil {
			t.Error(err)
		}
		for _, step := range []struct {
			statement string
			want      error
		}{
			{"DELETE FROM schema_versions WHERE version_id > 3", database.ErrOlderSchema},
			{"UPDATE schema_versions SET version_id = 9000 WHERE version_id = 3", database.ErrNewerSchema},
		} {
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, step.statement); return err })
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Current(t.Context()); !errors.Is(err, step.want) {
				t.Errorf("%s: got %v, want %v", step.statement, err, step.want)
			}
		}
	})
}

func TestEmptyDatabaseHasSchemaZeroAndStaysEmpty(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, filepath.Join(t.TempDir(), "hive.db"))
	for range 2 {
		if v, err := db.Schema(t.Context()); err != nil || v != 0 {
			t.Errorf("got %d, %v", v, err)
		}
	}
	if err := db.Current(t.Context()); !errors.Is(err, database.ErrOlderSchema) {
		t.Errorf("got %v, want ErrOlderSchema", err)
	}
}

func TestExistingFileIsNotMade(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hive.db")
	if _, err := database.Open(t.Context(), database.Config{DSN: "sqlite:" + path, Existing: true}); !errors.Is(err, database.ErrMissing) {
		t.Errorf("got %v, want ErrMissing", err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the file was made")
	}
}
