package p2p

import (
	"context"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	ma "github.com/multiformats/go-multiaddr"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/links"
)

const (
	lookTime = 15 * time.Second // for the DHT
	tries    = 8                // at once
	pings    = 3
)

// Report says whether this hive can be reached, and whether it reaches another.
type Report struct {
	Hive         peer.ID      `json:"hive"`
	Listening    []string     `json:"listening"`
	Announced    []string     `json:"announced"` // with /p2p/ID
	Reachability Reachability `json:"reachability"`
	Because      Finding      `json:"because"`           // how that is known, or why it is not
	Mapping      []string     `json:"mapping,omitempty"` // addresses that the router forwards
	Relays       []string     `json:"relays,omitempty"`  // addresses of this hive by way of relays
	Relaying     bool         `json:"relaying"`          // this hive is a relay for others
	DHT          string       `json:"dht"`               // server or client
	Table        int          `json:"table"`             // hives in the routing table
	Connected    int          `json:"connected"`         // hives and other peers
	Advice       []Finding    `json:"advice,omitempty"`  // what would help
	Target       *Target      `json:"target,omitempty"`
}

// Target says how a hive is reached.
type Target struct {
	Hive     peer.ID       `json:"hive"`
	Found    *Found        `json:"found,omitempty"` // what the DHT has
	Addrs    []string      `json:"addrs"`           // known and found
	Attempts []Attempt     `json:"attempts"`        // every address by itself
	Path     string        `json:"path"`            // direct, hole-punched, relayed or none
	Addr     string        `json:"addr,omitempty"`  // of the connection that is used
	Latency  time.Duration `json:"latency,omitempty"`
	Error    Finding       `json:"error,omitzero"` // why it is not reached
}

// Attempt is one address that was tried.
type Attempt struct {
	Addr  string        `json:"addr"`
	OK    bool          `json:"ok"`
	Took  time.Duration `json:"took"`
	Error Finding       `json:"error,omitzero"`
}

// reach is what was found out about this hive.
type reach struct {
	verdict         network.Reachability // of AutoNAT
	proven, refuted []ma.Multiaddr       // of AutoNAT v2
}

// Doctor finds out how this hive can be reached and, when target is not nil, how that hive is. It tries every address of
// the target, so it takes some seconds when that is far or gone.
func (h *Host) Doctor(ctx context.Context, target *peer.ID) Report {
	h.mu.Lock()
	reach := h.reach
	h.mu.Unlock()
	r := Report{
		Hive: h.ID(), Announced: h.Addrs(), DHT: "client", Table: h.directory.dht.RoutingTable().Size(),
		Connected: len(h.host.Network().Peers()), Relays: address.Full(h.ID(), h.berths.Circuits()),
	}
	listening, err := h.host.Network().InterfaceListenAddresses()
	if err != nil {
		listening = h.host.Network().ListenAddresses()
	}
	for _, addr := range listening {
		r.Listening = append(r.Listening, addr.String())
		if h.nat != nil {
			if mapped := h.nat.GetMapping(addr); mapped != nil {
				r.Mapping = append(r.Mapping, mapped.String())
			}
		}
	}
	spoken := h.host.Mux().Protocols()
	if slices.Contains(spoken, h.directory.protocol()) {
		r.DHT = "server"
	}
	r.Relaying = slices.Contains(spoken, proto.ProtoIDv2Hop)
	r.Reachability, r.Because = judge(h.cfg, reach, r, listening)
	r.Advice = advice(h, r)
	if target != nil {
		t := examine(ctx, h, *target)
		r.Target = &t
	}
	return r
}

// examine tries to reach a hive by every way there is.
func examine(ctx context.Context, h *Host, hive peer.ID) Target {
	t := Target{Hive: hive, Path: links.PathNone}
	if hive == h.ID() {
		t.Error = failure(ErrSelf)
		return t
	}
	addrs := h.links.Addrs(hive)
	if !h.links.IsConnected(hive) || len(addrs) == 0 {
		looking, cancel := context.WithTimeout(ctx, lookTime)
		if found, err := h.Find(looking, hive); err == nil {
			t.Found = &found
			for _, text := range found.Addrs {
				if info, err := ParseAddr(text); err == nil {
					addrs = address.Merge(addrs, info.Addrs)
				}
			}
		}
		cancel()
	}
	t.Addrs, t.Attempts = address.Full(hive, addrs), attempt(ctx, h, hive, addrs)
	calling, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	if err := h.connect(calling, hive); err != nil {
		t.Error = failure(err)
		return t
	}
	t.Path = h.links.Path(hive)
	if c := h.links.Best(hive); c != nil {
		t.Addr = c.RemoteMultiaddr().String()
	}
	t.Latency = latency(calling, h, hive)
	return t
}

// attempt calls every address of a hive by itself and hangs up.
func attempt(ctx context.Context, h *Host, hive peer.ID, addrs []ma.Multiaddr) []Attempt {
	list := make([]Attempt, len(addrs))
	var g errgroup.Group
	g.SetLimit(tries)
	for i, addr := range addrs {
		g.Go(func() error {
			start := time.Now()
			err := h.links.Try(ctx, hive, addr)
			list[i] = Attempt{Addr: addr.String(), OK: err == nil, Took: time.Since(start)}
			if err != nil {
				list[i].Error = failure(err)
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // the list has the errors
	return list
}

// latency is the shortest of a few pings; 0 when there is no answer.
func latency(ctx context.Context, h *Host, hive peer.ID) time.Duration {
	ctx, cancel := context.WithCancel(links.Limited(ctx))
	defer cancel()
	results := ping.Ping(ctx, h.host, hive)
	best := time.Duration(0)
	for range pings {
		result, ok := <-results
		if !ok || result.Error != nil {
			break
		}
		if best == 0 || result.RTT < best {
			best = result.RTT
		}
	}
	cancel()
	for range results { // until the sender is gone
	}
	return best
}
