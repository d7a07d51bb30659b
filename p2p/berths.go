package p2p

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

// berths are the places of this hive at relays, by which others reach it when it is behind a router. The finder of libp2p
// takes no relay on a local network and none that it does not find itself; ours are hives that know this one.
type berths struct {
	*links
	retry retry
	look  chan struct{} // a hive came or went, or reachability changed

	mu      sync.Mutex
	public  bool // no need of relays
	held    map[peer.ID]berth
	refused map[peer.ID]time.Time // not to be asked before
}

type berth struct {
	until time.Time
	addrs []ma.Multiaddr // of this hive, without /p2p/ID
}

func newBerths(l *links, cfg Config) *berths {
	return &berths{
		links: l, retry: cfg.retry, look: make(chan struct{}, 1), public: cfg.Reachability == Public,
		held: map[peer.ID]berth{}, refused: map[peer.ID]time.Time{},
	}
}

// set notes whether hives anywhere can connect to this one.
func (b *berths) set(public bool) {
	b.mu.Lock()
	b.public = public
	b.mu.Unlock()
	wake(b.look)
}

// addrs are the addresses of this hive by way of relays.
func (b *berths) addrs() []ma.Multiaddr {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []ma.Multiaddr
	for _, relay := range slices.Sorted(maps.Keys(b.held)) {
		list = append(list, b.held[relay].addrs...)
	}
	return list
}

// run keeps places at relays until ctx ends.
func (b *berths) run(ctx context.Context) error {
	changed, err := b.host.EventBus().Emitter(new(event.EvtAutoRelayAddrsUpdated), eventbus.Stateful)
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
		case <-b.look:
		case <-timer.C:
		}
		timer.Reset(b.round(ctx))
		if addrs := b.addrs(); fmt.Sprint(addrs) != told {
			told = fmt.Sprint(addrs)
			if err := changed.Emit(event.EvtAutoRelayAddrsUpdated{RelayAddrs: addrs}); err != nil {
				return fmt.Errorf("p2p: %w", err)
			}
		}
	}
}

// round drops what is lost, gets what is missing, and says when to look again.
func (b *berths) round(ctx context.Context) time.Duration {
	now := time.Now()
	b.mu.Lock()
	for relay, at := range b.held {
		if b.public || !b.isConnected(relay) || now.After(at.until) {
			delete(b.held, relay)
			b.host.ConnManager().Unprotect(relay, berthTag)
		}
	}
	for relay, at := range b.refused {
		if now.After(at) {
			delete(b.refused, relay)
		}
	}
	public, next := b.public, b.retry.most
	b.mu.Unlock()
	if public {
		return next
	}
	for _, relay := range b.candidates(now) {
		if err := b.reserve(ctx, relay); err != nil && ctx.Err() == nil {
			b.log.Debug("no place at a relay", "hive", relay, "err", err)
			b.mu.Lock()
			b.refused[relay] = now.Add(jitter(b.retry.most / 5))
			b.mu.Unlock()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, at := range b.held {
		next = min(next, max(time.Second, time.Until(at.until)/2))
	}
	if len(b.held) < wantedBerths {
		next = min(next, b.retry.most/5)
	}
	return next
}

// candidates are the relays to ask: those whose place runs out, and connected hives that relay, known ones first.
func (b *berths) candidates(now time.Time) []peer.ID {
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
	hives := b.host.Network().Peers()
	slices.SortStableFunc(hives, func(x, y peer.ID) int { return b.strange(x) - b.strange(y) })
	for _, hive := range hives {
		_, held := b.held[hive]
		_, refused := b.refused[hive]
		if missing <= 0 || held || refused || b.host.Network().Connectedness(hive) != network.Connected {
			continue
		}
		if spoken, err := b.host.Peerstore().SupportsProtocols(hive, proto.ProtoIDv2Hop); err == nil && len(spoken) > 0 {
			list = append(list, hive)
			missing--
		}
	}
	return list
}

func (b *berths) strange(hive peer.ID) int {
	if b.roster.Knows(hive) {
		return 0
	}
	return 1
}

// reserve gets a place at a relay, or a longer one.
func (b *berths) reserve(ctx context.Context, relay peer.ID) error {
	ctx, cancel := context.WithTimeout(network.WithNoDial(ctx, "relay"), berthTime)
	defer cancel()
	got, err := client.Reserve(ctx, b.host, peer.AddrInfo{ID: relay})
	if err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	way, err := ma.NewMultiaddr("/p2p/" + relay.String() + "/p2p-circuit")
	if err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	place := berth{until: got.Expiration}
	for _, addr := range address.Useful(b.links.addrs(relay)) {
		if address.Transport(addr) != "p2p-circuit" {
			place.addrs = append(place.addrs, addr.Encapsulate(way))
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[relay] = place
	b.host.ConnManager().Protect(relay, berthTag)
	return nil
}
