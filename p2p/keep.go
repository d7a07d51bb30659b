package p2p

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"
)

// attempts is how many hives are called at once.
const attempts = 8

// absence is what keep knows of a protected hive that is not connected.
type absence struct {
	wait   time.Duration // until the next attempt, after the last
	next   time.Time
	trying bool
}

// keep stays connected to protected hives: at once when one is lost, then with longer and longer pauses.
func (h *Host) keep(ctx context.Context) error {
	var g errgroup.Group
	defer g.Wait() //nolint:errcheck // attempts return no error
	g.SetLimit(attempts)
	absent := map[peer.ID]*absence{}
	done := make(chan peer.ID)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.retry:
		case <-timer.C:
		case hive := <-done:
			if a := absent[hive]; a != nil {
				a.trying = false
			}
		}
		next := h.call(absent, func(hive peer.ID) bool {
			return g.TryGo(func() error {
				h.again(ctx, hive)
				select {
				case done <- hive:
				case <-ctx.Done():
				}
				return nil
			})
		})
		timer.Reset(next)
	}
}

// call starts the attempts that are due and says when the next is.
func (h *Host) call(absent map[peer.ID]*absence, try func(peer.ID) bool) time.Duration {
	now, soonest := time.Now(), h.cfg.retry.most
	wanted := map[peer.ID]bool{}
	for _, hive := range h.roster.keep() {
		wanted[hive] = true
		a := absent[hive]
		if a != nil && a.trying {
			continue
		}
		if h.host.Network().Connectedness(hive) != network.NotConnected {
			// A hive that lets us in only to hang up is not called faster than one that does not answer.
			if a != nil && now.After(a.next) {
				delete(absent, hive)
			}
			continue
		}
		if a == nil {
			// Both sides see a connection end at once; whoever is first saves the other the call.
			a = &absence{next: now.Add(rand.N(h.cfg.retry.first/5 + 1))}
			absent[hive] = a
		}
		if a.next.After(now) {
			soonest = min(soonest, a.next.Sub(now))
			continue
		}
		if !try(hive) {
			continue // the next attempt that ends wakes us
		}
		a.trying = true
		a.wait = min(max(h.cfg.retry.first, 2*a.wait), h.cfg.retry.most)
		a.next = now.Add(jitter(a.wait))
	}
	for hive, a := range absent {
		if !wanted[hive] && !a.trying {
			delete(absent, hive)
		}
	}
	return soonest
}

// again is one attempt.
func (h *Host) again(ctx context.Context, hive peer.ID) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.retry.attempt)
	defer cancel()
	if err := h.connect(ctx, hive); err != nil {
		h.cfg.Log.Debug("hive is not reached", "hive", hive, "err", err)
	}
}
