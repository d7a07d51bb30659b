package p2p

import (
	"context"
	"fmt"
	"sync"
	"time"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/routing"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/record"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

// Found is what a look-up found.
type Found struct {
	Addrs    []string       `json:"addrs"`            // with /p2p/ID
	Record   *record.Record `json:"record,omitempty"` // what the hive says of itself, signed by it
	Hops     int            `json:"hops"`             // from hive to hive until one knew it; 0 when connected
	Messages int            `json:"messages"`         // asked of the DHT
	Took     time.Duration  `json:"took"`             // nanoseconds, of the look-up
}

// second is how long locate waits for the second answer.
const second = 2 * time.Second

// find is Find of Host.
func (d *directory) find(ctx context.Context, hive peer.ID) (Found, error) {
	start := time.Now()
	if err := d.Started(ctx); err != nil {
		return Found{}, err
	}
	if d.Roster.IsBlocked(hive) {
		return Found{}, fmt.Errorf("%w: %s", ErrBlocked, hive)
	}
	found, addrs, rec := Found{}, []ma.Multiaddr(nil), (*record.Record)(nil)
	if !d.IsConnected(hive) {
		trace := trace{target: hive}
		addrs, rec = d.lookUp(ctx, hive, &trace, func() {})
		found.Hops, found.Messages, found.Took = trace.depth[hive], trace.messages, time.Since(start)
	}
	if d.IsConnected(hive) { // the look-up may have done that
		if said, err := d.ask(ctx, hive); err == nil {
			rec = said
		}
		addrs = address.Merge(d.Host.Peerstore().Addrs(hive), addrs)
	}
	if rec != nil {
		addrs = address.Merge(addrs, address.Parsed(rec.Addrs))
	}
	found.Addrs, found.Record = address.Full(hive, addrs), rec
	if len(addrs) == 0 {
		return found, fmt.Errorf("%w: %s", ErrNotFound, hive)
	}
	return found, nil
}

// locate finds addresses of a hive. It is content with the first answer, or the better of two that come close together.
func (d *directory) locate(ctx context.Context, hive peer.ID) []ma.Multiaddr {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	addrs, rec := d.lookUp(ctx, hive, &trace{target: hive}, func() { time.AfterFunc(second, enough) })
	if rec != nil {
		addrs = address.Merge(addrs, address.Parsed(rec.Addrs))
	}
	if len(addrs) > 0 {
		d.Roster.Heard(hive, roster.ViaDHT)
	}
	return addrs
}

// lookUp asks the DHT for the place of a hive and for its record at once: the first is what other hives saw, the second
// is there also for a hive that only relays can reach. It calls answered after each that is found.
func (d *directory) lookUp(ctx context.Context, hive peer.ID, trace *trace, answered func()) (addrs []ma.Multiaddr, rec *record.Record) {
	if d.dht.RoutingTable().Size() == 0 {
		return nil, nil
	}
	ctx, stop := trace.follow(ctx)
	var g sync.WaitGroup
	var place, said []ma.Multiaddr
	g.Go(func() {
		if info, err := d.dht.FindPeer(ctx, hive); err == nil {
			place = info.Addrs
			answered()
		}
	})
	g.Go(func() {
		if d.cfg.PublicDHT {
			said = d.providers(ctx, presence(hive))[hive]
			return
		}
		if data, err := d.dht.GetValue(ctx, record.Key(hive), dht.Quorum(1)); err == nil {
			if r, err := record.Open(hive, data); err == nil {
				d.Roster.Say(r)
				rec = &r
				answered()
			}
		}
	})
	g.Wait()
	stop()
	// The DHT keeps to itself what it hears of a hive that it could not call before it heard that.
	return address.Merge(address.Merge(place, said), trace.addrs), rec
}

// trace follows a look-up from hive to hive.
type trace struct {
	target   peer.ID
	mu       sync.Mutex
	depth    map[peer.ID]int // of those heard of; those of the own table have none
	messages int
	addrs    []ma.Multiaddr // of the target, as others tell
}

// follow notes what a look-up with the context it returns does; stop waits for the last note.
func (t *trace) follow(ctx context.Context) (traced context.Context, stop func()) {
	t.depth = map[peer.ID]int{}
	ctx, cancel := context.WithCancel(ctx)
	traced, events := routing.RegisterForQueryEvents(ctx)
	var g sync.WaitGroup
	g.Go(func() {
		for e := range events {
			t.note(e)
		}
	})
	return traced, func() {
		cancel()
		g.Wait()
	}
}

func (t *trace) note(e *routing.QueryEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Type {
	case routing.SendingQuery:
		t.messages++
	case routing.PeerResponse:
		for _, info := range e.Responses {
			if _, seen := t.depth[info.ID]; !seen {
				t.depth[info.ID] = t.depth[e.ID] + 1
			}
			if info.ID == t.target {
				t.addrs = address.Merge(t.addrs, info.Addrs)
			}
		}
	default:
	}
}
