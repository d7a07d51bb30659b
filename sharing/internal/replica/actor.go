package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/bell"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Pauses of the work on one share.
const (
	restless  = 50 * time.Millisecond // between two steps, on average: changes that come in crowds go together
	atOnce    = 8                     // steps that may follow each other sooner
	firstWait = 2 * time.Second       // after a failure
	mostWait  = 10 * time.Minute      // after many
	compares  = time.Hour             // between two comparisons with other hives that nothing caused
)

// actors are what works on one share: one on its names, one on the content of a received one or on what is proposed to an own one.
type actors struct {
	names, content *actor
	cancel         context.CancelFunc
	space          int64
	version        int64
	compared       time.Time // with other hives, without a cause

	worked   *bell.Bell // of the engine
	counting sync.Mutex
	missing  missing // as it was last counted
}

// actor does one kind of work on a share, whenever it is woken and after failures.
type actor struct {
	step func(ctx context.Context) error
	log  *slog.Logger
	news chan struct{}

	mu       sync.Mutex
	failures int
	err      error
	failed   time.Time
	retry    time.Time
}

func newActor(log *slog.Logger, step func(ctx context.Context) error) *actor {
	return &actor{step: step, log: log, news: make(chan struct{}, 1)}
}

func (a *actor) wake() {
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// run does steps until ctx ends.
func (a *actor) run(ctx context.Context) {
	a.wake()
	again := time.AfterFunc(compares, a.wake)
	defer again.Stop()
	pace := rate.NewLimiter(rate.Every(restless), atOnce)
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.news:
		}
		began := time.Now()
		err := a.step(ctx)
		if ctx.Err() != nil {
			return
		}
		again.Reset(a.after(err))
		if !rest(ctx, max(pace.Reserve().Delay(), min(time.Since(began), time.Second))) {
			return
		}
	}
}

// rest waits, or until ctx ends: false. Neither by the channel of a timer nor by one that is due at once: some of those at the same
// time in a bubble of virtual time crash Go's race detector, https://go.dev/issue/78156.
func rest(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	over := make(chan struct{})
	timer := time.AfterFunc(d, func() { close(over) })
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-over:
		return true
	}
}

// after notes how a step went and tells when the next is due without news.
func (a *actor) after(err error) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
	if err == nil {
		a.failures, a.retry = 0, time.Time{}
		return compares
	}
	if a.failures++; a.failures == 1 {
		a.log.Info("a share does not get on", "err", err)
	}
	wait := mostWait
	if a.failures < 10 {
		wait = min(firstWait<<(a.failures-1), mostWait)
	}
	wait += rand.N(wait / 5)
	a.failed = time.Now()
	a.retry = a.failed.Add(wait)
	return wait
}

// hope wakes an actor that found no room some time ago: there may be some now, which nothing tells.
func (a *actor) hope() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if (errors.Is(a.err, catalog.ErrQuota) || errors.Is(a.err, blockstore.ErrNoSpace)) && time.Since(a.failed) >= firstWait {
		a.wake()
	}
}

// state is why the last step failed, and when the next is.
func (a *actor) state() (retry time.Time, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.retry, a.err
}

// dispatch keeps actors for all shares and wakes them by what changes here.
func (e *Engine) dispatch(ctx context.Context, g *errgroup.Group) error {
	spaces, news, cancel := e.courier.Catalog.Subscribe()
	defer cancel()
	for {
		changed := e.courier.Ledger.Watch()
		for err := e.muster(ctx, g); err != nil; err = e.muster(ctx, g) {
			if ctx.Err() == nil {
				e.log.ErrorContext(ctx, "cannot see which shares go on", "err", err)
			}
			if !rest(ctx, firstWait) {
				return nil
			}
		}
		for again := false; !again; {
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
				again = true
			case <-spaces:
				e.wakeSpaces(news())
			}
		}
	}
}

// muster starts and ends actors so that there are those of the shares that go on, and wakes those whose share changed.
func (e *Engine) muster(ctx context.Context, g *errgroup.Group) error {
	shares, err := e.courier.Ledger.Shares(ctx, ledger.Filter{Active: true})
	if err != nil {
		return fmt.Errorf("sharing: list shares: %w", err)
	}
	alive := make(map[ledger.ID]bool, len(shares))
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range shares {
		if s.Space == 0 {
			continue
		}
		alive[s.ID] = true
		a, ok := e.actors[s.ID]
		if ok && a.space == s.Space {
			if a.version != s.Version {
				a.version = s.Version
				a.wake()
			}
			continue
		}
		if ok {
			a.cancel()
		}
		e.actors[s.ID] = e.start(ctx, g, s)
	}
	for id, a := range e.actors {
		if !alive[id] {
			a.cancel()
			delete(e.actors, id)
		}
	}
	return nil
}

// start makes the actors of a share.
func (e *Engine) start(ctx context.Context, g *errgroup.Group, s ledger.Share) *actors {
	ctx, cancel := context.WithCancel(ctx)
	a := &actors{cancel: cancel, space: s.Space, version: s.Version, worked: &e.worked}
	log := e.log.With("share", string(s.ID))
	if s.Own {
		a.names = newActor(log, func(ctx context.Context) error { return e.owner.Publish(ctx, s.ID) })
		a.content = newActor(log, func(ctx context.Context) error { return e.owner.Merge(ctx, s.ID, a.content.news) })
	} else {
		a.names = newActor(log, func(ctx context.Context) error { defer a.stepped(); return e.member.Follow(ctx, s.ID) })
		a.content = newActor(log, func(ctx context.Context) error { defer a.stepped(); return e.member.Fill(ctx, s.ID) })
	}
	g.Go(func() error { a.content.run(ctx); return nil })
	g.Go(func() error { a.names.run(ctx); return nil })
	return a
}

func (a *actors) wake() {
	a.names.wake()
	a.content.wake()
}

// actorsOf are what works on a share, nil where nothing does.
func (e *Engine) actorsOf(id ledger.ID) *actors {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.actors[id]
}

// wake has a share looked at.
func (e *Engine) wake(id ledger.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.actors[id]; a != nil {
		a.wake()
	}
}

// wakeContent is wake for the content alone.
func (e *Engine) wakeContent(id ledger.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.actors[id]; a != nil {
		a.content.wake()
	}
}

// wakeSpaces wakes the names of shares whose space changed.
func (e *Engine) wakeSpaces(spaces []int64) {
	changed := make(map[int64]bool, len(spaces))
	for _, s := range spaces {
		changed[s] = true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.actors {
		if changed[a.space] {
			a.names.wake()
		}
	}
}

// halt ends the work on a share.
func (e *Engine) halt(id ledger.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.actors[id]; a != nil {
		a.cancel()
		delete(e.actors, id)
	}
}

// due tells whether a share is to be compared with other hives though nothing caused it, once for each time that is so.
func (e *Engine) due(id ledger.ID) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.actors[id]
	if a == nil || time.Since(a.compared) < compares {
		return false
	}
	first := a.compared.IsZero()
	a.compared = time.Now()
	return !first // the connections of a start compare by themselves
}
