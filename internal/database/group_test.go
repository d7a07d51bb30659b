package database_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/uptrace/bun"
)

// batch is writers that share one SQLite transaction: they queue while the first holds the turn.
type batch struct {
	t       *testing.T
	db      *database.DB
	release chan struct{}
	results []chan error
}

func newBatch(t *testing.T, db *database.DB) *batch {
	t.Helper()
	b := &batch{t: t, db: db, release: make(chan struct{})}
	holding := make(chan struct{}, 10) // it runs again if the transaction is lost
	b.start(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		holding <- struct{}{}
		<-b.release
		return insertNote(ctx, tx, "first")
	})
	<-holding
	return b
}

func (b *batch) start(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) {
	result := make(chan error, 1)
	b.results = append(b.results, result)
	go func() { result <- b.db.Write(ctx, fn) }()
}

// queue adds a writer and waits until it is in the queue.
func (b *batch) queue(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) {
	waiting := b.db.Waiting()
	b.start(ctx, fn)
	b.waitFor(waiting + 1)
}

func (b *batch) waitFor(waiting int) {
	for b.db.Waiting() != waiting {
		runtime.Gosched()
	}
}

func (b *batch) add(text string) {
	b.queue(b.t.Context(), func(ctx context.Context, tx bun.Tx) error { return insertNote(ctx, tx, text) })
}

// finish lets the writers go and returns their errors in the order in which they came.
func (b *batch) finish() []error {
	close(b.release)
	var errs []error
	for _, result := range b.results {
		errs = append(errs, <-result)
	}
	return errs
}

func checkNotes(t *testing.T, db *database.DB, want ...string) {
	t.Helper()
	if got := notes(t, db); !slices.Equal(got, want) {
		t.Errorf("got notes %q, want %q", got, want)
	}
}

func newNotes(t *testing.T) *database.DB {
	t.Helper()
	db := databasetest.New(t)
	db.SetBatchTime(time.Hour)
	makeNotes(t, db)
	return db
}

func TestGroupCommitsOnce(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	b := newBatch(t, db)
	for i := range 20 {
		b.queue(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			var seen int // in one transaction each sees those before it
			if err := tx.NewRaw("SELECT COUNT(*) FROM notes").Scan(ctx, &seen); err != nil {
				return err
			}
			if seen != i+1 || len(notes(t, db)) != 0 {
				return fmt.Errorf("saw %d, committed %d", seen, len(notes(t, db)))
			}
			return insertNote(ctx, tx, "other")
		})
	}
	if err := errors.Join(b.finish()...); err != nil {
		t.Error(err)
	}
	if got := len(notes(t, db)); got != 21 {
		t.Errorf("got %d notes", got)
	}
}

func TestGroupLetsACancelledWriterGo(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	b := newBatch(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	b.queue(ctx, func(context.Context, bun.Tx) error { return errors.New("was run") })
	b.add("second")
	cancel()
	if err := <-b.results[1]; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	b.results = slices.Delete(b.results, 1, 2)
	if err := errors.Join(b.finish()...); err != nil {
		t.Error(err)
	}
	checkNotes(t, db, "first", "second")
}

// TestGroupCommitsWhenTheLastIsCancelled: the first passed the open transaction on to one who no longer wants it.
func TestGroupCommitsWhenTheLastIsCancelled(t *testing.T) {
	t.Parallel()
	for range 50 {
		db := newNotes(t)
		b := newBatch(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		b.queue(ctx, func(ctx context.Context, tx bun.Tx) error { return insertNote(ctx, tx, "last") })
		go cancel()
		errs := b.finish()
		if errs[0] != nil {
			t.Error(errs[0])
		}
		if errs[1] == nil {
			checkNotes(t, db, "first", "last")
		} else {
			checkNotes(t, db, "first")
		}
	}
}

func TestGroupKeepsOthersWhenOneFails(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	b := newBatch(t, db)
	b.add("second")
	b.queue(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return errors.Join(insertNote(ctx, tx, "bad"), errTest)
	})
	b.add("third")
	errs := b.finish()
	if err := errors.Join(errs[0], errs[1], errs[3]); err != nil || !errors.Is(errs[2], errTest) {
		t.Errorf("got %v", errs)
	}
	checkNotes(t, db, "first", "second", "third")
}

func TestGroupPanicReachesItsCallerOnly(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	b := newBatch(t, db)
	b.add("second")
	caught := make(chan any)
	go func() {
		defer func() { caught <- recover() }()
		_ = db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_ = insertNote(ctx, tx, "bad")
			panic("test")
		})
	}()
	b.waitFor(2)
	b.add("third")
	close(b.release)
	if got := <-caught; got != "test" {
		t.Errorf("caught %v", got)
	}
	b.release = make(chan struct{})
	if err := errors.Join(b.finish()...); err != nil {
		t.Error(err)
	}
	checkNotes(t, db, "first", "second", "third")
}

// TestGroupSurvivesALostTransaction: SQLite rolls back the whole transaction of an interrupted INSERT, and one could
// be interrupted if a writer did not use the context it was given.
func TestGroupSurvivesALostTransaction(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	b := newBatch(t, db)
	b.add("second")
	ctx, cancel := context.WithCancel(t.Context())
	b.queue(ctx, func(_ context.Context, tx bun.Tx) error {
		cancel()
		_, err := tx.Tx.ExecContext(ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
			INSERT INTO notes SELECT 'bad' FROM n LIMIT 100000000`)
		return err
	})
	b.queue(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "ROLLBACK")
		return err
	})
	b.add("third")
	errs := b.finish()
	if err := errors.Join(errs[0], errs[1], errs[4]); err != nil || errs[2] == nil || errs[3] == nil {
		t.Errorf("got %v", errs)
	}
	checkNotes(t, db, "first", "second", "third")
}

func TestGroupFailsTogetherWithTheCommit(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	write(t, db, "CREATE TABLE owners (id INTEGER PRIMARY KEY)",
		"CREATE TABLE things (owner INTEGER REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED)")
	b := newBatch(t, db)
	b.queue(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO things VALUES (7)")
		return err
	})
	b.add("third")
	for i, err := range b.finish() {
		if err == nil {
			t.Errorf("writer %d got no error", i)
		}
	}
	checkNotes(t, db)
	if err := addNote(t.Context(), db, "later"); err != nil {
		t.Error(err)
	}
	checkNotes(t, db, "later")
}

func TestGroupOnAFullDisk(t *testing.T) {
	t.Parallel()
	db := newNotes(t)
	write(t, db, "INSERT INTO notes VALUES ('before')")
	if _, err := db.WriteConn().ExecContext(t.Context(), "PRAGMA max_page_count = 40"); err != nil {
		t.Fatal(err)
	}
	b := newBatch(t, db)
	b.queue(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO notes VALUES (CAST(zeroblob(1000000) AS TEXT))")
		return err
	})
	b.add("third")
	errs := b.finish()
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	checkNotes(t, db, "before", "first", "third")
}
