package database_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

func TestSnapshotSeesOneMoment(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		makeNotes(t, db)
		count := func(ctx context.Context, idb bun.IDB) (n int) {
			if err := idb.QueryRowContext(ctx, "SELECT COUNT(*) FROM notes").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		err := db.Snapshot(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			before := count(ctx, tx)
			prepared := prepare(t, db, "SELECT text FROM notes WHERE text <> ?").Within(ctx, tx)
			if err := addNote(t.Context(), db, "meanwhile"); err != nil {
				return err
			}
			if got := count(ctx, tx); got != before {
				t.Errorf("got %d notes, then %d", before, got)
			}
			for range 2 {
				rows, err := prepared(ctx, "none")
				if err != nil {
					return err
				}
				for rows.Next() {
					t.Error("a note came into the snapshot")
				}
				if err := errors.Join(rows.Err(), rows.Close()); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM notes"); err == nil {
				t.Error("a change passed")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if got := count(t.Context(), db.Read()); got != 1 {
			t.Errorf("got %d notes", got)
		}
	})
}

// TestSnapshotsLeaveConnections has more snapshots at once than there are connections, each of which reads by another
// connection too.
func TestSnapshotsLeaveConnections(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		makeNotes(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var g errgroup.Group
		for range 64 {
			g.Go(func() error {
				return db.Snapshot(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
					var n int
					for _, idb := range []bun.IDB{tx, db.Read(), tx, db.Read()} {
						err = errors.Join(err, idb.QueryRowContext(ctx, "SELECT COUNT(*) FROM notes").Scan(&n))
					}
					return err
				})
			})
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
}
