// Package groupsync lets concurrent callers share one expensive sync. It does not own what is synced.
package groupsync

import (
	"context"
	"sync"
)

// Group is callers of one sync. A caller is served by a sync that began after its
// call, never by one already under way, which may have missed its writes.
type Group struct {
	Sync func(context.Context) error

	mu      sync.Mutex
	next    *round // gathers callers while a round is under way
	running bool
	leaders sync.WaitGroup
}

type round struct {
	done chan struct{}
	err  error
}

// Wait returns after a sync that began after the call. When ctx ends the caller
// leaves; the sync goes on for the others.
func (g *Group) Wait(ctx context.Context) error {
	g.mu.Lock()
	mine := g.next
	if mine == nil {
		mine = &round{done: make(chan struct{})}
		g.next = mine
	}
	if !g.running {
		g.running = true
		g.leaders.Go(func() { g.lead(context.WithoutCancel(ctx)) })
	}
	g.mu.Unlock()
	select {
	case <-mine.done:
		return mine.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close returns when no sync is under way. Nobody may call Wait any more.
func (g *Group) Close() { g.leaders.Wait() }

// lead runs rounds until nobody waits.
func (g *Group) lead(ctx context.Context) {
	for {
		g.mu.Lock()
		mine := g.next
		g.next = nil
		if mine == nil {
			g.running = false
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		mine.err = g.Sync(ctx)
		close(mine.done)
	}
}
