package p2p

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

const (
	// dialTime is how long Dial takes when its context has no deadline.
	dialTime = 30 * time.Second
	// punchTime is how long a new relayed connection may take to become direct before it is used as it is.
	punchTime = 5 * time.Second
)

// Dial opens a conn that speaks proto with hive, and connects first if need be, by the addresses known and those found.
// The conn has CloseWrite and Reset too; its Close flushes.
func (h *Host) Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error) {
	if hive == h.ID() {
		return nil, ErrSelf
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialTime)
		defer cancel()
	}
	if err := h.connect(ctx, hive); err != nil {
		return nil, err
	}
	stream, err := h.host.NewStream(limited(ctx), hive, proto)
	if err != nil {
		return nil, h.explain(hive, proto, err)
	}
	return newConn(stream, h.up, h.down), nil
}

// limited lets ctx use relayed connections.
func limited(ctx context.Context) context.Context {
	return network.WithAllowLimitedConn(ctx, "hive")
}

// explain tells a hive that does not speak proto from one that does not answer.
func (h *Host) explain(hive peer.ID, proto protocol.ID, err error) error {
	spoken, perr := h.host.Peerstore().SupportsProtocols(hive, proto)
	all, aerr := h.host.Peerstore().GetProtocols(hive)
	if perr == nil && aerr == nil && len(spoken) == 0 && len(all) > 0 {
		return fmt.Errorf("%w: %s, %s", ErrProtocol, proto, hive)
	}
	return fmt.Errorf("p2p: %s: %w", hive, err)
}

// connect makes a hive connected, and known.
func (h *Host) connect(ctx context.Context, hive peer.ID) error {
	select {
	case <-h.ready:
	case <-h.closed:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("p2p: not on the network: %w", ctx.Err())
	}
	if h.roster.isBlocked(hive) {
		return fmt.Errorf("%w: %s", ErrBlocked, hive)
	}
	h.roster.meet(hive, viaKnown)
	tried := merge(h.roster.addrs(hive), h.host.Peerstore().Addrs(hive))
	err := h.reachBy(ctx, hive, tried)
	if err == nil {
		return nil
	}
	found, lost := h.locate(ctx, hive)
	fresh := slices.DeleteFunc(slices.Clone(found), func(a ma.Multiaddr) bool { return slices.ContainsFunc(tried, a.Equal) })
	if lost != nil || (len(fresh) == 0 && h.host.Network().Connectedness(hive) == network.NotConnected) {
		return err
	}
	return h.reachBy(ctx, hive, fresh)
}

// reachBy connects by the addresses given, and waits for a relayed connection to become direct.
func (h *Host) reachBy(ctx context.Context, hive peer.ID, addrs []ma.Multiaddr) error {
	if h.host.Network().Connectedness(hive) == network.NotConnected {
		if len(addrs) == 0 {
			return fmt.Errorf("%w: %s", ErrNotFound, hive)
		}
		if net, ok := h.host.Network().(*swarm.Swarm); ok {
			net.Backoff().Clear(hive) // who asks has a back-off of its own
		}
	}
	if err := h.host.Connect(limited(ctx), peer.AddrInfo{ID: hive, Addrs: addrs}); err != nil {
		return fmt.Errorf("p2p: %s: %w", hive, err)
	}
	if h.cfg.HolePunch {
		h.awaitDirect(ctx, hive)
	}
	return nil
}

// awaitDirect gives a young relayed connection time to become direct.
func (h *Host) awaitDirect(ctx context.Context, hive peer.ID) {
	for {
		changed := h.news.next()
		if h.host.Network().Connectedness(hive) != network.Limited {
			return
		}
		left := punchTime
		for _, conn := range h.host.Network().ConnsToPeer(hive) {
			left = min(left, punchTime-time.Since(conn.Stat().Opened))
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
		if ctx.Err() != nil {
			return
		}
	}
}

// Handle gives the conns that other hives open for proto to serve, which owns and closes them. A panic in serve is logged.
func (h *Host) Handle(proto protocol.ID, serve func(hive peer.ID, conn net.Conn)) {
	h.host.SetStreamHandler(proto, func(stream network.Stream) {
		select {
		case <-h.closed:
			stream.Reset() //nolint:errcheck // it ends anyway
			return
		default:
		}
		h.serving.Go(func() { h.serve(proto, serve, stream) })
	})
}

func (h *Host) serve(proto protocol.ID, serve func(hive peer.ID, conn net.Conn), stream network.Stream) {
	hive := stream.Conn().RemotePeer()
	conn := newConn(stream, h.up, h.down)
	defer func() {
		if fault := recover(); fault != nil {
			err := errors.Join(fmt.Errorf("panic: %v", fault), conn.Reset())
			h.cfg.Log.Error("serving a hive failed", "hive", hive, "protocol", proto, "err", err, "stack", string(debug.Stack()))
		}
	}()
	serve(hive, conn)
}

// useful leaves out what no other machine can call, unless there is nothing else.
func useful(addrs []ma.Multiaddr) []ma.Multiaddr {
	out := slices.DeleteFunc(slices.Clone(addrs), func(a ma.Multiaddr) bool {
		return manet.IsIPLoopback(a) || manet.IsIPUnspecified(a) || manet.IsIP6LinkLocal(a)
	})
	if len(out) == 0 {
		return addrs
	}
	return out
}
