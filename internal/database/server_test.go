package database_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"
)

// TestWriteOutlivesItsConnections, which a server drops when it restarts: nobody notices.
func TestWriteOutlivesItsConnections(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		if db.Dialect() == database.SQLite {
			t.Skip("has no server")
		}
		makeNotes(t, db)
		dropConnections(t, db, 12)
		var group errgroup.Group
		for range 6 {
			group.Go(func() error { return addNote(t.Context(), db, "later") })
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		if got := notes(t, db); len(got) != 6 {
			t.Errorf("got %q", got)
		}
		db.Read().(*bun.DB).SetMaxIdleConns(-1) // Close would report the dead ones
	})
}

// dropConnections fills the pool with n connections and makes the server end all but one.
func dropConnections(t *testing.T, db *database.DB, n int) {
	t.Helper()
	identify, end := "SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%d, 10000)"
	if db.Dialect() == database.MySQL {
		identify, end = "SELECT CONNECTION_ID()", "KILL %d"
	}
	var open, counted sync.WaitGroup
	open.Add(n)
	ids := make([]int, n)
	for i := range n {
		counted.Go(func() {
			conn, err := db.Read().(*bun.DB).Conn(t.Context())
			if err != nil {
				t.Error(err)
			}
			open.Done()
			open.Wait()
			if err := conn.QueryRowContext(t.Context(), identify).Scan(&ids[i]); err != nil {
				t.Error(err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	counted.Wait()
	last, err := db.Read().(*bun.DB).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	var own int
	if err := last.QueryRowContext(t.Context(), identify).Scan(&own); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if id == own {
			continue
		}
		if _, err := last.ExecContext(t.Context(), fmt.Sprintf(end, id)); err != nil {
			t.Fatal(err)
		}
	}
}
