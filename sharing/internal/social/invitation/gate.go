package invitation

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// How much strangers may ask. A secret has 128 bits, so this is about work, not about guessing.
const (
	maxAtOnce    = 16
	gatePeriod   = time.Minute
	maxPerHive   = 10  // in a period
	maxPerPeriod = 300 // of all
)

// gate counts what strangers ask.
type gate struct {
	mu     sync.Mutex
	began  time.Time
	all    int
	hives  map[peer.ID]int
	inside int
	done   sync.WaitGroup
	closed bool
}

// enter tells whether one more request of a hive is listened to; leave ends it.
func (g *gate) enter(hive peer.ID, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.began) >= gatePeriod {
		g.began, g.all, g.hives = now, 0, map[peer.ID]int{}
	}
	if g.closed || g.inside >= maxAtOnce || g.all >= maxPerPeriod || g.hives[hive] >= maxPerHive {
		return false
	}
	g.all++
	g.hives[hive]++
	g.inside++
	g.done.Add(1)
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.done.Done()
}

// wait closes the gate and waits for those inside.
func (g *gate) wait() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.done.Wait()
}
