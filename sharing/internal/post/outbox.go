package post

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

const (
	maxDeliveries = 64 // to as many hives at once
	page          = 16 // messages in memory of one delivery
	idleCheck     = time.Hour
)

// route is how a hive was reached lately.
type route struct {
	busy     bool
	forced   bool // try at once, whatever the outbox says
	came     bool // the hive came while busy
	began    time.Time
	until    time.Time // not before
	failures int
	delay    ledger.Delay // of the last failure
}

// Run delivers and receives until ctx ends. What waits from before is tried at once.
func (p *Post) Run(ctx context.Context) error {
	p.network.Handle(Protocol, func(hive peer.ID, conn net.Conn) { p.serve(ctx, hive, conn) })
	defer p.inbox.end()
	p.network.Notify(func(hive peer.ID, connected bool) {
		if connected && ctx.Err() == nil {
			p.came(hive)
		}
	})
	var deliveries errgroup.Group
	deliveries.SetLimit(maxDeliveries)
	defer deliveries.Wait() //nolint:errcheck // none of them fails
	for first := true; ctx.Err() == nil; {
		wait, err := p.dispatch(ctx, &deliveries, first)
		if err == nil {
			first = false
		} else if ctx.Err() == nil {
			p.cfg.Log.ErrorContext(ctx, "cannot read the outbox", "err", err)
			wait = firstWait
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return ctx.Err()
}

// dispatch starts the deliveries that are due and tells how long nothing else will be.
func (p *Post) dispatch(ctx context.Context, deliveries *errgroup.Group, first bool) (time.Duration, error) {
	due, err := p.ledger.Due(ctx)
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now, wait := time.Now(), idleCheck
	for hive, next := range due {
		r := p.routes[hive]
		if r == nil {
			r = &route{forced: first}
			p.routes[hive] = r
		}
		if r.busy {
			continue // its end wakes us
		}
		if r.forced || r.until.After(next) {
			next = r.until
		}
		if next.After(now) {
			wait = min(wait, next.Sub(now))
			continue
		}
		forced := r.forced
		if !deliveries.TryGo(func() error { p.deliver(ctx, hive, forced); return nil }) {
			continue // the end of another wakes us
		}
		r.busy, r.forced, r.came, r.began = true, false, false, now
	}
	for hive, r := range p.routes {
		if _, waiting := due[hive]; !waiting && !r.busy {
			delete(p.routes, hive)
		}
	}
	return wait, nil
}

// came has a hive tried that just connected. A hive that comes and goes is not tried each time.
func (p *Post) came(hive peer.ID) {
	p.breaker.Reset(hive)
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.routes[hive]
	switch {
	case r == nil: // nothing waits, or the outbox was not read yet
	case r.busy:
		r.came = true
	default:
		r.force(r.began.Add(firstWait))
	}
	p.Wake()
}

// force has the next try come at once, or at a time in the future.
func (r *route) force(at time.Time) {
	r.failures, r.until, r.forced = 0, at, true
}

// hasten has a hive tried at once.
func (p *Post) hasten(hive peer.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.routes[hive]
	if r == nil {
		r = &route{}
		p.routes[hive] = r
	}
	r.failures, r.until, r.forced = 0, time.Time{}, true
	p.Wake()
}

// deliver tries what waits for a hive.
func (p *Post) deliver(ctx context.Context, hive peer.ID, forced bool) {
	failure := p.attempt(ctx, hive, forced)
	if ctx.Err() != nil {
		return
	}
	until := p.settle(hive, failure)
	if failure != nil {
		p.cfg.Log.DebugContext(ctx, "cannot deliver", "hive", hive, "err", failure)
		delay := ledger.Delay{Until: until, Code: failure.code, Reason: failure.Error()}
		err := p.ledger.Note(ctx, func(ctx context.Context, tx *ledger.Tx) error { return tx.Outbox().DelayHive(ctx, hive, delay) })
		if err != nil && ctx.Err() == nil {
			p.cfg.Log.ErrorContext(ctx, "cannot note why a delivery failed", "hive", hive, "err", err)
		}
	}
	p.mu.Lock()
	p.routes[hive].busy = false
	p.mu.Unlock()
	p.Wake()
}

// settle notes how an attempt went and tells when the next may be.
func (p *Post) settle(hive peer.ID, failure *failure) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.routes[hive]
	if failure == nil {
		r.failures, r.until, r.delay = 0, time.Time{}, ledger.Delay{}
		return time.Time{}
	}
	if r.came {
		r.failures = 0
	}
	r.failures++
	r.until = time.Now().Add(backoff(r.failures))
	if _, retry, _ := p.breaker.State(hive); retry.After(r.until) && !r.came {
		r.until = retry
	}
	r.delay = ledger.Delay{Until: r.until, Code: failure.code, Reason: failure.Error()}
	return r.until
}

// failure is why nothing of what waits for a hive can be delivered.
type failure struct {
	code string
	err  error
}

func (f *failure) Error() string { return f.err.Error() }

// attempt opens a stream and delivers what is due.
func (p *Post) attempt(ctx context.Context, hive peer.ID, forced bool) *failure {
	if !p.breaker.Allow(hive) {
		_, _, err := p.breaker.State(hive)
		return &failure{CodeUnreachable, fmt.Errorf("left alone for now: %w", err)}
	}
	dialing, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	conn, err := p.network.Dial(dialing, hive, Protocol)
	if err != nil {
		p.breaker.Report(hive, whose(ctx, err))
		return &failure{CodeUnreachable, err}
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	err = p.round(ctx, &line{conn, bufio.NewReader(conn)}, hive, forced)
	p.breaker.Report(hive, whose(ctx, err))
	var refused *wire.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return &failure{string(refused.Code), err}
	}
	return &failure{CodeBroken, err}
}

// whose is an error of the other side: what comes of our own end says nothing about it.
func whose(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Canceled
	}
	return err
}

// line is an open stream to a hive.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

// ask sends a frame, unless it is nil, and waits for the answer.
func (l *line) ask(frame, answer any) error {
	extend(l.conn)
	if frame != nil {
		if err := wire.Write(l.conn, frame); err != nil {
			return err
		}
	}
	return wire.Read(l.in, maxAnswer, answer)
}

// round delivers what is due, up to perRound messages. A message that has to wait holds back those about the same share.
func (p *Post) round(ctx context.Context, l *line, hive peer.ID, forced bool) error {
	var hello greeting
	if err := l.ask(nil, &hello); err != nil {
		return err
	}
	if r := refusal(hello.Code, short(hello.Text)); r != nil {
		return r
	}
	held := queues{}
	sent := 0
	for last := int64(0); ; {
		waiting, err := p.ledger.Outgoing(ctx, hive, last, page)
		if err != nil {
			return p.ours(ctx, hive, err)
		}
		for _, o := range waiting {
			last = o.ID
			if held.hold(o, forced) {
				continue
			}
			if sent++; sent > perRound {
				return nil
			}
			until, err := p.send(ctx, l, o)
			if err != nil {
				return err
			}
			if !until.IsZero() {
				held[queueOf(o)] = &queue{first: o, until: until}
			}
		}
		if len(waiting) < page {
			return p.postpone(ctx, hive, held)
		}
	}
}

// queues are the messages that wait, the first of each with those behind it.
type queues map[string]*queue

type queue struct {
	first  ledger.Outgoing
	until  time.Time
	behind bool // one behind it would be due before it
}

// hold tells whether a message has to wait.
func (q queues) hold(o ledger.Outgoing, forced bool) bool {
	name := queueOf(o)
	if h := q[name]; h != nil {
		h.behind = h.behind || o.NextTry.Before(h.until)
		return true
	}
	if forced || !o.NextTry.After(time.Now()) {
		return false
	}
	q[name] = &queue{first: o, until: o.NextTry}
	return true
}

// postpone has messages wait as long as that before them, so that they do not make their hive due.
func (p *Post) postpone(ctx context.Context, hive peer.ID, held queues) error {
	for _, h := range held {
		if !h.behind {
			continue
		}
		err := p.ledger.Note(ctx, func(ctx context.Context, tx *ledger.Tx) error { return tx.Outbox().Postpone(ctx, h.first, h.until) })
		if err != nil {
			return p.ours(ctx, hive, err)
		}
	}
	return nil
}

// queueOf is what keeps its order.
func queueOf(o ledger.Outgoing) string {
	if o.Share != "" {
		return "share " + string(o.Share)
	}
	return "kind " + o.Kind
}

// ours logs a failure of this hive, which says nothing about the other.
func (p *Post) ours(ctx context.Context, hive peer.ID, err error) error {
	if ctx.Err() == nil {
		p.cfg.Log.ErrorContext(ctx, "cannot deliver", "hive", hive, "err", err)
	}
	return &wire.Refusal{Code: wire.Failed, Text: "this hive could not read its outbox"}
}

// send delivers one message. If it has to be tried again it tells when.
func (p *Post) send(ctx context.Context, l *line, o ledger.Outgoing) (again time.Time, err error) {
	var answer receipt
	if err := l.ask(envelope{o.Message, o.Kind, o.Body}, &answer); err != nil {
		return time.Time{}, err
	}
	if !bytes.Equal(answer.ID, o.Message) {
		return time.Time{}, fmt.Errorf("%w: receipt for another message", wire.ErrMalformed)
	}
	r := refusal(answer.Code, short(answer.Text))
	if r != nil && passing(r) {
		return p.delay(ctx, o, string(r.Code), r)
	}
	if r != nil {
		p.cfg.Log.InfoContext(ctx, "message refused", "hive", o.Hive, "kind", o.Kind, "share", o.Share, "err", r)
	}
	if outcome := p.outcomes[o.Kind]; outcome != nil {
		if err := outcome(ctx, o.Hive, o.Body, r); err != nil {
			p.cfg.Log.ErrorContext(ctx, "cannot note how a message ended", "hive", o.Hive, "kind", o.Kind, "err", err)
			return p.delay(ctx, o, string(wire.Failed), errors.New("it arrived, but this hive could not note it"))
		}
	}
	err = p.ledger.Note(ctx, func(ctx context.Context, tx *ledger.Tx) error { return tx.Outbox().Delete(ctx, o.ID) })
	if err != nil {
		return time.Time{}, p.ours(ctx, o.Hive, err)
	}
	return time.Time{}, nil
}

// delay has one message wait and tells until when.
func (p *Post) delay(ctx context.Context, o ledger.Outgoing, code string, why error) (time.Time, error) {
	delay := ledger.Delay{Until: time.Now().Add(backoff(int(min(o.Attempts, 100)) + 1)), Code: code, Reason: why.Error()}
	err := p.ledger.Note(ctx, func(ctx context.Context, tx *ledger.Tx) error { return tx.Outbox().Delay(ctx, o.ID, delay) })
	if err != nil {
		return time.Time{}, p.ours(ctx, o.Hive, err)
	}
	return delay.Until, nil
}
