package links

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/address"
)

const (
	wantedBerths = 2                // places at relays, so that one relay may go
	berthTime    = 10 * time.Second // to get one
	berthTag     = "relay"
)

// Berths are the places of this hive at relays, by which others reach it when it is behind a router. The finder of libp2p
// takes no relay on a local network and none that it does not find itself; ours are hives that know this one.
type Berths struct {
	*Links
	times Times
	Look  chan struct{} // a hive came or went, or reachability changed

	mu      sync.Mutex
	public  bool // no need of relays
	held    map[peer.ID]berth
	refused map[peer.ID]time.Time // not to be asked before
}

type berth struct {
	until time.Time
	addrs []ma.Multiaddr // of this hive, without /p2p/ID
}

// NewBerths has none yet. With public none are wanted.
func NewBerths(l *Links, times Times, public bool) *Berths {
	return &Berths{
		Links: l, times: times, Look: make(chan struct{}, 1), public: public,
		held: map[peer.ID]berth{}, refused: map[peer.ID]time.Time{},
	}
}

// Set notes whether hives anywhere can connect to this one.
func (b *Berths) Set(public bool) {
	b.mu.Lock()
	b.public = public
	b.mu.Unlock()
	Wake(b.Look)
}

// Circuits are the addresses of this hive by way of relays.
func (b *Berths) Circuits() []ma.Multiaddr {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []ma.Multiaddr
	for _, relay := range slices.Sorted(maps.Keys(b.held)) {
		list = append(list, b.held[relay].addrs...)
	}
	return list
}

// Run keeps places at relays until ctx ends.
func (b *Berths) Run(ctx context.Context) error {
	changed, err := b.Host.EventBus().Emitter(new(event.EvtAutoRelayAddrsUpdated), eventbus.Stateful)
	if err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	defer changed.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.Look:
		case <-timer.C:
		}
		timer.Reset(b.round(ctx))
		if addrs := b.Circuits(); fmt.Sprint(addrs) != told {
			told = fmt.Sprint(addrs)
			if err := changed.Emit(event.EvtAutoRelayAddrsUpdated{RelayAddrs: addrs}); err != nil {
				return fmt.Errorf("p2p: %w", err)
			}
		}
	}
}

// round drops what is lost, gets what is missing, and says when to look again.
func (b *Berths) round(ctx context.Context) time.Duration {
	now := time.Now()
	b.mu.Lock()
	for relay, at := range b.held {
		if b.public || !b.IsConnected(relay) || now.After(at.until) {
			delete(b.held, relay)
			b.Host.ConnManager().Unprotect(relay, berthTag)
		}
	}
	for relay, at := range b.refused {
		if now.After(at) {
			delete(b.refused, relay)
		}
	}
	public, next := b.public, b.times.Most
	b.mu.Unlock()
	if public {
		return next
	}
	for _, relay := range b.candidates(now) {
		if err := b.reserve(ctx, relay); err != nil && ctx.Err() == nil {
			b.Log.Debug("no place at a relay", "hive", relay, "err", err)
			b.mu.Lock()
			b.refused[relay] = now.Add(Jitter(b.times.Most / 5))
			b.mu.Unlock()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, at := range b.held {
		next = min(next, max(time.Second, time.Until(at.until)/2))
	}
	if len(b.held) < wantedBerths {
		next = min(next, b.times.Most/5)
	}
	return next
}

// candidates are the relays to ask: those whose place runs out, and connected hives that relay, known ones first.
func (b *Berths) candidates(now time.Time) []peer.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []peer.ID
	missing := wantedBerths
	for relay, at := range b.held {
		missing--
		if at.until.Sub(now) < 20*time.Minute {
			list = append(list, relay)
		}
	}
	hives := b.Host.Network().Peers()
	slices.SortStableFunc(hives, func(x, y peer.ID) int { return b.strange(x) - b.strange(y) })
	for _, hive := range hives {
		_, held := b.held[hive]
		_, refused := b.refused[hive]
		if missing <= 0 || held || refused || b.Host.Network().Connectedness(hive) != network.Connected {
			continue
		}
		if spoken, err := b.Host.Peerstore().SupportsProtocols(hive, proto.ProtoIDv2Hop); err == nil && len(spoken) > 0 {
			list = append(list, hive)
			missing--
		}
	}
	return list
}

func (b *Berths) strange(hive peer.ID) int {
	if b.Roster.Knows(hive) {
		return 0
	}
	return 1
}

// reserve gets a place at a relay, or a longer one.
func (b *Berths) reserve(ctx context.Context, relay peer.ID) error {
	ctx, cancel := context.WithTimeout(network.WithNoDial(ctx, "relay"), berthTime)
	defer cancel()
	got, err := client.Reserve(ctx, b.Host, peer.AddrInfo{ID: relay})
	if err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	way, err := ma.NewMultiaddr("/p2p/" + relay.String() + "/p2p-circuit")
	if err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	place := berth{until: got.Expiration}
	for _, addr := range address.Useful(b.Links.Addrs(relay)) {
		if address.Transport(addr) != "p2p-circuit" {
			place.addrs = append(place.addrs, addr.Encapsulate(way))
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[relay] = place
	b.Host.ConnManager().Protect(relay, berthTag)
	return nil
}
