// Package secure is TLS as libp2p has it, with fewer and larger writes to the network.
//
// It owns when what TLS has encrypted goes out. The handshake, the keys and who the other hive is are libp2p's.
package secure

import (
	"bytes"
	"context"
	"net"
	"sync"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
)

// ID is the name of the protocol.
const ID = libp2ptls.ID

// Transport makes connections secure.
type Transport struct{ *libp2ptls.Transport }

// New returns a Transport for libp2p.Security.
func New(id protocol.ID, key crypto.PrivKey, muxers []upgrader.StreamMuxer) (*Transport, error) {
	t, err := libp2ptls.New(id, key, muxers)
	return &Transport{t}, err
}

// SecureInbound makes a connection secure on the side that was called.
func (t *Transport) SecureInbound(ctx context.Context, insecure net.Conn, p peer.ID) (sec.SecureConn, error) {
	out := &gatherer{Conn: insecure}
	c, err := t.Transport.SecureInbound(ctx, out, p)
	return wrap(c, out, err)
}

// SecureOutbound makes a connection secure on the side that calls.
func (t *Transport) SecureOutbound(ctx context.Context, insecure net.Conn, p peer.ID) (sec.SecureConn, error) {
	out := &gatherer{Conn: insecure}
	c, err := t.Transport.SecureOutbound(ctx, out, p)
	return wrap(c, out, err)
}

func wrap(c sec.SecureConn, out *gatherer, err error) (sec.SecureConn, error) {
	if err != nil {
		return nil, err
	}
	return &conn{SecureConn: c, out: out}, nil
}

// conn sends the records of one Write together. TLS by itself makes a system call for each, of 16 KiB at most, and wakes the
// other side each time.
type conn struct {
	sec.SecureConn
	out     *gatherer
	writing sync.Mutex
}

func (c *conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.out.hold()
	n, err := c.SecureConn.Write(p)
	if late := c.out.release(); err == nil {
		err = late // as it is: yamux asks whether it is a timeout
	}
	return n, err
}

// Close says farewell, unless a Write is under way, which may be stuck.
func (c *conn) Close() error {
	if !c.writing.TryLock() {
		return c.out.Conn.Close()
	}
	defer c.writing.Unlock()
	return c.SecureConn.Close()
}

// mostHeld is how many bytes wait at most, about: more than there are in a message of yamux.
const mostHeld = 128 << 10

// buffers hold what waits. None is nil.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// gatherer is a connection that lets what is written to it wait between hold and release.
type gatherer struct {
	net.Conn

	mu     sync.Mutex
	held   *bytes.Buffer // nil where nothing waits
	failed error         // nothing can follow a record that went out in part
}

func (g *gatherer) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = buffers.Get().(*bytes.Buffer)
}

func (g *gatherer) release() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.flush()
	buffers.Put(g.held)
	g.held = nil
	return err
}

// Write sends p, after hold at release or when it becomes too much.
func (g *gatherer) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == nil {
		return g.send(p)
	}
	if g.held.Len()+len(p) > mostHeld {
		if err := g.flush(); err != nil {
			return 0, err
		}
	}
	return g.held.Write(p)
}

func (g *gatherer) flush() error {
	_, err := g.send(g.held.Bytes())
	g.held.Reset()
	return err
}

func (g *gatherer) send(p []byte) (n int, err error) {
	if g.failed == nil && len(p) > 0 {
		n, g.failed = g.Conn.Write(p)
	}
	return n, g.failed
}
