package links

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"
)

// attempts is how many hives are called at once.
const attempts = 8

// Keeper stays connected to protected hives: it calls at once when one is lost, then with longer and longer pauses, and at once
// again when this hive has moved.
type Keeper struct {
	*Links
	times Times
	call  func(ctx context.Context, hive peer.ID) error
	Look  chan struct{} // there is someone to call

	absent map[peer.ID]*absence // of run alone
}

// NewKeeper calls hives by call.
func NewKeeper(l *Links, times Times, call func(ctx context.Context, hive peer.ID) error) *Keeper {
	return &Keeper{Links: l, times: times, call: call, Look: make(chan struct{}, 1), absent: map[peer.ID]*absence{}}
}

// Times are those of trying again.
type Times struct {
	First, Most time.Duration // the pause after the first failure, and the longest
	Attempt     time.Duration // one attempt
	Settle      time.Duration // addresses and secrets change in bursts
}

// absence is what Keeper knows of a protected hive that is not connected.
type absence struct {
	wait   time.Duration // until the next attempt, after the last
	next   time.Time
	trying bool
}

// Run calls until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	var g errgroup.Group
	defer g.Wait() //nolint:errcheck // attempts return no error
	g.SetLimit(attempts)
	done := make(chan peer.ID)
	try := func(hive peer.ID) bool {
		return g.TryGo(func() error {
			k.attempt(ctx, hive)
			select {
			case done <- hive:
			case <-ctx.Done():
			}
			return nil
		})
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	var settled <-chan time.Time
	for moved := k.Moved.Next(); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
			moved, settled = nil, time.After(k.times.Settle)
			continue
		case <-settled:
			moved, settled = k.Moved.Next(), nil
			for _, a := range k.absent {
				a.wait, a.next = 0, time.Now()
			}
		case <-k.Look:
		case <-timer.C:
		case hive := <-done:
			if a := k.absent[hive]; a != nil {
				a.trying = false
			}
		}
		timer.Reset(k.round(try))
	}
}

// round starts the attempts that are due and says when the next is.
func (k *Keeper) round(try func(peer.ID) bool) time.Duration {
	now, soonest := time.Now(), k.times.Most
	wanted := map[peer.ID]bool{}
	for _, hive := range k.Roster.Keep() {
		wanted[hive] = true
		a := k.absent[hive]
		switch {
		case a != nil && a.trying:
			continue
		case k.IsConnected(hive):
			// A hive that lets us in only to hang up is not called faster than one that does not answer.
			if a != nil && now.After(a.next) {
				delete(k.absent, hive)
			}
			continue
		case a == nil:
			// Both sides see a connection end at once; whoever is first saves the other the call.
			a = &absence{next: now.Add(rand.N(k.times.First/5 + 1))}
			k.absent[hive] = a
		}
		if a.next.After(now) {
			soonest = min(soonest, a.next.Sub(now))
			continue
		}
		if !try(hive) {
			continue // the next attempt that ends wakes us
		}
		a.trying = true
		a.wait = min(max(k.times.First, 2*a.wait), k.times.Most)
		a.next = now.Add(Jitter(a.wait))
	}
	for hive, a := range k.absent {
		if !wanted[hive] && !a.trying {
			delete(k.absent, hive)
		}
	}
	return soonest
}

func (k *Keeper) attempt(ctx context.Context, hive peer.ID) {
	ctx, cancel := context.WithTimeout(ctx, k.times.Attempt)
	defer cancel()
	if err := k.call(ctx, hive); err != nil {
		k.Log.Debug("hive is not reached", "hive", hive, "err", err)
	}
}

// Wake leaves a note for a loop; one is enough.
func Wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Jitter spreads what many would do at once: d, more or less a quarter.
func Jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}
