package settings_test

import (
	"testing"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/settings"
)

func TestDatabaseID(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		if id, err := settings.DatabaseID(t.Context(), db); err != nil || id != "" {
			t.Errorf("a new database has %q, %v", id, err)
		}
		if err := settings.GiveDatabaseID(t.Context(), db, "one"); err != nil {
			t.Fatal(err)
		}
		if err := settings.GiveDatabaseID(t.Context(), db, "two"); !database.IsUnique(err) {
			t.Errorf("a second id: got %v", err)
		}
		if id, err := settings.DatabaseID(t.Context(), db); err != nil || id != "one" {
			t.Errorf("got %q, %v", id, err)
		}
		if changed := open(t, db, file).Changed(); len(changed) > 0 {
			t.Errorf("the id counts as a setting: %v", changed)
		}
	})
}
