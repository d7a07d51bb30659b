package databasetest

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// Change runs statements, one by one, on the database of a DSN that is there.
func Change(t testing.TB, dsn string, statements ...string) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{DSN: dsn, Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, s); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
}
