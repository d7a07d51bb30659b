package post

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/wire"
)

const (
	firstWait = 5 * time.Second
	mostWait  = time.Hour
	tolerance = 3               // failures in a row before a hive is left alone
	probeLife = 2 * time.Minute // after which a try that never reported no longer counts
	maxHives  = 10_000          // remembered at once
)

// backoff is how long to wait after so many failures in a row: 5 s, doubling to 1 h, give or take a tenth, so that hives
// that lost each other at once do not try at once.
func backoff(failures int) time.Duration {
	wait := mostWait
	if failures < 11 {
		wait = min(firstWait<<max(failures-1, 0), mostWait)
	}
	return wait - wait/10 + rand.N(wait/5)
}

// Breaker knows which hives did not answer lately. After three failures in a row a hive is left alone, for 5 s at first and
// up to an hour, then one try is let through. It is safe for concurrent use.
type Breaker struct {
	mu    sync.Mutex
	hives map[peer.ID]*circuit
}

type circuit struct {
	failures int
	retry    time.Time // when the next try may be, once failures reach the tolerance
	probe    time.Time // when the one try of a half-open circuit began
	err      error
}

// NewBreaker is a breaker that trusts everyone.
func NewBreaker() *Breaker { return &Breaker{hives: map[peer.ID]*circuit{}} }

// Allow tells whether a hive may be asked now. Whoever asks after true calls Report.
func (b *Breaker) Allow(hive peer.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.hives[hive]
	if c == nil || c.failures < tolerance {
		return true
	}
	now := time.Now()
	if now.Before(c.retry) || now.Before(c.probe.Add(probeLife)) {
		return false
	}
	c.probe = now
	return true
}

// Report says how asking a hive went. A refusal is an answer; that the caller gave up says nothing.
func (b *Breaker) Report(hive peer.ID, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.hives[hive]
	var refusal *wire.Refusal
	switch {
	case errors.Is(err, context.Canceled):
		if c != nil {
			c.probe = time.Time{}
		}
	case err == nil || errors.As(err, &refusal):
		delete(b.hives, hive)
	case c == nil:
		b.makeRoom()
		b.hives[hive] = &circuit{failures: 1, retry: time.Now().Add(backoff(1)), err: err}
	case c.failures < tolerance || !time.Now().Before(c.retry):
		c.failures++
		c.retry, c.probe, c.err = time.Now().Add(backoff(c.failures)), time.Time{}, err
	}
}

// Reset forgets the failures of a hive, which just came back.
func (b *Breaker) Reset(hive peer.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.hives, hive)
}

// State tells how many times in a row a hive did not answer, with the last error and when it is tried next.
func (b *Breaker) State(hive peer.ID) (failures int, retry time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.hives[hive]; c != nil {
		return c.failures, c.retry, c.err
	}
	return 0, time.Time{}, nil
}

// makeRoom forgets some hive where there are too many.
func (b *Breaker) makeRoom() {
	if len(b.hives) < maxHives {
		return
	}
	for hive := range b.hives {
		delete(b.hives, hive)
		return
	}
}
