package courier

import (
	"context"
	"sync"
	"time"

	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Counters add up traffic in memory, so that not every chunk is a transaction.
type Counters struct {
	mu    sync.Mutex
	bytes map[string]*[2]int64 // received, sent
}

// NewCounters returns counters of nothing yet.
func NewCounters() *Counters { return &Counters{bytes: make(map[string]*[2]int64)} }

// Received adds bytes that came for a share.
func (c *Counters) Received(share string, n int64) { c.add(share, 0, n) }

// Sent adds bytes that went out for a share.
func (c *Counters) Sent(share string, n int64) { c.add(share, 1, n) }

func (c *Counters) add(share string, which int, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes[share] == nil {
		c.bytes[share] = new([2]int64)
	}
	c.bytes[share][which] += n
}

// take gives what was added since the last time.
func (c *Counters) take() map[string]*[2]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	bytes := c.bytes
	c.bytes = make(map[string]*[2]int64)
	return bytes
}

// Peek is what was added for a share since the last take.
func (c *Counters) Peek(share string) (received, sent int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.bytes[share]; b != nil {
		return b[0], b[1]
	}
	return 0, 0
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
			if err := c.States.Count(context.WithoutCancel(ctx), ledger.ID(id), b[0], b[1]); err != nil {
				c.Log.Warn("traffic not counted", "share", id, "err", err)
			}
		}
		if done {
			return nil
		}
	}
}
