package hivetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/sharing"
)

type handler = func(hive peer.ID, conn net.Conn)

// Network is a Node or a host of package p2p.
type Network interface {
	sharing.Network
	io.Closer
}

var _ Network = (*Node)(nil)

// Node is one hive's end of a Mesh. It satisfies sharing.Network.
type Node struct {
	id   peer.ID
	mesh *Mesh
	work sync.WaitGroup // handlers that run

	down bool // under mesh.mu

	mu       sync.Mutex
	closed   bool
	handlers map[protocol.ID]handler
	told     []func(hive peer.ID, connected bool)
}

// ID is the hive that n belongs to.
func (n *Node) ID() peer.ID { return n.id }

// Handle gives streams for proto to serve.
func (n *Node) Handle(proto protocol.ID, serve func(hive peer.ID, conn net.Conn)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.handlers[proto] = serve
}

// Notify calls changed when a hive comes or goes, and for those that are connected now.
func (n *Node) Notify(changed func(hive peer.ID, connected bool)) {
	n.mu.Lock()
	n.told = append(n.told, changed)
	n.mu.Unlock()
	n.mesh.mu.Lock()
	links := n.mesh.linksOf(n.id)
	n.mesh.mu.Unlock()
	for _, l := range links {
		if other := l.pair[1-l.side(n.id)]; n.mesh.Connected(n.id, other) {
			changed(other, true)
		}
	}
}

func (n *Node) notify(hive peer.ID, connected bool) {
	n.mu.Lock()
	told := slices.Clone(n.told)
	if n.closed {
		told = nil
	}
	n.mu.Unlock()
	for _, changed := range told {
		changed(hive, connected)
	}
}

// Dial opens a stream to a hive. Unlike libp2p it knows at once whether proto is supported.
func (n *Node) Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := n.mesh.link(n.id, hive)
	if hive == n.id || n.gone() || !n.mesh.up(l) {
		return nil, fmt.Errorf("%w: %s", ErrUnreachable, hive)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := l.handshake(ctx); err != nil {
		return nil, fmt.Errorf("dial %s: %w", hive, err)
	}
	n.mesh.mu.Lock()
	remote := n.mesh.nodes[hive]
	n.mesh.mu.Unlock()
	if n.gone() || !n.mesh.up(l) {
		return nil, fmt.Errorf("%w: %s", ErrUnreachable, hive)
	}
	n.mesh.connect(l)
	return remote.accept(l, n.id, proto)
}

func (n *Node) gone() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

// accept starts the handler of proto and gives the other end of its stream.
func (n *Node) accept(l *link, from peer.ID, proto protocol.ID) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, fmt.Errorf("%w: %s", ErrUnreachable, n.id)
	}
	serve := n.handlers[proto]
	if serve == nil {
		return nil, fmt.Errorf("%w: %s by %s", ErrProtocol, proto, n.id)
	}
	ends, err := l.open()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, n.id)
	}
	there, here := &Conn{ends, l.side(from)}, &Conn{ends, l.side(n.id)}
	n.work.Go(func() {
		defer func() {
			if fault := recover(); fault != nil {
				n.mesh.log.Error("handler panicked", "hive", n.id, "protocol", string(proto), "err", fault, "stack", string(debug.Stack()))
				_ = here.Reset() // never fails
			}
		}()
		serve(from, here)
	})
	return there, nil
}

// Close takes the hive off the network and waits until its handlers have returned.
func (n *Node) Close() error {
	n.mu.Lock()
	was := n.closed
	n.closed = true
	n.mu.Unlock()
	m := n.mesh
	m.mu.Lock()
	if m.nodes[n.id] == n {
		delete(m.nodes, n.id)
	}
	links := m.linksOf(n.id)
	m.mu.Unlock()
	if !was {
		for _, l := range links {
			m.disconnect(l)
		}
	}
	n.work.Wait()
	return nil
}

// handshake waits as long as a connection would take.
func (l *link) handshake(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { l.set(func() {}) })
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.black && !l.cut && ctx.Err() == nil {
		l.news.Wait()
	}
	if l.delay > 0 && !l.cut {
		timer := time.NewTimer(2 * l.delay)
		defer timer.Stop()
		l.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		l.mu.Lock()
	}
	if l.cut {
		return ErrUnreachable
	}
	return ctx.Err()
}
