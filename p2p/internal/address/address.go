// Package address sorts and picks multiaddrs: which are of use to others, which are called first, what carries them.
//
// It owns no addresses.
package address

import (
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// maxKept is how many addresses of a hive are kept.
const maxKept = 32

// Merge lists the addresses of both, without doubles, as many as are kept of one hive.
func Merge(first, then []ma.Multiaddr) []ma.Multiaddr {
	list := slices.Clone(first)
	for _, addr := range then {
		if !slices.ContainsFunc(list, addr.Equal) {
			list = append(list, addr)
		}
	}
	return list[:min(len(list), maxKept)]
}

// Useful leaves out what no other machine can call, unless there is nothing else.
func Useful(addrs []ma.Multiaddr) []ma.Multiaddr {
	out := slices.DeleteFunc(slices.Clone(addrs), func(a ma.Multiaddr) bool {
		return manet.IsIPLoopback(a) || manet.IsIPUnspecified(a) || manet.IsIP6LinkLocal(a)
	})
	if len(out) == 0 {
		return addrs
	}
	return out
}

// Full writes addresses with the id of the hive.
func Full(hive peer.ID, addrs []ma.Multiaddr) []string {
	texts := make([]string, 0, len(addrs))
	for _, addr := range addrs {
		texts = append(texts, addr.String()+"/p2p/"+hive.String())
	}
	return texts
}

// Parsed are the addresses of a record, which openRecord has checked.
func Parsed(texts []string) []ma.Multiaddr {
	addrs := make([]ma.Multiaddr, 0, len(texts))
	for _, text := range texts {
		if addr, err := ma.NewMultiaddr(text); err == nil {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// Rank says in which order addresses are called: TCP at once, QUIC if TCP has not answered by then, relays last. From home,
// behind a router, QUIC to the outside is called at once and TCP waits: the router then lets others in where it let QUIC out,
// and those who see it can tell this hive where that is.
func Rank(addrs []ma.Multiaddr, home bool) []network.AddrDelay {
	const step, patience = 250 * time.Millisecond, time.Second
	groups := map[string]int{"tcp": 1, "memory": 2, "quic-v1": 3, "websocket": 4, "": 5, "p2p-circuit": 6}
	group := func(addr ma.Multiaddr) int {
		name := Transport(addr)
		if outside := manet.IsPublicAddr(addr); home && (name == "quic-v1" && outside || name == "tcp" && !outside) {
			return 0
		}
		return groups[name]
	}
	ranked := make([]network.AddrDelay, 0, len(addrs))
	delay := time.Duration(0)
	for n := range len(groups) + 1 {
		before := len(ranked)
		for _, addr := range addrs {
			if group(addr) == n {
				ranked = append(ranked, network.AddrDelay{Addr: addr, Delay: delay})
			}
		}
		switch {
		case len(ranked) == before: // there is nothing to wait for
		case n == 0:
			delay = patience // a handshake of QUIC to the other end of the world
		default:
			delay += step
		}
	}
	return ranked
}

// Transport names what carries an address.
func Transport(addr ma.Multiaddr) string {
	name := ""
	for _, part := range addr {
		switch part.Protocol().Code {
		case ma.P_CIRCUIT:
			return "p2p-circuit"
		case ma.P_TCP:
			name = "tcp"
		case ma.P_MEMORY:
			name = "memory"
		case ma.P_QUIC_V1:
			name = "quic-v1"
		case ma.P_WS, ma.P_WSS:
			name = "websocket"
		case ma.P_WEBTRANSPORT, ma.P_WEBRTC_DIRECT:
			return ""
		}
	}
	return name
}
