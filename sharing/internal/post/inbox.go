package post

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/wire"
)

const (
	maxStreams  = 128          // that are listened to at once
	maxPerHive  = 4            // of one hive
	maxMessages = 4 * perRound // of one stream
)

// inbox counts the streams that are listened to.
type inbox struct {
	mu    sync.Mutex
	all   int
	hives map[peer.ID]int
	done  sync.WaitGroup
	ended bool
}

// enter tells whether one more stream of a hive may be listened to; leave ends it.
func (in *inbox) enter(hive peer.ID) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.ended || in.all >= maxStreams || in.hives[hive] >= maxPerHive {
		return false
	}
	if in.hives == nil {
		in.hives = map[peer.ID]int{}
	}
	in.all++
	in.hives[hive]++
	in.done.Add(1)
	return true
}

func (in *inbox) leave(hive peer.ID) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.all--
	if in.hives[hive]--; in.hives[hive] == 0 {
		delete(in.hives, hive)
	}
	in.done.Done()
}

// end lets nobody in any more and waits for those who are.
func (in *inbox) end() {
	in.mu.Lock()
	in.ended = true
	in.mu.Unlock()
	in.done.Wait()
}

// serve listens to a hive. Who has nothing to do with this one is refused before a byte of it is read.
func (p *Post) serve(ctx context.Context, hive peer.ID, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	extend(conn)
	if !p.inbox.enter(hive) {
		_ = wire.Write(conn, greeting{Code: wire.Busy})
		return
	}
	defer p.inbox.leave(hive)
	welcome, err := p.welcome(ctx, hive)
	if err != nil {
		p.cfg.Log.ErrorContext(ctx, "cannot tell whether a hive is known", "hive", hive, "err", err)
		welcome = greeting{Code: wire.Failed}
	}
	if err := wire.Write(conn, welcome); err != nil || welcome.Code != "" {
		return
	}
	in := bufio.NewReader(conn)
	for range maxMessages {
		extend(conn)
		if err := p.receive(ctx, hive, conn, in); err != nil {
			if !errors.Is(err, io.EOF) {
				p.cfg.Log.DebugContext(ctx, "delivery ended early", "hive", hive, "err", err)
			}
			return
		}
	}
}

// welcome is whether a hive is listened to.
func (p *Post) welcome(ctx context.Context, hive peer.ID) (greeting, error) {
	known, err := p.ledger.Known(ctx, hive)
	if err != nil || known {
		return greeting{}, err
	}
	if p.cfg.OpenInbox {
		blocked, err := p.ledger.Blocked(ctx, hive)
		if err != nil || !blocked {
			return greeting{}, err
		}
	}
	return greeting{Code: wire.Unknown}, nil
}

// receive takes one message.
func (p *Post) receive(ctx context.Context, hive peer.ID, conn io.Writer, in wire.Reader) error {
	frame, err := wire.ReadFrame(in, maxFrame)
	if err != nil {
		return err
	}
	e, err := parseEnvelope(frame)
	if err != nil {
		return err
	}
	answer := receipt{ID: e.ID}
	if r := p.take(ctx, hive, e); r != nil {
		answer.Code, answer.Text = r.Code, short(r.Text)
	}
	return wire.Write(conn, answer)
}

// take gives a message to its handler.
func (p *Post) take(ctx context.Context, hive peer.ID, e envelope) *wire.Refusal {
	handler := p.handlers[e.Kind]
	if handler == nil {
		return &wire.Refusal{Code: wire.Version, Text: "no such kind of message"}
	}
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	err := handler(ctx, hive, e.Body)
	var r *wire.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return r
	case errors.Is(err, wire.ErrMalformed):
		return &wire.Refusal{Code: wire.Malformed}
	}
	p.cfg.Log.ErrorContext(ctx, "cannot take a message", "hive", hive, "kind", e.Kind, "err", err)
	return &wire.Refusal{Code: wire.Failed}
}

// extend gives the next step its time.
func extend(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(Deadline)) // a conn without deadlines is closed, and the step fails
}
