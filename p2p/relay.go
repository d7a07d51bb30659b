package p2p

import (
	"context"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
)

// relays offers hives that may relay for this one when it is behind a router: connected ones that serve as relays, known
// ones first, then bootstrap hives.
func (h *Host) relays(ctx context.Context, most int) <-chan peer.AddrInfo {
	out := make(chan peer.AddrInfo, most)
	defer close(out)
	select {
	case <-h.ready:
	default:
		return out // asked again soon
	}
	hives := h.host.Network().Peers()
	for _, info := range h.bootstrap {
		hives = append(hives, info.ID)
	}
	known := func(hive peer.ID) int {
		if h.roster.knows(hive) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(hives, func(a, b peer.ID) int { return known(a) - known(b) })
	seen := map[peer.ID]bool{}
	for _, hive := range hives {
		if seen[hive] || ctx.Err() != nil {
			continue
		}
		seen[hive] = true
		if h.isConnected(hive) {
			if spoken, err := h.host.Peerstore().SupportsProtocols(hive, proto.ProtoIDv2Hop); err != nil || len(spoken) == 0 {
				continue
			}
		}
		info := peer.AddrInfo{ID: hive, Addrs: merge(h.roster.addrs(hive), h.host.Peerstore().Addrs(hive))}
		if len(info.Addrs) == 0 || len(out) == cap(out) {
			continue
		}
		out <- info
	}
	return out
}
