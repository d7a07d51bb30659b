package links

import (
	"context"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

// mdnsService is what hives are called on the local network.
const mdnsService = "_hive-p2p._tcp"

// Local finds hives on the local network.
func (l *Links) Local(ctx context.Context) error {
	found := make(chan peer.AddrInfo, 64)
	service := mdns.NewMdnsService(l.Host, mdnsService, neighbours(found))
	if err := service.Start(); err != nil {
		// There are machines without multicast; the rest of the network is there.
		l.Log.Warn("hives on the local network are not found", "err", err)
		return nil
	}
	defer service.Close()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case info := <-found:
			if err := l.Neighbour(ctx, info); err != nil {
				l.Log.Debug("hive is not reached", "hive", info.ID, "err", err)
			}
		}
	}
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
