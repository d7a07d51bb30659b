package courier

import (
	"context"
	"sync"
	"time"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
)

// Counters add up traffic in memory, so that not every chunk is a transaction.
type Counters struct {
	mu    sync.Mutex
	bytes map[string]*state.Traffic
}

// NewCounters returns counters of nothing yet.
func NewCounters() *Counters { return &Counters{bytes: make(map[string]*state.Traffic)} }

// Received adds bytes that came for a share, and those that did not have to.
func (c *Counters) Received(share string, n, saved int64) {
	c.add(share, state.Traffic{Received: n, Saved: saved})
}

// Sent adds bytes that went out for a share.
func (c *Counters) Sent(share string, n int64) { c.add(share, state.Traffic{Sent: n}) }

func (c *Counters) add(share string, n state.Traffic) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes[share] == nil {
		c.bytes[share] = new(state.Traffic)
	}
	c.bytes[share].Add(n)
}

// take gives what was added since the last time.
func (c *Counters) take() map[string]*state.Traffic {
	c.mu.Lock()
	defer c.mu.Unlock()
	bytes := c.bytes
	c.bytes = make(map[string]*state.Traffic)
	return bytes
}

// Peek is what was added for a share since the last take.
func (c *Counters) Peek(share string) state.Traffic {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.bytes[share]; b != nil {
		return *b
	}
	return state.Traffic{}
}

// countEvery is how often counters go to the database.
const countEvery = 30 * time.Second

// KeepCounts writes the counters until ctx ends.
func (c *Courier) KeepCounts(ctx context.Context) error {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		done := false
		select {
		case <-ctx.Done():
			done = true
		case <-tick.C:
		}
		for id, b := range c.Counts.take() {
			if err := c.States.Count(context.WithoutCancel(ctx), ledger.ID(id), *b); err != nil {
				c.Log.Warn("traffic not counted", "share", id, "err", err)
			}
		}
		if done {
			return nil
		}
	}
}
