package link

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace is how many requests a second are let in for long, and how many at once.
type pace struct {
	rate  rate.Limit
	burst int
}

var (
	perAddress = pace{20, 200}
	perLink    = pace{50, 500}
)

const (
	gateKeys = 20_000    // of each kind that are remembered: a few MB
	download = time.Hour // how long the parts of a download are one
)

// ErrTooFast is what a TooFast is.
var ErrTooFast = errors.New("link: too many requests")

// TooFast is the error of a visitor who asks too often.
type TooFast struct{ RetryAfter time.Duration } //nolint:errname // reads better where it is caught

func (e *TooFast) Error() string {
	return fmt.Sprintf("link: too many requests: again in %s", e.RetryAfter)
}

// Is makes errors.Is(err, ErrTooFast) true.
func (e *TooFast) Is(target error) bool { return target == ErrTooFast }

// gate is what is remembered of visitors, in memory: a restart forgets.
type gate struct {
	mu        *sync.Mutex
	paces     map[string]*rate.Limiter
	downloads map[string]time.Time // when they began
}

func newGate() gate {
	return gate{new(sync.Mutex), make(map[string]*rate.Limiter), make(map[string]time.Time)}
}

// enter lets a request in or gives *TooFast.
func (g gate) enter(key string, p pace, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	limiter := g.paces[key]
	if limiter == nil {
		if len(g.paces) >= gateKeys {
			clear(g.paces) // rather than to search: those who are slowed begin anew
		}
		limiter = rate.NewLimiter(p.rate, p.burst)
		g.paces[key] = limiter
	}
	if limiter.AllowN(now, 1) {
		return nil
	}
	return &TooFast{RetryAfter: time.Second}
}

// begin notes a download, unless there are too many: then each of its parts counts.
func (g gate) begin(key string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.downloads) < gateKeys {
		g.downloads[key] = now
	}
}

func (g gate) began(key string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, ok := g.downloads[key]
	return ok && now.Sub(at) < download
}

// tidy forgets downloads that are over.
func (g gate) tidy(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, at := range g.downloads {
		if now.Sub(at) >= download {
			delete(g.downloads, key)
		}
	}
}
