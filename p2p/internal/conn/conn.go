// Package conn makes streams of other hives into net.Conns, with a limit of bytes per second over all of them.
//
// It owns what a deadline and a limit do; what a stream carries is not its business.
package conn

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"
)

// portion is how much a limited conn carries at once, so that many share a limit evenly.
const portion = 16 << 10

// Conn is a stream of another hive as a net.Conn.
type Conn struct {
	stream   network.Stream
	up, down *rate.Limiter // nil: no limit

	closed    chan struct{}
	closeOnce sync.Once
	readBy    atomic.Pointer[time.Time]
	writeBy   atomic.Pointer[time.Time]
}

// New makes a conn of a stream. The limits may be nil, for none.
func New(stream network.Stream, up, down *rate.Limiter) *Conn {
	return &Conn{stream: stream, up: up, down: down, closed: make(chan struct{})}
}

// Read reads what the other hive wrote; os.ErrDeadlineExceeded after the deadline.
func (c *Conn) Read(p []byte) (int, error) {
	if c.down != nil && len(p) > portion {
		p = p[:portion]
	}
	n, err := c.stream.Read(p)
	if c.down != nil && n > 0 {
		if late := c.wait(c.down, n, &c.readBy); late != nil && err == nil {
			return n, nil // the bytes are here; the next call tells
		}
	}
	return n, deadline(err)
}

// Write sends p.
func (c *Conn) Write(p []byte) (int, error) {
	if c.up == nil {
		n, err := c.stream.Write(p)
		return n, deadline(err)
	}
	done := 0
	for {
		part := p[done:min(done+portion, len(p))]
		if err := c.wait(c.up, len(part), &c.writeBy); err != nil {
			return done, err
		}
		n, err := c.stream.Write(part)
		done += n
		if err != nil || done == len(p) {
			return done, deadline(err)
		}
	}
}

// wait takes n bytes out of a limit.
func (c *Conn) wait(limit *rate.Limiter, n int, by *atomic.Pointer[time.Time]) error {
	now := time.Now()
	taken := limit.ReserveN(now, n)
	delay := taken.DelayFrom(now)
	if delay == 0 {
		return nil
	}
	var late error
	if at := by.Load(); at != nil && !at.IsZero() && now.Add(delay).After(*at) {
		taken.CancelAt(now)
		delay, late = max(0, at.Sub(now)), os.ErrDeadlineExceeded
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return late
	case <-c.closed:
		return net.ErrClosed
	}
}

// deadline gives a passed deadline its usual error.
func deadline(err error) error {
	var timed net.Error
	if err == nil || err == io.EOF {
		return err
	}
	if errors.As(err, &timed) && timed.Timeout() {
		return os.ErrDeadlineExceeded
	}
	return err
}

// Close sends what is buffered and ends both directions.
func (c *Conn) Close() error {
	c.closeOnce.Do(func() { close(c.closed) })
	return c.stream.Close()
}

// CloseWrite tells the other hive that nothing more comes.
func (c *Conn) CloseWrite() error { return c.stream.CloseWrite() }

// Reset ends both directions at once; the other hive sees an error.
func (c *Conn) Reset() error {
	c.closeOnce.Do(func() { close(c.closed) })
	return c.stream.Reset()
}

// SetDeadline limits reads and writes.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline limits reads.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.readBy.Store(&t)
	return c.stream.SetReadDeadline(t)
}

// SetWriteDeadline limits writes.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writeBy.Store(&t)
	return c.stream.SetWriteDeadline(t)
}

// LocalAddr is the id of this hive.
func (c *Conn) LocalAddr() net.Addr { return hiveAddr(c.stream.Conn().LocalPeer()) }

// RemoteAddr is the id of the other hive.
func (c *Conn) RemoteAddr() net.Addr { return hiveAddr(c.stream.Conn().RemotePeer()) }

// hiveAddr is a hive as an address.
type hiveAddr peer.ID

// Network names what the address is of.
func (hiveAddr) Network() string { return "hive" }

func (a hiveAddr) String() string { return peer.ID(a).String() }

// Limit is the limit of bytes per second over all conns; nil for none.
func Limit(perSecond int64) *rate.Limiter {
	if perSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(portion, int(min(perSecond/8, 4<<20))))
}
