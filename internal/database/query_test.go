package database_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"
)

func prepare(t *testing.T, db *database.DB, text string) *database.Query {
	t.Helper()
	query, err := db.Prepare(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return query
}

// TestPreparedQueries run in transactions, some of which fail, and beside them.
func TestPreparedQueries(t *testing.T) {
	t.Parallel()
	withValues(t, func(t *testing.T, db *database.DB) {
		add := prepare(t, db, "INSERT INTO vals (name, wide, body, i, at, b, raw) VALUES (?, '', '', ?, ?, ?, ?)")
		find := prepare(t, db, "SELECT i, at, b, raw FROM vals WHERE name = ?")
		at := database.At(time.Unix(1, 2))
		var group errgroup.Group
		for i := range int64(20) {
			name := string(rune('a' + i))
			group.Go(func() error {
				err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if _, err := add.Exec(ctx, tx, name, i, at, true, []byte{0, byte(i)}); err != nil {
						return err
					}
					var found int64
					if err := find.Row(ctx, tx, name).Scan(&found, new(database.Time), new(bool), new([]byte)); err != nil {
						return err
					}
					if i%2 == 1 || found != i {
						return errTest
					}
					return nil
				})
				if errors.Is(err, errTest) && i%2 == 1 {
					return nil
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		var got value
		if err := find.Row(t.Context(), db.Read(), "s").Scan(&got.Int, &got.Time, &got.Bool, &got.Bytes); err != nil {
			t.Fatal(err)
		}
		if got.Int != 18 || got.Time != at || !got.Bool || string(got.Bytes) != "\x00\x12" {
			t.Errorf("got %+v", got)
		}
		if err := find.Row(t.Context(), db.Read(), "t").Scan(&got.Int); err == nil {
			t.Error("what was rolled back is there")
		}
	})
}

func TestPrepareRefusesNonsense(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	if _, err := db.Prepare(t.Context(), "SELECT nothing FROM nowhere"); err == nil {
		t.Error("got no error")
	}
}

// TestTold hears of all statements, those that are prepared too.
func TestTold(t *testing.T) {
	t.Parallel()
	var told []string
	db := databasetest.Telling(t, func(statement string) { told = append(told, statement) })
	count := prepare(t, db, "SELECT COUNT(*) FROM users WHERE name = ?")
	end := prepare(t, db, "DELETE FROM users WHERE name = ?")
	told = nil
	var n int
	if err := count.Row(t.Context(), db.Read(), "x").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if err := db.Read().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM tokens WHERE name = ?", "y").Scan(&n); err != nil {
		t.Fatal(err)
	}
	err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := end.Exec(ctx, tx, "z")
		return err
	})
	want := []string{"SELECT COUNT(*) FROM users WHERE name = ?", "SELECT COUNT(*) FROM tokens WHERE name = ?", "BEGIN", "DELETE FROM users WHERE name = ?", "COMMIT"}
	if err != nil || !slices.Equal(told, want) {
		t.Errorf("told %q, %v, want %q", told, err, want)
	}
}

// TestOnCommit has commits fail that are not allowed.
func TestOnCommit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hive.db")
	may := true
	databasetest.OnCommit(path, func() bool { return may })
	db, err := database.Open(t.Context(), database.Config{DSN: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	add := func(name string) error {
		return db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO users (name, password, admin, disabled, quota, created) VALUES (?, '', 0, 0, 0, 0)", name)
			return err
		})
	}
	if err := add("a"); err != nil {
		t.Fatal(err)
	}
	may = false
	if err := add("b"); err == nil {
		t.Error("a commit that was not allowed")
	}
	may = true
	if err := add("c"); err != nil {
		t.Errorf("the commit after: %v", err)
	}
	var names string
	if err := db.Read().QueryRowContext(t.Context(), "SELECT GROUP_CONCAT(name) FROM users").Scan(&names); err != nil || names != "a,c" {
		t.Errorf("users %q, %v", names, err)
	}
}
