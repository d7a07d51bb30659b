package blockstore

import (
	"context"
	"sync"
)

// groupSync lets concurrent callers share one expensive sync. A caller is served
// by a sync that began after its call, never by one already under way, which may
// have missed its writes.
type groupSync struct {
	sync func(context.Context) error

	mu      sync.Mutex
	next    *syncRound // gathers callers while a round is under way
	running bool
	leaders sync.WaitGroup // whom Store.Close waits for
}

type syncRound struct {
	done chan struct{}
	err  error
}

// wait returns after a sync that began after the call. When ctx ends the caller
// leaves; the sync goes on for the others.
func (g *groupSync) wait(ctx context.Context) error {
	g.mu.Lock()
	round := g.next
	if round == nil {
		round = &syncRound{done: make(chan struct{})}
		g.next = round
	}
	if !g.running {
		g.running = true
		g.leaders.Go(func() { g.lead(context.WithoutCancel(ctx)) })
	}
	g.mu.Unlock()
	select {
	case <-round.done:
		return round.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lead runs rounds until nobody waits.
func (g *groupSync) lead(ctx context.Context) {
	for {
		g.mu.Lock()
		round := g.next
		g.next = nil
		if round == nil {
			g.running = false
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		round.err = g.sync(ctx)
		close(round.done)
	}
}
