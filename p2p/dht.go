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
	dhtrecord "github.com/libp2p/go-libp2p-record"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/p2p/internal/conn"
	"github.com/melissiproject/hive/p2p/internal/links"
	"github.com/melissiproject/hive/p2p/internal/record"
	"github.com/melissiproject/hive/p2p/internal/shelf"
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

// directory is this hive's part of the DHT.
type directory struct {
	*links.Links
	dht *dht.IpfsDHT
	cfg Config
	key crypto.PrivKey

	joined    chan struct{} // the routing table may have something to start with
	republish chan struct{} // what the DHT should have of this hive has changed
	meeting   chan struct{} // the secrets have changed

	mu      sync.Mutex
	secrets [][]byte
}

// newDirectory joins no one yet: the gater is closed.
func newDirectory(l *links.Links, cfg Config, key crypto.PrivKey) (*directory, error) {
	options := []dht.Option{
		dht.RoutingTableRefreshPeriod(refreshEvery), dht.Mode(dhtMode(cfg)),
		dht.ValueDatastore(shelf.New(cfg.room)), dht.ProviderDatastore(shelf.New(cfg.room)),
	}
	if !cfg.PublicDHT {
		options = append(options, dht.ProtocolPrefix(dhtPrefix),
			dht.Validator(dhtrecord.NamespacedValidator{record.Namespace: record.Validator{}}))
	}
	if cfg.Bucket > 0 {
		options = append(options, dht.BucketSize(cfg.Bucket), dht.Concurrency(max(1, cfg.Bucket/3)), dht.Resiliency(max(1, cfg.Bucket/3)))
	}
	table, err := dht.New(l.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("p2p: %w", err)
	}
	return &directory{
		Links: l, dht: table, cfg: cfg, key: key,
		joined: make(chan struct{}, 1), republish: make(chan struct{}, 1), meeting: make(chan struct{}, 1),
	}, nil
}

// dhtMode: among hives everyone serves who is not known to be unreachable, for a network of two at home has no one
// to tell them that they are reachable. The public DHT wants proof.
func dhtMode(cfg Config) dht.ModeOpt {
	switch {
	case cfg.Reachability == Private:
		return dht.ModeClient
	case cfg.Reachability == Public:
		return dht.ModeServer
	case cfg.PublicDHT:
		return dht.ModeAuto
	default:
		return dht.ModeAutoServer
	}
}

// protocol is what a server of the DHT speaks.
func (d *directory) protocol() protocol.ID {
	if d.cfg.PublicDHT {
		return dht.DefaultPrefix + "/kad/1.0.0"
	}
	return dhtPrefix + "/kad/1.0.0"
}

// join gets into the DHT, and back into it when all who were in the routing table are gone. It tries with longer and longer
// pauses, and soon again when this hive has moved.
func (d *directory) join(ctx context.Context) error {
	wait := d.cfg.retry.First
	timer := time.NewTimer(0)
	defer timer.Stop()
	in := false
	for moved := d.Moved.Next(); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
			moved = d.Moved.Next()
			if wait > d.cfg.retry.First { // not before it was tried
				wait = d.cfg.retry.First
				timer.Reset(d.cfg.retry.Settle)
			}
			continue
		case <-timer.C:
			if d.dht.RoutingTable().Size() >= enoughInTable {
				wait = d.cfg.retry.First
			} else {
				d.seed(ctx)
				wait = min(2*wait, d.cfg.retry.Most)
			}
			timer.Reset(links.Jitter(wait))
		case <-d.joined:
		}
		switch size := d.dht.RoutingTable().Size(); {
		case size == 0 && in:
			in, wait = false, d.cfg.retry.First
			timer.Reset(links.Jitter(wait))
		case size > 0 && !in:
			in = true
			d.dht.RefreshRoutingTable()
			links.Wake(d.republish)
			links.Wake(d.meeting)
		}
	}
}

// seed calls bootstrap hives, and some of those met before.
func (d *directory) seed(ctx context.Context) {
	var g errgroup.Group
	g.SetLimit(seedConns)
	hives := d.Roster.Seeds()
	rand.Shuffle(len(hives), func(i, j int) { hives[i], hives[j] = hives[j], hives[i] })
	others := slices.DeleteFunc(d.Roster.All(), func(hive peer.ID) bool {
		return slices.Contains(hives, hive) || !d.Roster.Admits(hive)
	})
	rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	hives = append(hives[:min(len(hives), seedConns)], others[:min(len(others), seedConns)]...)
	for _, hive := range hives {
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, d.cfg.retry.Attempt)
			defer cancel()
			if err := d.ConnectBy(ctx, hive, d.Roster.Addrs(hive)); err != nil {
				d.cfg.Log.Debug("hive is not reached", "hive", hive, "err", err)
			}
			return nil
		})
	}
	g.Wait() //nolint:errcheck // calls return no error
	links.Wake(d.joined)
}

// record is what this hive says of itself now.
func (d *directory) record() ([]byte, error) {
	return record.Seal(record.Record{
		Hive: d.Host.ID(), Seq: uint64(time.Now().UnixMilli()), //nolint:gosec // after 1970
		Name: record.Clip(d.cfg.name()), URL: record.Clip(d.cfg.URL), Version: record.Clip(d.cfg.Version), Addrs: record.Addrs(d.Host.Addrs()),
	}, d.key)
}

// publish keeps the DHT informed of this hive: its record, and its rendezvous.
func (d *directory) publish(ctx context.Context) error {
	timer := time.NewTimer(publishEvery)
	defer timer.Stop()
	wait := d.cfg.retry.First
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			next := links.Jitter(publishEvery)
			if err := d.put(ctx); err != nil {
				d.cfg.Log.Debug("record is not published", "err", err)
				wait = min(2*wait, d.cfg.retry.Most)
				next = links.Jitter(wait)
			} else {
				wait = d.cfg.retry.First
			}
			timer.Reset(next)
		case <-d.republish:
			timer.Reset(d.cfg.retry.Settle)
		}
	}
}

// put publishes once.
func (d *directory) put(ctx context.Context) error {
	if d.dht.RoutingTable().Size() == 0 {
		return nil // join wakes us
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if d.cfg.PublicDHT {
		return d.provide(ctx, presence(d.Host.ID())) // it keeps no records of ours
	}
	data, err := d.record()
	if err != nil {
		return err
	}
	if err := d.dht.PutValue(ctx, record.Key(d.Host.ID()), data); err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	d.News.Publish()
	return nil
}

// serveRecord answers who asks for the record.
func (d *directory) serveRecord(hive peer.ID, conn net.Conn) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(askTime)); err != nil {
		return
	}
	data, err := d.record()
	if err == nil {
		_, err = conn.Write(data)
	}
	if err != nil {
		d.cfg.Log.Debug("record is not sent", "hive", hive, "err", err)
	}
}

// ask gets the record of a hive that is connected.
func (d *directory) ask(ctx context.Context, hive peer.ID) (*record.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	stream, err := d.Host.NewStream(links.Limited(network.WithNoDial(ctx, "record")), hive, recordProtocol)
	if err != nil {
		return nil, fmt.Errorf("p2p: %s: %w", hive, err)
	}
	c := conn.New(stream, nil, nil)
	defer c.Close()
	at, _ := ctx.Deadline()
	if err := errors.Join(c.SetDeadline(at), c.CloseWrite()); err != nil {
		return nil, err
	}
	rec, err := record.Read(hive, c)
	if err != nil {
		return nil, err
	}
	d.Roster.Say(rec)
	return &rec, nil
}
