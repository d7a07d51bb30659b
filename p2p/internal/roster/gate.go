package roster

import (
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// Gate is the roster as libp2p asks it: the gater of connections and the access control of the relay.
type Gate struct{ *Roster }

// InterceptPeerDial is asked before a hive is called.
func (g Gate) InterceptPeerDial(hive peer.ID) bool { return g.Admits(hive) }

// InterceptAddrDial is asked before an address is called.
func (g Gate) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }

// InterceptAccept is asked before it is known who calls.
func (g Gate) InterceptAccept(network.ConnMultiaddrs) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.open
}

// InterceptSecured is asked when a hive has proved who it is.
func (g Gate) InterceptSecured(_ network.Direction, hive peer.ID, _ network.ConnMultiaddrs) bool {
	return g.Admits(hive)
}

// InterceptUpgraded is asked last.
func (g Gate) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }

// AllowReserve is whether the relay takes messages for a hive.
func (g Gate) AllowReserve(hive peer.ID, _ ma.Multiaddr) bool {
	return g.Admits(hive) && (g.relayAll || g.Knows(hive))
}

// AllowConnect is whether the relay joins two hives. The called one has a place here already; who calls may be a
// stranger to this hive, as those are who answer an invitation.
func (g Gate) AllowConnect(from peer.ID, _ ma.Multiaddr, to peer.ID) bool {
	return g.Admits(from) && !g.IsBlocked(to)
}
