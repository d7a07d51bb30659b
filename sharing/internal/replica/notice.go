package replica

import (
	"context"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// Comparisons with a hive that comes again and again: some at once, for what is made before one may be lost, and then no more than these.
const (
	meetings = 8
	apart    = 15 * time.Second
)

// meeting is the comparing with a hive that came. Only those with which this one has something to do have one.
type meeting struct {
	pace *rate.Limiter

	mu      sync.Mutex
	busy    bool
	again   bool // it came once more
	retried bool // after a failure
}

// come tells whether nobody compares with the hive yet. Else who does so does it once more.
func (m *meeting) come() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	free := !m.busy
	m.busy, m.again = true, true
	return free
}

func (m *meeting) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.again = false
}

// end notes how a comparison went and tells whether one more is due: it came again, or it may have just started.
func (m *meeting) end(err error) (again, retry bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.retried = err != nil && !m.retried
	m.busy = m.again || m.retried
	return m.again, m.retried
}

// notice has a hive compared with that just came, or when Run begins.
func (e *Engine) notice(hive peer.ID, connected bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ctx := e.running
	switch {
	case ctx == nil && e.early != nil && connected:
		e.early[hive] = true
	case ctx == nil:
		delete(e.early, hive)
	case connected:
		e.serving.Go(func() {
			if known, err := e.courier.Ledger.Known(ctx, hive); err == nil && known {
				meet(ctx, e, hive)
			}
		})
	}
}

// meet compares with a hive at once, if it did not come too often; once more where that fails.
func meet(ctx context.Context, e *Engine, hive peer.ID) {
	found, _ := e.meetings.LoadOrStore(hive, &meeting{pace: rate.NewLimiter(rate.Every(apart), meetings)})
	m := found.(*meeting)
	for again, retry := m.come(), false; again || retry; {
		pause := m.pace.Reserve().Delay()
		if !again {
			pause = max(pause, firstWait)
		}
		if !rest(ctx, pause) {
			return
		}
		m.begin()
		err := e.member.Compare(ctx, hive)
		if err != nil && ctx.Err() == nil {
			e.log.Debug("no comparison with a hive", "peer", hive.String(), "err", err)
		}
		again, retry = m.end(err)
	}
}
