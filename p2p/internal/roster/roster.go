// Package roster knows hives: who is protected, who is known and where, who is blocked, and so who may
// connect and be relayed.
//
// It lives in memory; what outlives the process is in the book of the host.
package roster

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/record"
)

// How a hive was first heard of.
const (
	ViaKnown     = "known"
	ViaBootstrap = "bootstrap"
	ViaMDNS      = "mdns"
	ViaDHT       = "dht"
	ViaIncoming  = "incoming"
)

// maxGiven is how many addresses that the owner gave are kept of a hive.
const maxGiven = 16

// Roster is who is who.
type Roster struct {
	allowOnly bool
	relayAll  bool

	mu        sync.RWMutex
	open      bool // Run has loaded who is blocked
	protected map[peer.ID]bool
	known     map[peer.ID][]ma.Multiaddr // where they say they are, or others
	given     map[peer.ID][]ma.Multiaddr // where the owner says they are; these are of hives that are known too
	seeds     map[peer.ID][]ma.Multiaddr // the same, as configured
	blocked   map[peer.ID]bool
	via       map[peer.ID]string
	records   map[peer.ID]record.Record
}

// New is a roster that lets nobody in until Start. With allowOnly it lets in who is protected or known; with relayAll it
// relays for everybody.
func New(allowOnly, relayAll bool) *Roster {
	return &Roster{
		allowOnly: allowOnly, relayAll: relayAll,
		protected: map[peer.ID]bool{}, blocked: map[peer.ID]bool{},
		known: map[peer.ID][]ma.Multiaddr{}, given: map[peer.ID][]ma.Multiaddr{}, seeds: map[peer.ID][]ma.Multiaddr{},
		via: map[peer.ID]string{}, records: map[peer.ID]record.Record{},
	}
}

// Admits is whether hive may be connected.
func (r *Roster) Admits(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.open && !r.blocked[hive] && (!r.allowOnly || r.trusted(hive))
}

// trusted is whether hive is protected or known; r.mu is held.
func (r *Roster) trusted(hive peer.ID) bool {
	_, known := r.known[hive]
	return known || r.protected[hive]
}

// Knows is whether hive is protected or known.
func (r *Roster) Knows(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.trusted(hive)
}

// Start lets hives in.
func (r *Roster) Start(blocked []peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, hive := range blocked {
		r.blocked[hive] = true
	}
	r.open = true
}

// Block shuts a hive out, or not.
func (r *Roster) Block(hive peer.ID, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if on {
		r.blocked[hive] = true
	} else {
		delete(r.blocked, hive)
	}
}

// IsBlocked is whether a hive is shut out.
func (r *Roster) IsBlocked(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.blocked[hive]
}

// Meet makes a hive known, with more addresses of it, the new ones first.
func (r *Roster) Meet(hive peer.ID, via string, addrs ...ma.Multiaddr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[hive] = address.Merge(addrs, r.known[hive])
	if r.via[hive] == "" {
		r.via[hive] = via
	}
}

// Give makes a hive known with an address of the owner, which stays until Forget, wherever the hive says it is.
func (r *Roster) Give(hive peer.ID, addrs ...ma.Multiaddr) {
	r.Meet(hive, ViaKnown)
	r.mu.Lock()
	defer r.mu.Unlock()
	given := address.Merge(addrs, r.given[hive])
	r.given[hive] = given[:min(len(given), maxGiven)]
}

// Seed makes a hive known by which the DHT is joined; its addresses stay as those of Give do.
func (r *Roster) Seed(hive peer.ID, addrs []ma.Multiaddr) {
	r.Meet(hive, ViaBootstrap)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seeds[hive] = address.Merge(r.seeds[hive], addrs)
}

// Seeds are the hives by which the DHT is joined.
func (r *Roster) Seeds() []peer.ID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Collect(maps.Keys(r.seeds))
}

// Moved replaces the addresses of a hive that is protected or known, but for those that were given, and tells whether that
// changed them.
func (r *Roster) Moved(hive peer.ID, addrs []ma.Multiaddr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.trusted(hive) || len(addrs) == 0 {
		return false
	}
	addrs = address.Merge(addrs, nil)
	old := r.known[hive]
	if len(old) == len(addrs) && !slices.ContainsFunc(addrs, func(a ma.Multiaddr) bool { return !slices.ContainsFunc(old, a.Equal) }) {
		return false
	}
	r.known[hive] = addrs
	return true
}

// Forget drops a hive.
func (r *Roster) Forget(hive peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, hive)
	delete(r.given, hive)
	delete(r.seeds, hive)
	delete(r.via, hive)
	delete(r.records, hive)
}

// Heard notes how a hive that is not known was found.
func (r *Roster) Heard(hive peer.ID, via string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.via[hive] == "" {
		r.via[hive] = via
	}
}

// Left drops what is only kept of strangers while they are connected.
func (r *Roster) Left(hive peer.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.trusted(hive) {
		delete(r.via, hive)
		delete(r.records, hive)
	}
}

// Addrs are the addresses of a known hive.
func (r *Roster) Addrs(hive peer.ID) []ma.Multiaddr {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return address.Merge(address.Merge(r.seeds[hive], r.given[hive]), r.known[hive])
}

// Entry is what a book should keep of a hive. Addresses that were given end in /p2p/ and the id of the hive there, as the owner
// wrote them, and no others do.
func (r *Roster) Entry(hive peer.ID) (peer.AddrInfo, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	entry := peer.AddrInfo{ID: hive}
	end, err := ma.NewComponent("p2p", hive.String())
	if err != nil {
		return entry, fmt.Errorf("p2p: %w", err)
	}
	for _, addr := range r.given[hive] {
		entry.Addrs = append(entry.Addrs, addr.Encapsulate(end))
	}
	for _, addr := range r.known[hive] {
		if _, id := peer.SplitAddr(addr); id == "" {
			entry.Addrs = append(entry.Addrs, addr)
		}
	}
	return entry, nil
}

// Load takes an Entry from a book.
func (r *Roster) Load(entry peer.AddrInfo) {
	for _, addr := range slices.Backward(entry.Addrs) {
		if where, id := peer.SplitAddr(addr); id == entry.ID && len(where) > 0 {
			r.Give(id, where)
		} else {
			r.Meet(entry.ID, ViaKnown, addr)
		}
	}
}

// Protect replaces the protected hives, and tells which came and which went.
func (r *Roster) Protect(hives []peer.ID) (came, went []peer.ID) {
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

// IsProtected is whether a hive is of a share or contact.
func (r *Roster) IsProtected(hive peer.ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.protected[hive]
}

// Keep lists the protected hives that may be connected.
func (r *Roster) Keep() []peer.ID {
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

// All lists the hives that are known, protected or blocked.
func (r *Roster) All() []peer.ID {
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

// Say keeps what a hive says of itself.
func (r *Roster) Say(rec record.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec.Seq >= r.records[rec.Hive].Seq {
		r.records[rec.Hive] = rec
	}
}

// About is what is known of a hive beside its addresses.
func (r *Roster) About(hive peer.ID) (rec record.Record, via string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.records[hive], r.via[hive]
}
