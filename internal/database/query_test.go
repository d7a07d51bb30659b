package database_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/database"
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
