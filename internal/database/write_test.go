package database_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"
)

var errTest = errors.New("test")

func makeNotes(t testing.TB, db *database.DB) {
	t.Helper()
	write(t, db, "CREATE TABLE notes (text VARCHAR(100) NOT NULL)")
}

// write runs statements in one transaction.
func write(t testing.TB, db *database.DB, statements ...string) {
	t.Helper()
	if err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func insertNote(ctx context.Context, tx bun.Tx, text string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO notes (text) VALUES (?)", text)
	return err
}

func addNote(ctx context.Context, db *database.DB, text string) error {
	return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return insertNote(ctx, tx, text) })
}

func notes(t testing.TB, db *database.DB) []string {
	t.Helper()
	var texts []string
	if err := db.Read().NewRaw("SELECT text FROM notes ORDER BY text").Scan(t.Context(), &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestWriteKeepsAllOrNothing(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		makeNotes(t, db)
		if err := addNote(t.Context(), db, "kept"); err != nil {
			t.Fatal(err)
		}
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(insertNote(ctx, tx, "lost"), errTest)
		})
		if !errors.Is(err, errTest) {
			t.Errorf("got %v", err)
		}
		if got := notes(t, db); len(got) != 1 || got[0] != "kept" {
			t.Errorf("got %q", got)
		}
	})
}

func TestWriteInsideWriteIsRefused(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		err := db.Write(t.Context(), func(ctx context.Context, _ bun.Tx) error {
			return db.Write(ctx, func(context.Context, bun.Tx) error { return nil })
		})
		if !errors.Is(err, database.ErrNested) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWriteOfACancelledCaller(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		makeNotes(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := addNote(ctx, db, "never"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := notes(t, db); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	})
}

// TestWriteMixed has writers that succeed, fail, panic, end their goroutine and are cancelled side by side: what is in
// the database afterwards is what Write answered nil for.
func TestWriteMixed(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		makeNotes(t, db)
		const writers, rounds = 40, 10
		stored := make(chan string, writers*rounds)
		var group sync.WaitGroup
		for w := range writers {
			group.Go(func() {
				for r := range rounds {
					text := fmt.Sprintf("%d-%d", w, r)
					err := writeOneWay(t.Context(), db, w%5, text)
					if err == nil {
						stored <- text
					} else if w%5 == 0 {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		close(stored)
		want := map[string]bool{}
		for text := range stored {
			want[text] = true
		}
		got := notes(t, db)
		for _, text := range got {
			if !want[text] {
				t.Errorf("%q was not acknowledged, but is there", text)
			}
		}
		if len(got) != len(want) {
			t.Errorf("got %d notes, want %d", len(got), len(want))
		}
	})
}

// writeOneWay writes a note in one of five ways, of which the first succeeds.
func writeOneWay(ctx context.Context, db *database.DB, way int, text string) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		err = errTest // panicking or gone
		err = db.Write(ctx, func(inner context.Context, tx bun.Tx) error {
			if err := insertNote(inner, tx, text); err != nil {
				return err
			}
			switch way {
			case 1:
				return errTest
			case 2:
				panic("test")
			case 3:
				runtime.Goexit()
			case 4:
				cancel()
			}
			return nil
		})
	}()
	<-done
	return err
}

func TestWriteIsTriedAgainAfterADeadlock(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		if db.Dialect() == database.SQLite {
			t.Skip("writers take turns")
		}
		write(t, db, "CREATE TABLE counters (id INT PRIMARY KEY, n INT NOT NULL)",
			"INSERT INTO counters VALUES (1, 0), (2, 0)")
		// Each takes one row, and the other one only when both have theirs.
		var both sync.WaitGroup
		both.Add(2)
		meet := func(once *sync.Once) func() { return func() { once.Do(func() { both.Done(); both.Wait() }) } }
		var group errgroup.Group
		for _, order := range [][2]int{{1, 2}, {2, 1}} {
			met := meet(new(sync.Once))
			group.Go(func() error {
				return db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if err := count(ctx, tx, order[0]); err != nil {
						return err
					}
					met()
					return count(ctx, tx, order[1])
				})
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		var total int
		if err := db.Read().NewRaw("SELECT SUM(n) FROM counters").Scan(t.Context(), &total); err != nil || total != 4 {
			t.Errorf("got %d, %v", total, err)
		}
	})
}

func count(ctx context.Context, tx bun.Tx, id int) error {
	_, err := tx.ExecContext(ctx, "UPDATE counters SET n = n + 1 WHERE id = ?", id)
	return err
}

func TestForUpdateLocks(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		write(t, db, "CREATE TABLE counters (id INT PRIMARY KEY, n INT NOT NULL)", "INSERT INTO counters VALUES (1, 0)")
		var group errgroup.Group
		const writers, rounds = 8, 10
		for range writers {
			group.Go(func() error {
				for range rounds {
					if err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
						var n int
						query := tx.NewSelect().Table("counters").Column("n").Where("id = 1")
						if err := db.ForUpdate(query).Scan(ctx, &n); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, "UPDATE counters SET n = ? WHERE id = 1", n+1)
						return err
					}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		var total int
		err := db.Read().NewRaw("SELECT n FROM counters").Scan(t.Context(), &total)
		if err != nil || total != writers*rounds {
			t.Errorf("got %d, %v", total, err)
		}
	})
}

func TestFullDiskIsSaidAsTheSystemSaysIt(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	if _, err := db.WriteConn().ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // no more than there are
		t.Fatal(err)
	}
	err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO settings (name, value, changed, actor) VALUES ('x', hex(randomblob(1000000)), 1, '')")
		return err
	})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want ENOSPC", err)
	}
}
