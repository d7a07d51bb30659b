// Package links keeps the connections of a hive: it connects by the addresses there are, stays connected to protected
// hives, finds those on the local network, and holds places at relays.
//
// It owns no addresses (roster) and does not search the DHT.
package links

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

// tryTime is how long one address may take to answer.
const tryTime = 8 * time.Second

// punchTime is how long a new relayed connection may take to become direct before it is used as it is.
const punchTime = 5 * time.Second

// Ways a hive is connected.
const (
	PathNone    = "none"
	PathDirect  = "direct"
	PathPunched = "hole-punched" // direct, by way of a relay
	PathRelayed = "relayed"
)

// Errors of connecting, wrapped with the hive they are about.
var (
	ErrBlocked  = errors.New("p2p: this hive is blocked")
	ErrNotFound = errors.New("p2p: no address of this hive is known")
	ErrProtocol = errors.New("p2p: the other hive does not speak this protocol")
	ErrClosed   = errors.New("p2p: closed")
)

// New are the links of a host that is set before they are used.
func New(known *roster.Roster, log *slog.Logger, punch bool) *Links {
	return &Links{
		Roster: known, Log: log, Punch: punch,
		Ready: make(chan struct{}), Closed: make(chan struct{}), punched: map[peer.ID]bool{},
	}
}

// Links are the connections to other hives.
type Links struct {
	Host   host.Host
	Roster *roster.Roster
	Log    *slog.Logger
	Punch  bool // relayed connections are made direct, if that can be

	Ready  chan struct{} // closed when hives are let in
	Closed chan struct{} // closed when the host is
	News   News          // a connection came, went or became direct
	Moved  News          // this hive has another address: who was out of reach may be in it

	mu      sync.Mutex
	punched map[peer.ID]bool // by hole punching, while connected
}

// Started waits for Run.
func (l *Links) Started(ctx context.Context) error {
	select {
	case <-l.Ready:
		return nil
	case <-l.Closed:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("p2p: not on the network: %w", ctx.Err())
	}
}

// Connect makes a hive known, and connected by the addresses there are, or else by those that find finds.
func (l *Links) Connect(ctx context.Context, hive peer.ID, find func(context.Context, peer.ID) []ma.Multiaddr) error {
	if err := l.Started(ctx); err != nil {
		return err
	}
	if l.Roster.IsBlocked(hive) {
		return fmt.Errorf("%w: %s", ErrBlocked, hive)
	}
	l.Roster.Meet(hive, roster.ViaKnown)
	tried := l.Addrs(hive)
	err := l.ConnectBy(ctx, hive, tried)
	if err == nil {
		return nil
	}
	fresh := slices.DeleteFunc(find(ctx, hive), func(a ma.Multiaddr) bool { return slices.ContainsFunc(tried, a.Equal) })
	if len(fresh) == 0 && !l.IsConnected(hive) {
		return err
	}
	return l.ConnectBy(ctx, hive, fresh)
}

// ConnectBy connects by the addresses given, and waits for a relayed connection to become direct.
func (l *Links) ConnectBy(ctx context.Context, hive peer.ID, addrs []ma.Multiaddr) error {
	if !l.IsConnected(hive) {
		if len(addrs) == 0 {
			return fmt.Errorf("%w: %s", ErrNotFound, hive)
		}
		if dialer, ok := l.Host.Network().(*swarm.Swarm); ok {
			dialer.Backoff().Clear(hive) // who asks has a back-off of its own
		}
	}
	if err := l.Host.Connect(Limited(ctx), peer.AddrInfo{ID: hive, Addrs: addrs}); err != nil {
		return fmt.Errorf("p2p: %s: %w", hive, err)
	}
	if l.Punch {
		l.awaitDirect(ctx, hive)
	}
	return nil
}

// Explain tells a hive that does not speak proto from one that does not answer.
func (l *Links) Explain(hive peer.ID, proto protocol.ID, err error) error {
	spoken, perr := l.Host.Peerstore().SupportsProtocols(hive, proto)
	all, aerr := l.Host.Peerstore().GetProtocols(hive)
	if perr == nil && aerr == nil && len(spoken) == 0 && len(all) > 0 {
		return fmt.Errorf("%w: %s, %s", ErrProtocol, proto, hive)
	}
	return fmt.Errorf("p2p: %s: %w", hive, err)
}

// Limited lets ctx use relayed connections.
func Limited(ctx context.Context) context.Context {
	return network.WithAllowLimitedConn(ctx, "hive")
}

// awaitDirect gives a young relayed connection time to become direct.
func (l *Links) awaitDirect(ctx context.Context, hive peer.ID) {
	for ctx.Err() == nil {
		changed := l.News.Next()
		if l.Host.Network().Connectedness(hive) != network.Limited {
			return
		}
		left := punchTime
		for _, c := range l.Host.Network().ConnsToPeer(hive) {
			left = min(left, punchTime-time.Since(c.Stat().Opened))
		}
		if left <= 0 {
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Addrs are all addresses of a hive that this one has.
func (l *Links) Addrs(hive peer.ID) []ma.Multiaddr {
	return address.Merge(l.Roster.Addrs(hive), l.Host.Peerstore().Addrs(hive))
}

// IsConnected is whether there is a connection, be it by a relay.
func (l *Links) IsConnected(hive peer.ID) bool {
	return l.Host.Network().Connectedness(hive) != network.NotConnected
}

// Best is the connection that streams use: a direct one, else the oldest.
func (l *Links) Best(hive peer.ID) network.Conn {
	conns := l.Host.Network().ConnsToPeer(hive)
	if len(conns) == 0 {
		return nil
	}
	return slices.MinFunc(conns, func(a, b network.Conn) int {
		switch x, y := a.Stat(), b.Stat(); {
		case x.Limited == y.Limited:
			return x.Opened.Compare(y.Opened)
		case x.Limited:
			return 1
		default:
			return -1
		}
	})
}

// HangUp ends all connections to a hive.
func (l *Links) HangUp(hive peer.ID) {
	if err := l.Host.Network().ClosePeer(hive); err != nil {
		l.Log.Debug("closing connections", "hive", hive, "err", err)
	}
}

// Trace notes which connections hole punching has made.
func (l *Links) Trace(e *holepunch.Event) {
	if end, ok := e.Evt.(*holepunch.EndHolePunchEvt); ok && end.Success {
		l.mu.Lock()
		l.punched[e.Remote] = true
		l.mu.Unlock()
	}
}

// Path says which way a hive is connected.
func (l *Links) Path(hive peer.ID) string {
	c := l.Best(hive)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c == nil:
		return PathNone
	case c.Stat().Limited || address.Transport(c.RemoteMultiaddr()) == "p2p-circuit":
		return PathRelayed
	case l.punched[hive], l.throughRouters(c):
		return PathPunched
	default:
		return PathDirect
	}
}

// throughRouters tells whether a connection goes through two routers that let nobody in by themselves: both hives hold
// places at relays, and they are connected all the same. Then both have called at once.
func (l *Links) throughRouters(c network.Conn) bool {
	relayed := func(addrs []ma.Multiaddr) bool {
		return slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return address.Transport(a) == "p2p-circuit" })
	}
	return manet.IsPublicAddr(c.RemoteMultiaddr()) && relayed(l.Host.Addrs()) && relayed(l.Host.Peerstore().Addrs(c.RemotePeer()))
}

// Left forgets how a hive was connected.
func (l *Links) Left(hive peer.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.punched, hive)
}

// Try connects to one address and hangs up.
func (l *Links) Try(ctx context.Context, hive peer.ID, addr ma.Multiaddr) error {
	if !l.Roster.Admits(hive) {
		return ErrBlocked
	}
	dialer, ok := l.Host.Network().(*swarm.Swarm)
	if !ok {
		return swarm.ErrNoTransport
	}
	carrier := dialer.TransportForDialing(addr)
	if carrier == nil {
		return swarm.ErrNoTransport
	}
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	c, err := carrier.Dial(ctx, addr, hive)
	if err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	return c.Close()
}

// News wakes all who wait for something to change.
type News struct {
	mu sync.Mutex
	ch chan struct{}
}

// Next is closed at the next change.
func (n *News) Next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch == nil {
		n.ch = make(chan struct{})
	}
	return n.ch
}

// Publish tells all who wait.
func (n *News) Publish() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch != nil {
		close(n.ch)
		n.ch = nil
	}
}
