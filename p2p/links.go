package p2p

import (
	"context"
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

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

// punchTime is how long a new relayed connection may take to become direct before it is used as it is.
const punchTime = 5 * time.Second

// links are the connections to other hives.
type links struct {
	host   host.Host
	roster *roster.Roster
	log    *slog.Logger
	punch  bool

	ready  chan struct{} // closed when Run lets hives in
	closed chan struct{}
	news   news // a connection came, went or became direct

	mu      sync.Mutex
	punched map[peer.ID]bool // by hole punching, while connected
}

// started waits for Run.
func (l *links) started(ctx context.Context) error {
	select {
	case <-l.ready:
		return nil
	case <-l.closed:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("p2p: not on the network: %w", ctx.Err())
	}
}

// connect makes a hive known, and connected by the addresses there are, or else by those that find finds.
func (l *links) connect(ctx context.Context, hive peer.ID, find func(context.Context, peer.ID) []ma.Multiaddr) error {
	if err := l.started(ctx); err != nil {
		return err
	}
	if l.roster.IsBlocked(hive) {
		return fmt.Errorf("%w: %s", ErrBlocked, hive)
	}
	l.roster.Meet(hive, roster.ViaKnown)
	tried := l.addrs(hive)
	err := l.connectBy(ctx, hive, tried)
	if err == nil {
		return nil
	}
	fresh := slices.DeleteFunc(find(ctx, hive), func(a ma.Multiaddr) bool { return slices.ContainsFunc(tried, a.Equal) })
	if len(fresh) == 0 && !l.isConnected(hive) {
		return err
	}
	return l.connectBy(ctx, hive, fresh)
}

// connectBy connects by the addresses given, and waits for a relayed connection to become direct.
func (l *links) connectBy(ctx context.Context, hive peer.ID, addrs []ma.Multiaddr) error {
	if !l.isConnected(hive) {
		if len(addrs) == 0 {
			return fmt.Errorf("%w: %s", ErrNotFound, hive)
		}
		if dialer, ok := l.host.Network().(*swarm.Swarm); ok {
			dialer.Backoff().Clear(hive) // who asks has a back-off of its own
		}
	}
	if err := l.host.Connect(limited(ctx), peer.AddrInfo{ID: hive, Addrs: addrs}); err != nil {
		return fmt.Errorf("p2p: %s: %w", hive, err)
	}
	if l.punch {
		l.awaitDirect(ctx, hive)
	}
	return nil
}

// explain tells a hive that does not speak proto from one that does not answer.
func (l *links) explain(hive peer.ID, proto protocol.ID, err error) error {
	spoken, perr := l.host.Peerstore().SupportsProtocols(hive, proto)
	all, aerr := l.host.Peerstore().GetProtocols(hive)
	if perr == nil && aerr == nil && len(spoken) == 0 && len(all) > 0 {
		return fmt.Errorf("%w: %s, %s", ErrProtocol, proto, hive)
	}
	return fmt.Errorf("p2p: %s: %w", hive, err)
}

// limited lets ctx use relayed connections.
func limited(ctx context.Context) context.Context {
	return network.WithAllowLimitedConn(ctx, "hive")
}

// awaitDirect gives a young relayed connection time to become direct.
func (l *links) awaitDirect(ctx context.Context, hive peer.ID) {
	for ctx.Err() == nil {
		changed := l.news.next()
		if l.host.Network().Connectedness(hive) != network.Limited {
			return
		}
		left := punchTime
		for _, c := range l.host.Network().ConnsToPeer(hive) {
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

// addrs are all addresses of a hive that this one has.
func (l *links) addrs(hive peer.ID) []ma.Multiaddr {
	return address.Merge(l.roster.Addrs(hive), l.host.Peerstore().Addrs(hive))
}

// isConnected is whether there is a connection, be it by a relay.
func (l *links) isConnected(hive peer.ID) bool {
	return l.host.Network().Connectedness(hive) != network.NotConnected
}

// best is the connection that streams use: a direct one, else the oldest.
func (l *links) best(hive peer.ID) network.Conn {
	conns := l.host.Network().ConnsToPeer(hive)
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

func (l *links) hangUp(hive peer.ID) {
	if err := l.host.Network().ClosePeer(hive); err != nil {
		l.log.Debug("closing connections", "hive", hive, "err", err)
	}
}

// Trace notes which connections hole punching has made.
func (l *links) Trace(e *holepunch.Event) {
	if end, ok := e.Evt.(*holepunch.EndHolePunchEvt); ok && end.Success {
		l.mu.Lock()
		l.punched[e.Remote] = true
		l.mu.Unlock()
	}
}

// path says which way a hive is connected.
func (l *links) path(hive peer.ID) string {
	c := l.best(hive)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c == nil:
		return PathNone
	case c.Stat().Limited || address.Transport(c.RemoteMultiaddr()) == "p2p-circuit":
		return PathRelayed
	case l.punched[hive]:
		return PathPunched
	default:
		return PathDirect
	}
}

// left forgets how a hive was connected.
func (l *links) left(hive peer.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.punched, hive)
}

// news wakes all who wait for something to change.
type news struct {
	mu sync.Mutex
	ch chan struct{}
}

// next is closed at the next change.
func (n *news) next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch == nil {
		n.ch = make(chan struct{})
	}
	return n.ch
}

func (n *news) publish() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch != nil {
		close(n.ch)
		n.ch = nil
	}
}
