// Package memory carries connections between hives of one process, without sockets: for simulations and tests of more
// hives than a machine has files for. Above it everything is as on a network: encryption, streams, limits.
//
// It owns the addresses /memory/N, of which there is one set for the process.
package memory

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/transport"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Errors of this package.
var (
	ErrTaken   = errors.New("memory: the address is taken")
	ErrRefused = errors.New("memory: nothing listens there")
)

// waiting is how many connections may wait to be accepted.
const waiting = 128

// listeners are those of the process.
var listeners struct {
	sync.Mutex
	at map[string]*listener
}

// Transport is memory as libp2p wants it.
type Transport struct {
	upgrader transport.Upgrader
	limits   network.ResourceManager
}

// New makes the transport of one host.
func New(upgrader transport.Upgrader, limits network.ResourceManager) (*Transport, error) {
	return &Transport{upgrader: upgrader, limits: limits}, nil
}

// Dial connects to a hive of this process.
func (t *Transport) Dial(ctx context.Context, addr ma.Multiaddr, hive peer.ID) (transport.CapableConn, error) {
	scope, err := t.limits.OpenConnection(network.DirOutbound, false, addr)
	if err != nil {
		return nil, err
	}
	c, err := t.dial(ctx, addr, hive, scope)
	if err != nil {
		scope.Done()
		return nil, err
	}
	return c, nil
}

func (t *Transport) dial(ctx context.Context, addr ma.Multiaddr, hive peer.ID, scope network.ConnManagementScope) (transport.CapableConn, error) {
	if err := scope.SetPeer(hive); err != nil {
		return nil, err
	}
	listeners.Lock()
	l := listeners.at[addr.String()]
	listeners.Unlock()
	if l == nil {
		return nil, fmt.Errorf("%w: %s", ErrRefused, addr)
	}
	near, far := net.Pipe()
	select {
	case l.conns <- &conn{Conn: far, local: addr, remote: nowhere}:
	case <-l.closed:
		return nil, fmt.Errorf("%w: %s", ErrRefused, addr)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return t.upgrader.Upgrade(ctx, t, &conn{Conn: near, local: nowhere, remote: addr}, network.DirOutbound, hive, scope)
}

// CanDial is whether addr is one of memory.
func (t *Transport) CanDial(addr ma.Multiaddr) bool {
	return len(addr) == 1 && addr[0].Protocol().Code == ma.P_MEMORY
}

// Listen takes an address.
func (t *Transport) Listen(addr ma.Multiaddr) (transport.Listener, error) {
	l := &listener{addr: addr, conns: make(chan manet.Conn, waiting), closed: make(chan struct{})}
	listeners.Lock()
	defer listeners.Unlock()
	if listeners.at == nil {
		listeners.at = map[string]*listener{}
	}
	if listeners.at[addr.String()] != nil {
		return nil, fmt.Errorf("%w: %s", ErrTaken, addr)
	}
	listeners.at[addr.String()] = l
	return t.upgrader.UpgradeGatedMaListener(t, t.upgrader.GateMaListener(l)), nil
}

// Protocols are those of the addresses.
func (t *Transport) Protocols() []int { return []int{ma.P_MEMORY} }

// Proxy is false: the connection goes to the hive itself.
func (t *Transport) Proxy() bool { return false }

func (t *Transport) String() string { return "memory" }

// listener is an address that is taken.
type listener struct {
	addr   ma.Multiaddr
	conns  chan manet.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept waits for who calls.
func (l *listener) Accept() (manet.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close gives the address back.
func (l *listener) Close() error {
	l.once.Do(func() {
		listeners.Lock()
		delete(listeners.at, l.addr.String())
		listeners.Unlock()
		close(l.closed)
	})
	return nil
}

// Multiaddr is the address.
func (l *listener) Multiaddr() ma.Multiaddr { return l.addr }

// Addr is the address for package net.
func (l *listener) Addr() net.Addr { return place(l.addr.String()) }

// nowhere is the address of a side that does not listen.
var nowhere = ma.StringCast("/memory/0")

// conn is one end of a pipe.
type conn struct {
	net.Conn
	local, remote ma.Multiaddr
}

// LocalMultiaddr is the address of this side.
func (c *conn) LocalMultiaddr() ma.Multiaddr { return c.local }

// RemoteMultiaddr is the address of the other side.
func (c *conn) RemoteMultiaddr() ma.Multiaddr { return c.remote }

// LocalAddr is the address of this side.
func (c *conn) LocalAddr() net.Addr { return place(c.local.String()) }

// RemoteAddr is the address of the other side.
func (c *conn) RemoteAddr() net.Addr { return place(c.remote.String()) }

// place is an address for package net.
type place string

// Network names what the address is of.
func (place) Network() string { return "memory" }

func (p place) String() string { return string(p) }
