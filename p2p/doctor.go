package p2p

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
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
	Because      string       `json:"because"`           // how that is known, or why it is not
	Mapping      []string     `json:"mapping,omitempty"` // addresses that the router forwards
	Relays       []string     `json:"relays,omitempty"`  // addresses of this hive by way of relays
	Relaying     bool         `json:"relaying"`          // this hive is a relay for others
	DHT          string       `json:"dht"`               // server or client
	Table        int          `json:"table"`             // hives in the routing table
	Connected    int          `json:"connected"`         // hives and other peers
	Advice       []string     `json:"advice,omitempty"`  // what would help
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
	Error    string        `json:"error,omitempty"` // why it is not reached
}

// Attempt is one address that was tried.
type Attempt struct {
	Addr  string        `json:"addr"`
	OK    bool          `json:"ok"`
	Took  time.Duration `json:"took"`
	Error string        `json:"error,omitempty"` // in words
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

// judge says what is known about this hive being reached, and how.
func judge(cfg Config, reach reach, r Report, listening []ma.Multiaddr) (Reachability, string) {
	switch {
	case cfg.Reachability != Unknown:
		return cfg.Reachability, "the configuration says so"
	case len(reach.proven) > 0:
		return Public, fmt.Sprintf("other hives called back at %s", reach.proven[0])
	case reach.verdict == network.ReachabilityPublic:
		return Public, "other hives called back"
	case reach.verdict == network.ReachabilityPrivate, len(reach.refuted) > 0:
		return Private, "other hives tried to call back and could not"
	case r.Connected == 0:
		return Unknown, "no other hive is connected that could try"
	case !slices.ContainsFunc(listening, manet.IsPublicAddr) && len(r.Mapping) == 0:
		return Unknown, "this machine has addresses of a local network only, where hives do not try"
	default:
		return Unknown, "no hive has tried to call back yet"
	}
}

// advice is what the owner can do.
func advice(h *Host, r Report) []string {
	var list []string
	if r.Connected == 0 {
		if len(h.cfg.Bootstrap) == 0 && !h.cfg.PublicDHT {
			list = append(list, "no other hive is connected: name one as bootstrap, or add one by its address")
		} else {
			list = append(list, "no other hive is connected: is this machine online, and are the bootstrap addresses right?")
		}
	}
	if r.Reachability == Private && len(r.Relays) == 0 {
		list = append(list, "hives outside cannot call this one: forward its port in the router, or be connected to a hive that serves as relay")
	}
	if h.nat != nil && !h.nat.HasDiscoveredNAT() && r.Reachability == Private {
		list = append(list, "the router does not answer to UPnP or NAT-PMP")
	}
	if h.nat == nil && r.Reachability == Private {
		list = append(list, "UPnP is off; with it the router may forward the port by itself")
	}
	return list
}

// examine tries to reach a hive by every way there is.
func examine(ctx context.Context, h *Host, hive peer.ID) Target {
	t := Target{Hive: hive, Path: links.PathNone}
	if hive == h.ID() {
		t.Error = ErrSelf.Error()
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
		t.Error = words(err)
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
				list[i].Error = words(err)
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

// words says in words why a hive is not reached.
func words(err error) string {
	var other sec.ErrPeerIDMismatch
	var dns *net.DNSError
	text := err.Error()
	switch {
	case errors.Is(err, ErrBlocked), errors.Is(err, swarm.ErrGaterDisallowedConnection):
		return "this hive has blocked it, or admits known hives only"
	case errors.As(err, &other):
		return "another hive answers there: " + other.Actual.String()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused: nothing listens there"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "this machine has no way there"
	case errors.As(err, &dns):
		return "the name is not found: " + dns.Name
	case errors.Is(err, swarm.ErrNoTransport):
		return "this hive does not call such addresses"
	case strings.Contains(text, "NO_RESERVATION"):
		return "the hive is not at that relay"
	case strings.Contains(text, "PERMISSION_DENIED"), strings.Contains(text, "RESOURCE_LIMIT_EXCEEDED"):
		return "the relay refuses"
	case errors.Is(err, ErrNotFound):
		return "no address is known, and the DHT has none"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), strings.Contains(text, "timeout"):
		return "no answer in time: it is off, or a firewall drops the packets"
	case strings.Contains(text, "failed to negotiate security protocol"), strings.Contains(text, "EOF"):
		return "it hung up: it is no hive, or it does not admit this one"
	default:
		return text
	}
}
