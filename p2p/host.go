package p2p

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	ma "github.com/multiformats/go-multiaddr"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// Host is a hive on the network.
type Host struct {
	cfg       Config
	key       crypto.PrivKey
	host      host.Host
	dht       *dht.IpfsDHT
	roster    *roster
	bootstrap []peer.AddrInfo
	announce  []ma.Multiaddr
	counter   *metrics.BandwidthCounter
	up, down  *rate.Limiter

	ready     chan struct{} // closed when Run lets hives in
	closed    chan struct{}
	closeOnce sync.Once
	serving   sync.WaitGroup
	news      news          // a connection came, went or became direct
	retry     chan struct{} // there is someone to reconnect to
	joined    chan struct{} // the routing table may have something to start with
	republish chan struct{} // what the DHT should have of this hive has changed
	meeting   chan struct{} // the secrets changed
	met       chan peer.ID  // addresses to save

	mu        sync.Mutex
	notify    []func(hive peer.ID, connected bool)
	connected map[peer.ID]bool
	secrets   [][]byte
	reach     reach
}

// New listens. Nobody is let in or called before Run.
func New(cfg Config) (_ *Host, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &Host{
		cfg: cfg, roster: newRoster(cfg), up: limiter(cfg.BandwidthUp), down: limiter(cfg.BandwidthDown),
		ready: make(chan struct{}), closed: make(chan struct{}), connected: map[peer.ID]bool{},
		retry: make(chan struct{}, 1), joined: make(chan struct{}, 1), republish: make(chan struct{}, 1),
		meeting: make(chan struct{}, 1), met: make(chan peer.ID, 256),
	}
	if h.key, err = crypto.UnmarshalEd25519PrivateKey(cfg.Key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	for _, addr := range cfg.Announce {
		h.announce = append(h.announce, ma.StringCast(addr)) // Validate has parsed it
	}
	options, err := h.options(h.key)
	if err != nil {
		return nil, err
	}
	if h.host, err = libp2p.New(options...); err != nil {
		return nil, fmt.Errorf("p2p: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	if err := h.listen(); err != nil {
		return nil, err
	}
	if err := h.seeds(); err != nil {
		return nil, err
	}
	if err := h.newDHT(); err != nil {
		return nil, err
	}
	h.Handle(recordProtocol, h.serveRecord)
	return h, nil
}

// listen opens every address. Of the default ones it may miss some: there are machines without IPv6.
func (h *Host) listen() error {
	chosen := !slices.Equal(h.cfg.Listen, DefaultListen())
	var faults []error
	for _, text := range h.cfg.Listen {
		if err := h.host.Network().Listen(ma.StringCast(text)); err != nil {
			faults = append(faults, fmt.Errorf("%w: %s: %w", ErrListen, text, err))
		}
	}
	if len(faults) > 0 && (chosen || len(faults) == len(h.cfg.Listen)) {
		return errors.Join(faults...)
	}
	for _, err := range faults {
		h.cfg.Log.Warn("an address is not listened on", "err", err)
	}
	return nil
}

// seeds reads the bootstrap list, in which a hive may have several addresses.
func (h *Host) seeds() error {
	if h.cfg.PublicDHT {
		h.bootstrap = dht.GetDefaultBootstrapPeerAddrInfos()
	}
	for _, addr := range h.cfg.Bootstrap {
		info, err := ParseAddr(addr)
		if err != nil {
			return err
		}
		if info.ID == h.ID() {
			continue
		}
		if i := slices.IndexFunc(h.bootstrap, func(b peer.AddrInfo) bool { return b.ID == info.ID }); i >= 0 {
			h.bootstrap[i].Addrs = merge(h.bootstrap[i].Addrs, info.Addrs)
		} else {
			h.bootstrap = append(h.bootstrap, info)
		}
	}
	for _, info := range h.bootstrap {
		h.roster.meet(info.ID, viaBootstrap, info.Addrs...)
	}
	return nil
}

// ID is the id of this hive.
func (h *Host) ID() peer.ID { return h.host.ID() }

// Addrs are the addresses of this hive, each with /p2p/ID, also before Run.
func (h *Host) Addrs() []string { return full(h.ID(), h.host.Addrs()) }

// full writes addresses with the id of the hive.
func full(hive peer.ID, addrs []ma.Multiaddr) []string {
	texts := make([]string, 0, len(addrs))
	for _, addr := range addrs {
		texts = append(texts, addr.String()+"/p2p/"+hive.String())
	}
	return texts
}

// announced replaces the addresses found by those configured; relays are always told.
func (h *Host) announced(found []ma.Multiaddr) []ma.Multiaddr {
	if len(h.announce) == 0 {
		return found
	}
	addrs := slices.Clone(h.announce)
	for _, addr := range found {
		if transport(addr) == "p2p-circuit" {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// Run joins the network and keeps connections until ctx ends.
func (h *Host) Run(ctx context.Context) error {
	events, err := h.host.EventBus().Subscribe([]any{
		new(event.EvtPeerConnectednessChanged), new(event.EvtPeerIdentificationCompleted), new(event.EvtLocalAddressesUpdated),
		new(event.EvtLocalReachabilityChanged), new(event.EvtHostReachableAddrsChanged), new(event.EvtAutoRelayAddrsUpdated),
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
	g.Go(func() error { return h.keep(ctx) })
	g.Go(func() error { return h.join(ctx) })
	g.Go(func() error { return h.publish(ctx) })
	g.Go(func() error { return h.meetings(ctx) })
	if h.cfg.MDNS {
		g.Go(func() error { return h.local(ctx) })
	}
	close(h.ready)
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
			h.roster.meet(info.ID, viaKnown, info.Addrs...)
		}
	}
	h.roster.start(blocked)
	return nil
}

// follow turns the events of libp2p into ours.
func (h *Host) follow(ctx context.Context, events <-chan any) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-events:
			if !ok {
				return ErrClosed
			}
			h.happened(ctx, e)
		}
	}
}

func (h *Host) happened(ctx context.Context, e any) {
	switch e := e.(type) {
	case event.EvtPeerConnectednessChanged:
		h.tell(e.Peer, e.Connectedness != network.NotConnected)
	case event.EvtPeerIdentificationCompleted:
		h.identified(ctx, e)
	case event.EvtLocalReachabilityChanged:
		h.mu.Lock()
		h.reach.verdict = e.Reachability
		h.mu.Unlock()
	case event.EvtHostReachableAddrsChanged:
		h.mu.Lock()
		h.reach.proven, h.reach.refuted = e.Reachable, e.Unreachable
		h.mu.Unlock()
	case event.EvtAutoRelayAddrsUpdated:
		h.mu.Lock()
		h.reach.relays = e.RelayAddrs
		h.mu.Unlock()
		wake(h.republish)
	case event.EvtLocalAddressesUpdated:
		wake(h.republish)
		wake(h.retry)
	}
}

// tell passes on that a hive came or went.
func (h *Host) tell(hive peer.ID, connected bool) {
	h.mu.Lock()
	changed := h.connected[hive] != connected
	if connected {
		h.connected[hive] = true
	} else {
		delete(h.connected, hive)
	}
	listeners := slices.Clone(h.notify)
	h.mu.Unlock()
	h.news.publish()
	if connected {
		h.roster.heard(hive, viaIncoming)
	} else {
		h.roster.left(hive)
		wake(h.retry)
		wake(h.joined)
	}
	if changed {
		for _, listener := range listeners {
			listener(hive, connected)
		}
	}
}

// identified notes where a hive is, when it is one to remember.
func (h *Host) identified(ctx context.Context, e event.EvtPeerIdentificationCompleted) {
	wake(h.joined)
	if !h.roster.knows(e.Peer) {
		return
	}
	if h.roster.moved(e.Peer, useful(e.ListenAddrs)) {
		select {
		case h.met <- e.Peer:
		default: // it will be met again
		}
	}
	if slices.Contains(e.Protocols, recordProtocol) {
		h.serving.Go(func() { h.ask(ctx, e.Peer) })
	}
}

// saveMet writes addresses into the book.
func (h *Host) saveMet(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case hive := <-h.met:
			addrs := h.roster.addrs(hive)
			if len(addrs) == 0 {
				continue
			}
			if err := h.cfg.Book.Save(ctx, peer.AddrInfo{ID: hive, Addrs: addrs}); err != nil && ctx.Err() == nil {
				h.cfg.Log.Error("address of a hive is not saved", "hive", hive, "err", err)
			}
		}
	}
}

// Notify calls changed when a hive comes or goes, and for those that are connected now. changed must not block.
func (h *Host) Notify(changed func(hive peer.ID, connected bool)) {
	h.mu.Lock()
	h.notify = append(h.notify, changed)
	var now []peer.ID
	for hive := range h.connected {
		now = append(now, hive)
	}
	h.mu.Unlock()
	for _, hive := range now {
		changed(hive, true)
	}
}

// Protect names the hives of shares and contacts, instead of those named before: Run stays connected to them, the
// connection manager keeps them, AllowOnly admits them, and the relay serves them.
func (h *Host) Protect(hives []peer.ID) {
	const tag = "share"
	hives = slices.DeleteFunc(slices.Clone(hives), func(hive peer.ID) bool { return hive == h.ID() })
	came, went := h.roster.protect(hives)
	for _, hive := range came {
		h.host.ConnManager().Protect(hive, tag)
		if h.host.Network().Connectedness(hive) == network.NotConnected {
			continue
		}
		// It was a stranger when it was identified.
		if h.roster.moved(hive, useful(h.host.Peerstore().Addrs(hive))) {
			select {
			case h.met <- hive:
			default:
			}
		}
	}
	for _, hive := range went {
		h.host.ConnManager().Unprotect(hive, tag)
	}
	wake(h.retry)
}

// Block shuts a hive out and ends its connections, or lets it in again. It is not remembered: that is for the Book.
func (h *Host) Block(hive peer.ID, on bool) {
	h.roster.block(hive, on)
	if on {
		h.hangUp(hive)
	}
	wake(h.retry)
}

func (h *Host) hangUp(hive peer.ID) {
	if err := h.host.Network().ClosePeer(hive); err != nil {
		h.cfg.Log.Debug("closing connections", "hive", hive, "err", err)
	}
}

// Add remembers the hive at addr, which ends in /p2p/ID, and connects to it. It is remembered even if that fails.
func (h *Host) Add(ctx context.Context, addr string) (peer.ID, error) {
	info, err := ParseAddr(addr)
	if err != nil {
		return "", err
	}
	if info.ID == h.ID() {
		return info.ID, ErrSelf
	}
	h.roster.meet(info.ID, viaKnown, info.Addrs...)
	if err := h.cfg.Book.Save(ctx, peer.AddrInfo{ID: info.ID, Addrs: h.roster.addrs(info.ID)}); err != nil {
		return info.ID, fmt.Errorf("p2p: remember %s: %w", info.ID, err)
	}
	return info.ID, h.connect(ctx, info.ID)
}

// Forget drops the addresses of a hive, which is not known any more unless protected. It is not taken out of the Book.
func (h *Host) Forget(hive peer.ID) {
	h.roster.forget(hive)
	h.host.Peerstore().ClearAddrs(hive)
	if !h.roster.knows(hive) {
		h.hangUp(hive)
	}
}

// Close ends all connections and waits for what serves them. Run has returned, or was never called.
func (h *Host) Close() error {
	var faults []error
	h.closeOnce.Do(func() {
		close(h.closed)
		if h.dht != nil {
			faults = append(faults, h.dht.Close())
		}
		faults = append(faults, h.host.Close())
	})
	h.serving.Wait()
	return errors.Join(faults...)
}

// news wakes all who wait for something to change.
type news struct {
	mu sync.Mutex
	ch chan struct{}
}

// next is closed at the next change.
func (n *news) next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch == nil {
		n.ch = make(chan struct{})
	}
	return n.ch
}

func (n *news) publish() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ch != nil {
		close(n.ch)
		n.ch = nil
	}
}

// wake leaves a note for a loop; one is enough.
func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// jitter spreads what many would do at once: d, more or less a quarter.
func jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}
