package hivetest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// window is how much of a stream can be under way before a write waits.
const window = 1 << 20

// link is everything between two hives. All its streams share its lock and its condition.
type link struct {
	pair [2]peer.ID // the smaller id first; its index is its side

	mu         sync.Mutex
	news       *sync.Cond
	cut        bool
	black      bool
	blackSince time.Time   // when black last changed
	giveUp     *time.Timer // of a black link
	delay      time.Duration
	connected  bool
	met        bool // were connected once
	streams    map[*stream]struct{}
	sent       [2]int64
	fuse       [2]fuse
}

// fuse breaks a link after some bytes.
type fuse struct {
	set  bool
	left int64
}

func newLink(pair [2]peer.ID, delay time.Duration) *link {
	l := &link{pair: pair, delay: delay, streams: map[*stream]struct{}{}}
	l.news = sync.NewCond(&l.mu)
	return l
}

func (l *link) side(id peer.ID) int {
	if id == l.pair[0] {
		return 0
	}
	return 1
}

// set changes a link and wakes who waits for it.
func (l *link) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.news.Broadcast()
}

// wakeAt wakes who waits for the link at a time to come. It wants a caller who wakes them now: a timer that is due at once can crash
// Go's race detector, https://go.dev/issue/78156.
func (l *link) wakeAt(t time.Time) *time.Timer {
	wait := time.Until(t)
	if wait <= 0 {
		return nil
	}
	return time.AfterFunc(wait, func() { l.set(func() {}) })
}

// arrived reports whether what was due at a time is there by now. It wants l.mu held, as all that follows.
func (l *link) arrived(due time.Time) bool {
	return !due.After(time.Now()) && (!l.black || due.Before(l.blackSince))
}

func (l *link) breakAll() {
	for s := range l.streams {
		s.broken = true
	}
	clear(l.streams)
}

// stream is a pair of Conns.
type stream struct {
	link   *link
	broken bool // by the link
	flow   [2]flow
}

// flow is one direction of a stream, with the index of the side that writes.
type flow struct {
	parts         []part
	size          int       // bytes under way
	ended         bool      // no more writes
	ignored       bool      // the reader closed
	reset         time.Time // when the news that the writer reset the stream arrives; zero: it did not
	readBy        time.Time // deadlines
	writeBy       time.Time
	readT, writeT *time.Timer
}

// part is what one write sent, or the end of the flow when it is empty.
type part struct {
	data []byte
	due  time.Time
}

func (l *link) open() (*stream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return nil, ErrUnreachable
	}
	s := &stream{link: l}
	l.streams[s] = struct{}{}
	return s, nil
}

// Conn is one end of a stream. Close ends both directions after what was written; CloseWrite only the own one; Reset
// throws away what is under way.
type Conn struct {
	stream *stream
	side   int
}

var _ net.Conn = (*Conn)(nil)

// fault is what keeps an end of a stream from working.
func (c *Conn) fault() error {
	s := c.stream
	other := s.flow[1-c.side].reset
	if s.broken || !s.flow[c.side].reset.IsZero() || (!other.IsZero() && s.link.arrived(other)) {
		return ErrReset
	}
	return nil
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !deadline.After(time.Now()) }

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	l := c.stream.link
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &c.stream.flow[1-c.side]
	for {
		switch {
		case f.ignored:
			return 0, ErrClosed
		case c.fault() != nil:
			return 0, c.fault()
		case passed(f.readBy):
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(f.parts) > 0 && l.arrived(f.parts[0].due):
			return f.take(p, l)
		}
		l.news.Wait()
	}
}

func (f *flow) take(p []byte, l *link) (n int, err error) {
	for n < len(p) && len(f.parts) > 0 && l.arrived(f.parts[0].due) {
		first := &f.parts[0]
		if len(first.data) == 0 {
			if n == 0 {
				err = io.EOF
			}
			break
		}
		k := copy(p[n:], first.data)
		n += k
		if first.data = first.data[k:]; len(first.data) == 0 {
			f.parts = f.parts[1:]
		}
	}
	f.size -= n
	l.news.Broadcast()
	return n, err
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (n int, err error) {
	l := c.stream.link
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &c.stream.flow[c.side]
	for {
		switch {
		case f.ended:
			return n, ErrClosed
		case c.fault() != nil:
			return n, c.fault()
		case passed(f.writeBy):
			return n, os.ErrDeadlineExceeded
		case n == len(p):
			return n, nil
		case f.size < window:
			k := min(len(p)-n, window-f.size)
			k, burnt := l.spend(c.side, k)
			if !f.ignored && k > 0 {
				f.send(append([]byte(nil), p[n:n+k]...), l)
			}
			n += k
			if burnt {
				l.breakAll()
				l.news.Broadcast()
			}
		default:
			l.news.Wait()
		}
	}
}

// spend counts n bytes and says how many of them pass before the fuse burns.
func (l *link) spend(side, n int) (pass int, burnt bool) {
	f := &l.fuse[side]
	if f.set {
		n = int(min(int64(n), f.left))
		f.left -= int64(n)
		burnt = f.left == 0
		f.set = !burnt
	}
	l.sent[side] += int64(n)
	return n, burnt
}

func (f *flow) send(data []byte, l *link) {
	due := time.Now().Add(l.delay)
	f.parts = append(f.parts, part{data, due})
	f.size += len(data)
	l.news.Broadcast()
	l.wakeAt(due)
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	err := c.CloseWrite()
	c.stream.link.set(func() {
		in := &c.stream.flow[1-c.side]
		in.ignored, in.parts, in.size = true, nil, 0
		if c.stream.flow[c.side].ignored {
			delete(c.stream.link.streams, c.stream)
		}
	})
	return err
}

// CloseWrite tells the other end that nothing more will be written.
func (c *Conn) CloseWrite() error {
	l := c.stream.link
	l.set(func() {
		if f := &c.stream.flow[c.side]; !f.ended {
			f.ended = true
			f.send(nil, l)
		}
	})
	return nil
}

// Reset ends the stream at once, with an error at the other end.
func (c *Conn) Reset() error {
	l := c.stream.link
	l.set(func() {
		f := &c.stream.flow[c.side]
		if f.reset.IsZero() {
			f.reset = time.Now().Add(l.delay)
			l.wakeAt(f.reset)
			if !l.black {
				delete(l.streams, c.stream)
			}
		}
	})
	return nil
}

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t) // neither fails
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	f := &c.stream.flow[1-c.side]
	c.deadline(t, &f.readBy, &f.readT)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	f := &c.stream.flow[c.side]
	c.deadline(t, &f.writeBy, &f.writeT)
	return nil
}

func (c *Conn) deadline(t time.Time, by *time.Time, timer **time.Timer) {
	l := c.stream.link
	l.set(func() {
		*by = t
		if *timer != nil {
			(*timer).Stop()
			*timer = nil
		}
		if !t.IsZero() {
			*timer = l.wakeAt(t)
		}
	})
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return addr(c.stream.link.pair[c.side]) }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return addr(c.stream.link.pair[1-c.side]) }

type addr peer.ID

// Network implements net.Addr.
func (addr) Network() string { return "mesh" }

// String implements net.Addr.
func (a addr) String() string { return peer.ID(a).String() }
