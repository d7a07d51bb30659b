package hivetest

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/p2p"
	"github.com/melissiproject/hive/sharing"
)

// Config says which hives a test has.
type Config struct {
	// Hives is how many. Default: 2.
	Hives int
	// Loopback lets them speak libp2p over the loopback of this machine, in real time. Default: a Mesh in memory, which
	// works under virtual time.
	Loopback bool
	// Between stands between a hive and its end of the Mesh. Default: nothing.
	Between func(n *Node) Network
	// Proxy puts one before each hive of the loopback, which counts bytes and cuts.
	Proxy bool
	// Log gets what the hives log. Default: discarded.
	Log *slog.Logger
}

// World is all hives of a test.
type World struct {
	Mesh  *Mesh // nil with Config.Loopback
	Hives []*Hive

	t   testing.TB
	cfg Config
}

// New returns running hives that end with the test. Each has a real SQLite database and a real Badger.
func New(t testing.TB, cfg Config) *World {
	t.Helper()
	if cfg.Hives == 0 {
		cfg.Hives = 2
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	w := &World{t: t, cfg: cfg}
	if !cfg.Loopback {
		w.Mesh = NewMesh(cfg.Log)
	}
	for n := range cfg.Hives {
		key := Key(n)
		h := &Hive{t: t, world: w, Key: key, ID: IDOf(key), dir: t.TempDir(), Log: cfg.Log.With("hive", n)}
		w.Hives = append(w.Hives, h)
		h.Start()
		t.Cleanup(h.Stop)
	}
	return w
}

// Hive is one hive of a test. Its parts are those of a real one, and may be used directly; after Restart they are others.
type Hive struct {
	Key ed25519.PrivateKey
	ID  peer.ID
	Log *slog.Logger

	DB       *database.DB
	Blocks   *blockstore.Store
	Accounts *account.Accounts
	Catalog  *catalog.Catalog
	Sharing  *sharing.Sharing
	Network  Network
	Host     *p2p.Host // the Network of a hive on the loopback; nil on a Mesh

	Proxy *Proxy // before the hive, with Config.Proxy

	t      testing.TB
	world  *World
	dir    string
	listen string // multiaddr on the loopback
	power  *power
	stop   func() error // waits until nothing of it runs; nil when it does not
}

// Start opens the hive again after Stop.
func (h *Hive) Start() {
	h.t.Helper()
	if h.stop != nil {
		return
	}
	if err := h.open(h.t.Context()); err != nil {
		h.t.Fatal(errors.Join(err, h.close()))
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	g, ctx := errgroup.WithContext(ctx)
	h.run(ctx, g)
	h.stop = func() error {
		cancel()
		err := g.Wait()
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return err
	}
}

// Stop ends the hive as a signal would. Its folder stays.
func (h *Hive) Stop() {
	h.t.Helper()
	if h.stop == nil {
		return
	}
	err := errors.Join(h.stop(), h.close())
	h.stop = nil
	if err != nil {
		h.t.Errorf("stop hive %s: %v", h.ID, err)
	}
}

// Restart is Stop and Start.
func (h *Hive) Restart() {
	h.t.Helper()
	h.Stop()
	h.Start()
}

// Kill takes the hive off the network before it stops, so that nobody hears of its end. Only on a Mesh.
func (h *Hive) Kill() {
	h.t.Helper()
	h.world.Mesh.Kill(h.ID)
	h.Stop()
}

func (h *Hive) open(ctx context.Context) (err error) {
	h.power = new(power)
	file := filepath.Join(h.dir, "hive.db")
	databasetest.OnCommit(file, h.power.spend)
	if h.DB, err = database.Open(ctx, database.Config{DSN: "sqlite:" + file, Log: h.Log}); err != nil {
		return err
	}
	if err := h.DB.Migrate(ctx); err != nil {
		return err
	}
	const reserve = 1 << 20
	engine, err := badgerstore.Open(badgerstore.Config{Dir: filepath.Join(h.dir, "blocks"), Reserve: reserve, NoCompaction: true, Log: h.Log})
	if err != nil {
		return err
	}
	if h.Blocks, err = blockstore.New(plugged{engine, h.power}, blockstore.Config{Log: h.Log}); err != nil {
		return errors.Join(err, engine.Close())
	}
	cheap := account.Argon{Memory: 8, Time: 1, Threads: 1} // passwords of tests are no secret
	if h.Accounts, err = account.New(h.DB, account.Config{Argon: cheap, Log: h.Log}); err != nil {
		return err
	}
	return h.join(ctx)
}

// join puts the hive on the network and its parts together, as package node does.
func (h *Hive) join(ctx context.Context) (err error) {
	if err := h.connect(ctx); err != nil {
		return err
	}
	h.Catalog, err = catalog.New(h.DB, h.Blocks, catalog.Config{
		Quota: h.Accounts.Quota, Hive: sharing.TagOf(h.ID), Log: h.Log,
		Fetch: func(ctx context.Context, r catalog.FetchRequest) (func(context.Context, cid.Cid) error, error) {
			return h.Sharing.Fetch(ctx, r)
		},
		Unmounted: late(&h.Sharing, (*sharing.Sharing).Unmounted),
	})
	if err != nil {
		return err
	}
	h.Sharing, err = sharing.New(ctx, sharing.Stores{DB: h.DB, Blocks: h.Blocks, Accounts: h.Accounts, Catalog: h.Catalog},
		sharing.Config{Key: h.Key, Network: h.Network, Addrs: h.addrs, Log: h.Log})
	return err
}

// late is a method of what is made later.
func late[T, C, X, M any](of **T, method func(*T, C, X, M) error) func(C, X, M) error {
	return func(ctx C, tx X, m M) error { return method(*of, ctx, tx, m) }
}

func (h *Hive) addrs() []string {
	if h.Host == nil {
		return nil
	}
	return h.Host.Addrs()
}

// connect opens the hive's end of the network. On the loopback all hives begin with the first.
func (h *Hive) connect(ctx context.Context) error {
	if h.world.Mesh != nil {
		node := h.world.Mesh.Join(h.ID)
		h.Network = node
		if h.world.cfg.Between != nil {
			h.Network = h.world.cfg.Between(node)
		}
		return nil
	}
	book, err := sharing.OpenBook(ctx, h.DB, h.ID)
	if err != nil {
		return err
	}
	cfg := p2p.Config{Book: book, Key: h.Key, Name: "test", Listen: []string{cmp.Or(h.listen, "/ip4/127.0.0.1/tcp/0")}, Log: h.Log}
	if h.world.cfg.Proxy {
		if h.Proxy == nil {
			h.Proxy = newProxy(h.t)
		}
		cfg.Listen, cfg.Announce = []string{h.Proxy.behind}, []string{h.Proxy.before}
	}
	if first := h.world.Hives[0]; first != h {
		cfg.Bootstrap = first.Host.Addrs()
	}
	host, err := p2p.New(cfg)
	if err != nil {
		return err
	}
	h.Host, h.Network = host, host
	h.listen, _, _ = strings.Cut(host.Addrs()[0], "/p2p/") // the same after a restart
	return nil
}

// run starts what a hive does by itself.
func (h *Hive) run(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return h.Blocks.Run(ctx) })
	g.Go(func() error { return h.Catalog.Relay(ctx) })
	g.Go(func() error { return h.Sharing.Run(ctx) })
	if h.Host != nil {
		g.Go(func() error { return h.Host.Run(ctx) })
		g.Go(func() error { return h.keep(ctx) })
	}
}

// keep has the network stay connected with the hives that shares go on with.
func (h *Hive) keep(ctx context.Context) error {
	for {
		changed := h.Sharing.Watch()
		partners, err := h.Sharing.Partners(ctx)
		if err != nil {
			return err
		}
		h.Host.Protect(partners)
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// close releases what open opened.
func (h *Hive) close() error {
	var faults []error
	if h.Network != nil {
		faults = append(faults, h.Network.Close())
	}
	if h.DB != nil {
		faults = append(faults, h.DB.Close())
	}
	if h.Blocks != nil {
		faults = append(faults, h.Blocks.Close())
	}
	h.Network, h.DB, h.Blocks = nil, nil, nil
	return errors.Join(faults...)
}
