package p2p

import (
	"slices"
	"sync"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// How a hive was first heard of.
const (
	viaKnown     = "known"
	viaBootstrap = "bootstrap"
	viaMDNS      = "mdns"
	viaDHT       = "dht"
	viaIncoming  = "incoming"
)

// maxKept is how many addresses of a hive are kept.
const maxKept = 32

// roster knows hives: who is protected, who is known and where, who is blocked. It is the connection gater of the host
// and the access control of its relay.
type roster struct {
	allowOnly bool
	relayAll  bool

	mu        sync.RWMutex
	open      bool // Run has loaded who is blocked
	protected map[peer.ID]bool
	known     map[peer.ID][]ma.Multiaddr
	blocked   map[peer.ID]bool
	via       map[peer.ID]string
	records   map[peer.ID]Record
}

func newRoster(cfg Config) *roster {
	return &roster{
		allowOnly: cfg.AllowOnly, relayAll: cfg.RelayAll,
		protected: map[peer.ID]bool{}, known: map[peer.ID][]ma.Multiaddr{}, blocked: map[peer.ID]bool{},
		via: map[peer.ID]string{}, records: map[peer.ID]Record{},
	}
}

// admits is whether hive may be connected.
func (r *roster) admits(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.open && !r.blocked[hive] && (!r.allowOnly || r.trusted(hive))
}

// trusted is whether hive is protected or known; r.mu is held.
func (r *roster) trusted(hive peer.ID) bool {
	_, known := r.known[hive]
	return known || r.protected[hive]
}

// knows is whether hive is protected or known.
func (r *roster) knows(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.trusted(hive)
}

// start lets hives in.
func (r *roster) start(blocked []peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, hive := range blocked {
		r.blocked[hive] = true
	}
	r.open = true
}

// block shuts a hive out, or not.
func (r *roster) block(hive peer.ID, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if on {
		r.blocked[hive] = true
	} else {
		delete(r.blocked, hive)
	}
}

func (r *roster) isBlocked(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.blocked[hive]
}

// meet makes a hive known, with more addresses of it, the new ones first.
func (r *roster) meet(hive peer.ID, via string, addrs ...ma.Multiaddr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[hive] = merge(addrs, r.known[hive])
	if r.via[hive] == "" {
		r.via[hive] = via
	}
}

// moved replaces the addresses of a hive that is protected or known, and tells whether that changed them.
func (r *roster) moved(hive peer.ID, addrs []ma.Multiaddr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.trusted(hive) || len(addrs) == 0 {
		return false
	}
	addrs = merge(addrs, nil)
	old := r.known[hive]
	if len(old) == len(addrs) && !slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return !slices.ContainsFunc(old, a.Equal) }) {
		return false
	}
	r.known[hive] = addrs
	return true
}

func merge(first, then []ma.Multiaddr) []ma.Multiaddr {
	list := slices.Clone(first)
	for _, addr := range then {
		if !slices.ContainsFunc(list, addr.Equal) {
			list = append(list, addr)
		}
	}
	return list[:min(len(list), maxKept)]
}

// forget drops a hive.
func (r *roster) forget(hive peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, hive)
	delete(r.via, hive)
	delete(r.records, hive)
}

// heard notes how a hive that is not known was found.
func (r *roster) heard(hive peer.ID, via string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.via[hive] == "" {
		r.via[hive] = via
	}
}

// left drops what is only kept of strangers while they are connected.
func (r *roster) left(hive peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.trusted(hive) {
		delete(r.via, hive)
		delete(r.records, hive)
	}
}

func (r *roster) addrs(hive peer.ID) []ma.Multiaddr {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.known[hive])
}

// protect replaces the protected hives, and tells which came and which went.
func (r *roster) protect(hives []peer.ID) (came, went []peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.protected
	r.protected = make(map[peer.ID]bool, len(hives))
	for _, hive := range hives {
		if !old[hive] && !r.protected[hive] {
			came = append(came, hive)
		}
		r.protected[hive] = true
	}
	for hive := range old {
		if !r.protected[hive] {
			went = append(went, hive)
		}
	}
	return came, went
}

func (r *roster) isProtected(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.protected[hive]
}

// keep lists the protected hives that may be connected.
func (r *roster) keep() []peer.ID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var hives []peer.ID
	for hive := range r.protected {
		if !r.blocked[hive] {
			hives = append(hives, hive)
		}
	}
	return hives
}

// all lists the hives that are known, protected or blocked.
func (r *roster) all() []peer.ID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var hives []peer.ID
	for hive := range r.known {
		hives = append(hives, hive)
	}
	for hive := range r.protected {
		hives = append(hives, hive)
	}
	for hive := range r.blocked {
		hives = append(hives, hive)
	}
	slices.Sort(hives)
	return slices.Compact(hives)
}

// say keeps what a hive says of itself.
func (r *roster) say(rec Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec.Seq >= r.records[rec.Hive].Seq {
		r.records[rec.Hive] = rec
	}
}

// about is what is known of a hive beside its addresses.
func (r *roster) about(hive peer.ID) (rec Record, via string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.records[hive], r.via[hive]
}

// InterceptPeerDial is asked before a hive is called.
func (r *roster) InterceptPeerDial(hive peer.ID) bool { return r.admits(hive) }

// InterceptAddrDial is asked before an address is called.
func (r *roster) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }

// InterceptAccept is asked before it is known who calls.
func (r *roster) InterceptAccept(network.ConnMultiaddrs) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.open
}

// InterceptSecured is asked when a hive has proved who it is.
func (r *roster) InterceptSecured(_ network.Direction, hive peer.ID, _ network.ConnMultiaddrs) bool {
	return r.admits(hive)
}

// InterceptUpgraded is asked last.
func (r *roster) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }

// AllowReserve is whether the relay takes messages for a hive.
func (r *roster) AllowReserve(hive peer.ID, _ ma.Multiaddr) bool {
	return r.admits(hive) && (r.relayAll || r.knows(hive))
}

// AllowConnect is whether the relay joins two hives. The called one has a place here already; who calls may be a
// stranger to this hive, as those are who answer an invitation.
func (r *roster) AllowConnect(from peer.ID, _ ma.Multiaddr, to peer.ID) bool {
	return r.admits(from) && !r.isBlocked(to)
}
