package links

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

// mdnsService is what hives are called on the local network.
const mdnsService = "_hive-p2p._tcp"

// Local finds hives on the local network and is found there, until ctx ends.
func (l *Links) Local(ctx context.Context, times Times) error {
	found := make(chan peer.AddrInfo, 64)
	tick := time.NewTicker(times.Settle)
	defer tick.Stop()
	b := beacon{Links: l, again: times.Most / 10}
	defer b.stop()
	for b.follow(ctx, found); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			b.follow(ctx, found)
		case info := <-found:
			if err := l.Neighbour(ctx, info); err != nil {
				l.Log.Debug("hive is not reached", "hive", info.ID, "err", err)
			}
		}
	}
}

// beacon is mDNS as it runs now. It keeps to the interfaces and tells the addresses that there are when it starts.
type beacon struct {
	*Links
	again   time.Duration // after it could not be started
	service mdns.Service  // nil: it could not
	addrs   []ma.Multiaddr
	began   time.Time
}

// follow starts mDNS anew where this hive has other addresses, or where it could not be started.
func (b *beacon) follow(ctx context.Context, found chan<- peer.AddrInfo) {
	addrs, err := b.Host.Network().InterfaceListenAddresses()
	addrs = slices.SortedFunc(slices.Values(addrs), ma.Multiaddr.Compare)
	same := err != nil || slices.EqualFunc(addrs, b.addrs, ma.Multiaddr.Equal)
	if same && (b.service != nil || !b.began.IsZero() && time.Since(b.began) < b.again) {
		return
	}
	b.stop()
	first := b.began.IsZero()
	b.addrs, b.began = addrs, time.Now()
	service := mdns.NewMdnsService(b.Host, mdnsService, neighbours(found))
	if err = service.Start(); err == nil {
		b.service = service
		return
	}
	level := slog.LevelDebug
	if first { // there are machines without multicast; the rest of the network is there
		level = slog.LevelWarn
	}
	b.Log.Log(ctx, level, "hives on the local network are not found", "err", err)
}

func (b *beacon) stop() {
	if b.service == nil {
		return
	}
	if err := b.service.Close(); err != nil {
		b.Log.Debug("mDNS does not end", "err", err)
	}
	b.service = nil
}

// neighbours takes what mDNS finds.
type neighbours chan<- peer.AddrInfo

// HandlePeerFound must not block; who is missed is announced again.
func (n neighbours) HandlePeerFound(info peer.AddrInfo) {
	select {
	case n <- info:
	default:
	}
}

// Neighbour connects to a hive that was found, which anybody on the local network can claim to be.
func (l *Links) Neighbour(ctx context.Context, info peer.AddrInfo) error {
	if info.ID == l.Host.ID() || !l.Roster.Admits(info.ID) || l.IsConnected(info.ID) {
		return nil
	}
	l.Roster.Heard(info.ID, roster.ViaMDNS)
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	if err := l.ConnectBy(ctx, info.ID, address.Merge(info.Addrs, nil)); err != nil {
		return fmt.Errorf("mdns: %w", err)
	}
	return nil
}
