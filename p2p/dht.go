package p2p

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	record "github.com/libp2p/go-libp2p-record"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/routing"
	ma "github.com/multiformats/go-multiaddr"
	"golang.org/x/sync/errgroup"
)

// recordProtocol gives the record of a hive to who is connected to it: nothing is sent, and the record comes back.
const recordProtocol = "/hive/record/1.0.0"

const (
	dhtPrefix     = "/hive"
	refreshEvery  = 30 * time.Minute // of the routing table
	publishEvery  = 12 * time.Hour   // records of the DHT live for 48
	askTime       = 10 * time.Second
	seedConns     = 8 // hives called to get into the DHT
	enoughInTable = 4
)

// newDHT joins no one yet: the gater is closed.
func (h *Host) newDHT() (err error) {
	options := []dht.Option{
		dht.RoutingTableRefreshPeriod(refreshEvery),
		dht.Mode(h.dhtMode()),
	}
	if !h.cfg.PublicDHT {
		options = append(options, dht.ProtocolPrefix(dhtPrefix),
			dht.Validator(record.NamespacedValidator{recordNamespace: recordValidator{}}))
	}
	if h.dht, err = dht.New(h.host, options...); err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	return nil
}

// dhtMode: among hives everyone serves who is not known to be unreachable, for a network of two at home has no one
// to tell them that they are reachable. The public DHT wants proof.
func (h *Host) dhtMode() dht.ModeOpt {
	switch {
	case h.cfg.Reachability == Private:
		return dht.ModeClient
	case h.cfg.Reachability == Public:
		return dht.ModeServer
	case h.cfg.PublicDHT:
		return dht.ModeAuto
	default:
		return dht.ModeAutoServer
	}
}

// join gets into the DHT, and back into it when all who were in the routing table are gone.
func (h *Host) join(ctx context.Context) error {
	wait := h.cfg.retry.first
	timer := time.NewTimer(0)
	defer timer.Stop()
	in := false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if h.dht.RoutingTable().Size() >= enoughInTable {
				wait = h.cfg.retry.first
			} else {
				h.seed(ctx)
				wait = min(2*wait, h.cfg.retry.most)
			}
			timer.Reset(jitter(wait))
		case <-h.joined:
		}
		switch size := h.dht.RoutingTable().Size(); {
		case size == 0 && in:
			in, wait = false, h.cfg.retry.first
			timer.Reset(jitter(wait))
		case size > 0 && !in:
			in = true
			h.dht.RefreshRoutingTable()
			wake(h.republish)
			wake(h.meeting)
		}
	}
}

// seed calls bootstrap hives, and some of those met before.
func (h *Host) seed(ctx context.Context) {
	var g errgroup.Group
	g.SetLimit(seedConns)
	hives := make([]peer.ID, 0, len(h.bootstrap))
	for _, info := range h.bootstrap {
		hives = append(hives, info.ID)
	}
	rand.Shuffle(len(hives), func(i, j int) { hives[i], hives[j] = hives[j], hives[i] })
	others := slices.DeleteFunc(h.roster.all(), func(hive peer.ID) bool { return slices.Contains(hives, hive) || !h.roster.admits(hive) })
	rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	hives = append(hives[:min(len(hives), seedConns)], others[:min(len(others), seedConns)]...)
	for _, hive := range hives {
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, h.cfg.retry.attempt)
			defer cancel()
			addrs := h.roster.addrs(hive)
			if err := h.reachBy(ctx, hive, addrs); err != nil {
				h.cfg.Log.Debug("hive is not reached", "hive", hive, "err", err)
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // calls return no error
	wake(h.joined)
}

// record is what this hive says of itself now.
func (h *Host) record() ([]byte, error) {
	return sealRecord(Record{
		Hive: h.ID(), Seq: uint64(time.Now().UnixMilli()), //nolint:gosec // after 1970
		Name: clip(h.cfg.Name), URL: clip(h.cfg.URL), Version: clip(h.cfg.Version), Addrs: recordAddrs(h.host.Addrs()),
	}, h.key)
}

// publish keeps the DHT informed of this hive: its record, and its rendezvous.
func (h *Host) publish(ctx context.Context) error {
	timer := time.NewTimer(publishEvery)
	defer timer.Stop()
	wait := h.cfg.retry.first
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			next := jitter(publishEvery)
			if err := h.put(ctx); err != nil {
				h.cfg.Log.Debug("record is not published", "err", err)
				wait = min(2*wait, h.cfg.retry.most)
				next = jitter(wait)
			} else {
				wait = h.cfg.retry.first
			}
			timer.Reset(next)
		case <-h.republish:
			timer.Reset(h.cfg.retry.settle)
		}
	}
}

// put publishes once.
func (h *Host) put(ctx context.Context) error {
	if h.dht.RoutingTable().Size() == 0 {
		return nil // join wakes us
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if h.cfg.PublicDHT {
		return h.provide(ctx, presence(h.ID())) // it keeps no records of ours
	}
	data, err := h.record()
	if err != nil {
		return err
	}
	if err := h.dht.PutValue(ctx, recordKey(h.ID()), data); err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	h.news.publish()
	return nil
}

// serveRecord answers who asks for the record.
func (h *Host) serveRecord(hive peer.ID, conn net.Conn) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(askTime)); err != nil {
		return
	}
	data, err := h.record()
	if err == nil {
		_, err = conn.Write(data)
	}
	if err != nil {
		h.cfg.Log.Debug("record is not sent", "hive", hive, "err", err)
	}
}

// ask gets the record of a hive that is connected.
func (h *Host) ask(ctx context.Context, hive peer.ID) (*Record, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	stream, err := h.host.NewStream(limited(network.WithNoDial(ctx, "record")), hive, recordProtocol)
	if err != nil {
		return nil, fmt.Errorf("p2p: %s: %w", hive, err)
	}
	conn := newConn(stream, nil, nil)
	defer conn.Close()
	at, _ := ctx.Deadline()
	if err := errors.Join(conn.SetDeadline(at), conn.CloseWrite()); err != nil {
		return nil, err
	}
	rec, err := readRecord(hive, conn)
	if err != nil {
		return nil, err
	}
	h.roster.say(rec)
	return &rec, nil
}

// Found is what a look-up found.
type Found struct {
	Addrs    []string      `json:"addrs"`            // with /p2p/ID
	Record   *Record       `json:"record,omitempty"` // what the hive says of itself, signed by it
	Hops     int           `json:"hops"`             // from hive to hive until one knew it; 0 when connected
	Messages int           `json:"messages"`         // asked of the DHT
	Took     time.Duration `json:"took"`             // nanoseconds
}

// Find looks a hive up in the DHT: where it is, and its signed record. It asks the DHT also when the hive is known.
func (h *Host) Find(ctx context.Context, hive peer.ID) (Found, error) {
	start := time.Now()
	select {
	case <-h.ready:
	case <-h.closed:
		return Found{}, ErrClosed
	case <-ctx.Done():
		return Found{}, fmt.Errorf("p2p: not on the network: %w", ctx.Err())
	}
	found, addrs, rec := Found{}, []ma.Multiaddr(nil), (*Record)(nil)
	if h.host.Network().Connectedness(hive) != network.NotConnected {
		addrs = h.host.Peerstore().Addrs(hive)
		rec, _ = h.ask(ctx, hive) //nolint:errcheck // it may speak no such protocol
	} else {
		var trace trace
		addrs, rec = h.lookUp(ctx, hive, &trace)
		found.Hops, found.Messages = trace.count(hive)
	}
	if rec != nil {
		addrs = merge(addrs, parsed(rec.Addrs))
	}
	found.Addrs, found.Record, found.Took = full(hive, addrs), rec, time.Since(start)
	if len(addrs) == 0 {
		return found, fmt.Errorf("%w: %s", ErrNotFound, hive)
	}
	return found, nil
}

// locate finds addresses of a hive.
func (h *Host) locate(ctx context.Context, hive peer.ID) ([]ma.Multiaddr, error) {
	addrs, rec := h.lookUp(ctx, hive, &trace{})
	if rec != nil {
		addrs = merge(parsed(rec.Addrs), addrs)
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, hive)
	}
	h.roster.heard(hive, viaDHT)
	return addrs, nil
}

// lookUp asks the DHT for the place of a hive and for its record at once: the first is what other hives saw, the second
// is there also for a hive that only relays can reach.
func (h *Host) lookUp(ctx context.Context, hive peer.ID, trace *trace) (addrs []ma.Multiaddr, rec *Record) {
	if h.dht.RoutingTable().Size() == 0 {
		return nil, nil
	}
	var g sync.WaitGroup
	var place, said []ma.Multiaddr
	g.Go(func() {
		traced, stop := trace.follow(ctx)
		defer stop()
		if info, err := h.dht.FindPeer(traced, hive); err == nil {
			place = info.Addrs
		}
	})
	g.Go(func() {
		if h.cfg.PublicDHT {
			said = h.providers(ctx, presence(hive))[hive]
			return
		}
		if data, err := h.dht.GetValue(ctx, recordKey(hive), dht.Quorum(1)); err == nil {
			if r, err := openRecord(hive, data); err == nil {
				h.roster.say(r)
				rec = &r
			}
		}
	})
	g.Wait()
	return merge(place, said), rec
}

// parsed are the addresses of a record, which openRecord has checked.
func parsed(texts []string) []ma.Multiaddr {
	addrs := make([]ma.Multiaddr, 0, len(texts))
	for _, text := range texts {
		if addr, err := ma.NewMultiaddr(text); err == nil {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// trace follows a look-up from hive to hive.
type trace struct {
	mu       sync.Mutex
	depth    map[peer.ID]int // of those heard of; those of the own table have none
	messages int
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
		}
	default:
	}
}

// count is how far from this hive the target was heard of, and how many messages that took.
func (t *trace) count(target peer.ID) (hops, messages int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.depth[target], t.messages
}
