package p2p

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/peer"
	basichost "github.com/libp2p/go-libp2p/p2p/host/basic"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/melissiproject/hive/p2p/internal/address"
	"github.com/melissiproject/hive/p2p/internal/conn"
	"github.com/melissiproject/hive/p2p/internal/links"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

// Host is a hive on the network.
type Host struct {
	cfg       Config
	key       crypto.PrivKey
	host      host.Host
	links     *links.Links
	directory *directory
	keeper    *links.Keeper
	berths    *links.Berths
	roster    *roster.Roster
	announce  []ma.Multiaddr
	counter   counter
	nat       basichost.NATManager // nil without UPnP
	up, down  *rate.Limiter

	closeOnce sync.Once
	serving   sync.WaitGroup
	met       chan peer.ID // addresses to save

	mu        sync.Mutex
	notify    []func(hive peer.ID, connected bool)
	connected map[peer.ID]bool
	reach     reach
}

// New listens. Nobody is let in or called before Run.
func New(cfg Config) (_ *Host, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &Host{
		cfg: cfg, roster: roster.New(cfg.AllowOnly, cfg.RelayAll), connected: map[peer.ID]bool{}, met: make(chan peer.ID, 256),
		up: conn.Limit(cfg.BandwidthUp), down: conn.Limit(cfg.BandwidthDown),
	}
	if h.key, err = crypto.UnmarshalEd25519PrivateKey(cfg.Key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	h.counter = counter{metrics.NewBandwidthCounter(), h.roster}
	for _, addr := range cfg.Announce {
		h.announce = append(h.announce, ma.StringCast(addr)) // Validate has parsed it
	}
	h.links = links.New(h.roster, cfg.Log, cfg.HolePunch)
	h.berths = links.NewBerths(h.links, cfg.retry, cfg.Reachability == Public)
	opts, err := options(h)
	if err != nil {
		return nil, err
	}
	if h.host, err = libp2p.New(opts...); err != nil {
		return nil, fmt.Errorf("p2p: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	return h, h.build()
}

// build makes the parts that need the libp2p host.
func (h *Host) build() (err error) {
	h.links.Host = h.host
	if err := listen(h.host, h.cfg); err != nil {
		return err
	}
	bootstrap, err := seeds(h.cfg, h.ID())
	if err != nil {
		return err
	}
	for _, info := range bootstrap {
		h.roster.Seed(info.ID, info.Addrs)
	}
	if h.directory, err = newDirectory(h.links, h.cfg, h.key); err != nil {
		return err
	}
	h.keeper = links.NewKeeper(h.links, h.cfg.retry, h.connect)
	h.Handle(recordProtocol, h.directory.serveRecord)
	return nil
}

// listen opens every address. Of the default ones it may miss some: there are machines without IPv6.
func listen(host host.Host, cfg Config) error {
	chosen := !slices.Equal(cfg.Listen, DefaultListen())
	var faults []error
	busy := taken(cfg.Listen)
	for _, text := range cfg.Listen {
		err := busy[text]
		if err == nil {
			err = host.Network().Listen(ma.StringCast(text))
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%w: %s: %w", ErrListen, text, err))
		}
	}
	if len(faults) > 0 && (chosen || len(faults) == len(cfg.Listen)) {
		return errors.Join(faults...)
	}
	for _, err := range faults {
		cfg.Log.Warn("an address is not listened on", "err", err)
	}
	return nil
}

// taken finds addresses on whose TCP port somebody else listens. libp2p shares a port with everyone who lets it, so two hives of
// one machine could both have it, and who connects would reach either.
func taken(list []string) map[string]error {
	faults := map[string]error{}
	for _, text := range list {
		addr, _ := ma.SplitFunc(ma.StringCast(text), func(c ma.Component) bool { return c.Protocol().Code == ma.P_WS })
		network, at, err := manet.DialArgs(addr)
		if err != nil || !strings.HasPrefix(network, "tcp") {
			continue
		}
		l, err := net.Listen(network, at)
		if err == nil {
			err = l.Close()
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			faults[text] = err
		}
	}
	return faults
}

// seeds reads the bootstrap list, in which a hive may have several addresses.
func seeds(cfg Config, self peer.ID) ([]peer.AddrInfo, error) {
	var list []peer.AddrInfo
	if cfg.PublicDHT && !cfg.alone {
		list = dht.GetDefaultBootstrapPeerAddrInfos()
	}
	for _, addr := range cfg.Bootstrap {
		info, err := ParseAddr(addr)
		if err != nil {
			return nil, err
		}
		if info.ID != self {
			list = append(list, info)
		}
	}
	return list, nil
}

// ID is the id of this hive.
func (h *Host) ID() peer.ID { return h.host.ID() }

// Addrs are the addresses of this hive, each with /p2p/ID, also before Run.
func (h *Host) Addrs() []string { return address.Full(h.ID(), h.host.Addrs()) }

// announced replaces the addresses found by those configured; relays are always told.
func announced(configured []ma.Multiaddr, relayed func() []ma.Multiaddr) func([]ma.Multiaddr) []ma.Multiaddr {
	return func(found []ma.Multiaddr) []ma.Multiaddr {
		addrs := configured
		if len(configured) == 0 {
			addrs = slices.DeleteFunc(slices.Clone(found), func(a ma.Multiaddr) bool { return address.Transport(a) == "p2p-circuit" })
		}
		return append(slices.Clone(addrs), relayed()...)
	}
}

// Run joins the network and keeps connections until ctx ends.
func (h *Host) Run(ctx context.Context) error {
	events, err := h.host.EventBus().Subscribe([]any{
		new(event.EvtPeerConnectednessChanged), new(event.EvtPeerIdentificationCompleted), new(event.EvtLocalAddressesUpdated),
		new(event.EvtLocalReachabilityChanged), new(event.EvtHostReachableAddrsChanged),
	}, eventbus.Name("hive"), eventbus.BufSize(1024))
	if err != nil {
		return fmt.Errorf("p2p: %w", err)
	}
	defer events.Close()
	if err := h.loadBook(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.follow(ctx, events.Out()) })
	g.Go(func() error { return h.saveMet(ctx) })
	g.Go(func() error { return h.keeper.Run(ctx) })
	g.Go(func() error { return h.berths.Run(ctx) })
	g.Go(func() error { return h.directory.join(ctx) })
	g.Go(func() error { return h.directory.publish(ctx) })
	g.Go(func() error { return h.directory.meetings(ctx) })
	if h.cfg.MDNS {
		g.Go(func() error { return h.links.Local(ctx, h.cfg.retry) })
	}
	close(h.links.Ready)
	h.cfg.Log.Info("hive is on the network", "hive", h.ID(), "addrs", h.Addrs())
	if err := g.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// loadBook reads who was met and who is blocked.
func (h *Host) loadBook(ctx context.Context) error {
	blocked, err := h.cfg.Book.Blocked(ctx)
	if err != nil {
		return fmt.Errorf("p2p: blocked hives: %w", err)
	}
	known, err := h.cfg.Book.Load(ctx)
	if err != nil {
		return fmt.Errorf("p2p: known hives: %w", err)
	}
	for _, info := range known {
		if info.ID != h.ID() {
			h.roster.Load(info)
		}
	}
	h.roster.Start(blocked)
	return nil
}

// Close ends all connections and waits for what serves them. Run has returned, or was never called.
func (h *Host) Close() error {
	var faults []error
	h.closeOnce.Do(func() {
		close(h.links.Closed)
		if h.directory != nil {
			faults = append(faults, h.directory.dht.Close())
		}
		faults = append(faults, h.host.Close())
	})
	h.serving.Wait()
	return errors.Join(faults...)
}
