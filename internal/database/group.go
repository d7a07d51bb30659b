package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"
)

// batchTime is how long a transaction takes in more writers before it commits.
const batchTime = 10 * time.Millisecond

// errLost ends a batch whose transaction SQLite rolled back on its own, as it does when the disk is full or a statement
// is interrupted. Writers who had no part in it try again.
var errLost = errors.New("database: transaction lost")

// group lets concurrent writers share one transaction and one fsync. Writers take turns, first come first served, each
// in its own goroutine and in a savepoint. Whoever is done passes the open transaction on to the next in the queue, or
// commits it for all where nobody waits. So an open transaction always has a holder, and no goroutine runs beside them.
type group struct {
	db    *bun.DB
	limit time.Duration // batchTime

	mu      sync.Mutex
	taken   bool // somebody holds the turn
	waiting []chan struct{}

	batch *batch // nil or open; belongs to the holder of the turn
}

// batch is one transaction of several writers. err is set when done is closed.
type batch struct {
	tx    bun.Tx
	began time.Time
	lost  bool
	done  chan struct{}
	err   error
}

func (g *group) write(ctx context.Context, fn change) error {
	for {
		b, err := g.join(ctx, fn)
		if b != nil {
			<-b.done // also after an error: what it was about, such as a row of another writer, can be read from now on
		}
		if err != nil {
			return err
		}
		if !errors.Is(b.err, errLost) {
			return b.err
		}
	}
}

// join runs fn in the open batch, or in a new one. It passes the turn on even when fn panics.
func (g *group) join(ctx context.Context, fn change) (*batch, error) {
	if err := g.acquire(ctx); err != nil {
		return nil, err
	}
	defer g.pass()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Cancelled in the middle, a statement would take the whole transaction with it.
	ctx = context.WithoutCancel(ctx)
	if g.batch == nil {
		tx, err := g.db.BeginTx(ctx, nil)
		if err != nil {
			return nil, fmt.Errorf("database: begin: %w", err)
		}
		g.batch = &batch{tx: tx, began: time.Now(), done: make(chan struct{})}
	}
	b := g.batch
	return b, b.run(ctx, fn)
}

// acquire waits for the turn.
func (g *group) acquire(ctx context.Context) error {
	g.mu.Lock()
	if !g.taken {
		g.taken = true
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.withdraw(turn)
		return ctx.Err()
	}
}

// withdraw leaves the queue, or passes the turn on if it came meanwhile.
func (g *group) withdraw(turn chan struct{}) {
	g.mu.Lock()
	i := slices.Index(g.waiting, turn)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	g.mu.Unlock()
	if i < 0 {
		g.pass()
	}
}

// pass hands the turn to the next writer, after the commit if this one is the last of the batch.
func (g *group) pass() {
	g.mu.Lock()
	if b := g.batch; b != nil && (b.lost || len(g.waiting) == 0 || time.Since(b.began) > g.limit) {
		g.mu.Unlock()
		g.batch = nil
		b.end()
		g.mu.Lock()
	}
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.taken = false
		return
	}
	close(g.waiting[0])
	g.waiting = g.waiting[1:]
}

// run runs fn in a savepoint, so that what it did can be undone without the work of the others. The undo is deferred:
// fn can panic, and a test can end its goroutine.
func (b *batch) run(ctx context.Context, fn change) (err error) {
	if err := b.exec(ctx, "SAVEPOINT one"); err != nil {
		return err
	}
	finished := false
	defer func() {
		if !finished && b.exec(ctx, "ROLLBACK TO one; RELEASE one") != nil {
			err = fmt.Errorf("database: transaction lost: %w", err)
		}
	}()
	if err := fn(ctx, b.tx); err != nil {
		return err
	}
	finished = true
	return b.exec(ctx, "RELEASE one")
}

// exec moves a savepoint. It fails only when the transaction is no more.
func (b *batch) exec(ctx context.Context, statement string) error {
	_, err := b.tx.Tx.ExecContext(ctx, statement)
	b.lost = b.lost || err != nil
	return err
}

// end commits for all.
func (b *batch) end() {
	defer close(b.done)
	if b.lost {
		_ = b.tx.Rollback() // there is nothing left to roll back
		b.err = errLost
		return
	}
	if err := b.tx.Commit(); err != nil {
		b.err = fmt.Errorf("database: commit: %w", err)
	}
}
