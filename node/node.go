// Package node is the composition root: it opens the parts of a hive, wires them, runs them and closes them.
//
// It owns the configuration, the layout of the data folder, the HTTP listener, the schedule of background work and
// what an owner does to a hive from its own machine: init, fsck, users. It holds no rule about files or people: those
// are in catalog and account, and what the network sees is in api.
package node

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/thumbnail"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/settings"
	"github.com/melissiproject/hive/internal/statistics"
	"github.com/melissiproject/hive/node/internal/belonging"
	"github.com/melissiproject/hive/node/internal/folder"
	"github.com/melissiproject/hive/node/internal/identity"
	"github.com/melissiproject/hive/node/internal/lock"
	"github.com/melissiproject/hive/node/internal/network"
	"github.com/melissiproject/hive/node/internal/pieces"
	"github.com/melissiproject/hive/node/internal/upkeep"
	"github.com/melissiproject/hive/p2p"
	"github.com/melissiproject/hive/sharing"
	"github.com/melissiproject/hive/sharing/link"
)

// Node is a hive.
type Node struct {
	cfg      Config
	log      *slog.Logger
	lock     *lock.Lock
	identity ed25519.PrivateKey
	hive     peer.ID
	listener net.Listener
	network  *p2p.Host // nil where the hive is on no network

	db         *database.DB
	engine     *badgerstore.Engine
	blocks     *blockstore.Store
	settings   *settings.Settings
	statistics *statistics.Store
	accounts   *account.Accounts
	audit      *audit.Log
	catalog    *catalog.Catalog
	sharing    *sharing.Sharing
	links      *link.Links
	thumbs     *thumbnail.Thumbnails
	api        *api.Server
	book       *upkeep.Book // of background work
	unsafe     func() error // why no write is safe, or nothing
	collected  atomic.Pointer[apitype.Collected]
}

// New opens the hive in cfg.Data and listens; Run answers. Two hives in one process do not meet.
func New(ctx context.Context, cfg Config) (_ *Node, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if err := checkFolder(cfg.Data); err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg, log: cfg.logger()}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.lock, err = lockFolder(cfg.Data); err != nil {
		return nil, err
	}
	if n.identity, err = identity.Read(filepath.Join(cfg.Data, identityFile)); err != nil {
		return nil, err
	}
	n.hive = sharing.IDOf(n.PublicKey())
	if n.listener, err = net.Listen("tcp", cfg.HTTP.Listen); err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	if err := n.openStores(ctx); err != nil {
		return nil, err
	}
	if err := n.openNetwork(ctx); err != nil {
		return nil, err
	}
	if err := n.openSharing(ctx); err != nil {
		return nil, err
	}
	if n.links, err = link.New(link.Stores{DB: n.db, Accounts: n.accounts, Catalog: n.catalog}, n.identity); err != nil {
		return nil, err
	}
	n.api, err = api.New(n.accounts, n.catalog, api.Config{
		Version: cfg.Version, Name: cfg.Name,
		TrustedProxies: cfg.HTTP.TrustedProxies, Ready: ready(n), Store: n.storage, Sharing: n.sharing, Links: n.links, Thumbnails: wanted(n.thumbs, cfg), URL: n.URL(), ShareQuota: int64(n.cfg.Sharing.Quota), Network: n.peers(), Audit: n.audit, Settings: n.settings, Statistics: n.statistics, Health: n.health, Log: n.log,
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// openStores opens what the hive keeps: names, blocks, people.
func (n *Node) openStores(ctx context.Context) (err error) {
	if n.db, err = belonging.Open(ctx, n.cfg.folder(), true); err != nil {
		return err
	}
	n.audit, n.statistics = audit.New(n.db), statistics.New(n.db)
	if _, err := hasBlocks(ctx, n.db, n.cfg); err != nil {
		return err
	}
	if n.engine, n.blocks, err = openBlocks(n.cfg); err != nil {
		return err
	}
	if err := belonging.Sign(ctx, n.cfg.folder(), n.db); err != nil {
		return err
	}
	if n.settings, err = openSettings(ctx, n.db, n.cfg); err != nil {
		return err
	}
	key, err := hkdf.Key(sha256.New, n.identity.Seed(), nil, "hive account secrets 1", account.KeyBytes)
	if err != nil {
		return fmt.Errorf("node: key of accounts: %w", err)
	}
	if n.accounts, err = openAccounts(n.db, n.settings, n.log, key); err != nil {
		return err
	}
	n.book = upkeep.Open(upkeep.File{Name: filepath.Join(n.cfg.Data, upkeepFile), Replace: folder.Replace}, n.log)
	n.unsafe = unsafeOf(n.engine)
	return n.openCatalog()
}

// unsafeOf tells whether the disk under an engine that knows it failed to keep what was written: nothing is taken any more then.
func unsafeOf(engine any) func() error {
	if e, ok := engine.(interface{ Unsafe() error }); ok {
		return e.Unsafe
	}
	return func() error { return nil }
}

// ready says why the hive cannot serve, or nothing.
func ready(n *Node) func(context.Context) error {
	return func(ctx context.Context) error { return errors.Join(n.db.Ping(ctx), n.unsafe()) }
}

// hasBlocks tells whether there is a block store. Where the database names content there must be: ErrBlocks.
func hasBlocks(ctx context.Context, db *database.DB, cfg Config) (bool, error) {
	none, err := pieces.Store()
	if err != nil {
		return false, err
	}
	defer none.Close()
	names, err := catalog.New(db, none, catalog.Config{})
	if err != nil {
		return false, err
	}
	return belonging.Blocks(cfg.folder(), names.Roots(ctx))
}

func openBlocks(cfg Config) (*badgerstore.Engine, *blockstore.Store, error) {
	engine, err := badgerstore.Open(badgerstore.Config{
		Dir: filepath.Join(cfg.Data, blocksFolder), Reserve: int64(cfg.Blocks.Reserve), Log: cfg.logger(),
	})
	if err != nil {
		return nil, nil, err
	}
	blocks, err := blockstore.New(engine, blockstore.Config{Log: cfg.logger()})
	if err != nil {
		return nil, nil, errors.Join(err, engine.Close())
	}
	return engine, blocks, nil
}

// openSettings reads what an admin has set above the configuration file.
func openSettings(ctx context.Context, db *database.DB, cfg Config) (*settings.Settings, error) {
	return settings.Open(ctx, db, settings.Values{
		Name: cfg.Name, Registration: cfg.Accounts.Registration, Quota: max(-1, int64(cfg.Accounts.Quota)), SessionLife: time.Duration(cfg.Accounts.SessionLife),
		TrashDays: cfg.Trash.Days, ThinRevisions: cfg.Revisions.Thin, ShareQuota: max(-1, int64(cfg.Sharing.Quota)), AuditKeep: time.Duration(cfg.Audit.Keep),
	})
}

func openAccounts(db *database.DB, s *settings.Settings, log *slog.Logger, key []byte) (*account.Accounts, error) {
	rules := func() account.Rules {
		now := s.Now()
		return account.Rules{Registration: account.Mode(now.Registration), Quota: now.Quota, SessionLife: now.SessionLife}
	}
	return account.New(db, account.Config{Rules: rules, Key: key, Log: log})
}

func (n *Node) openCatalog() (err error) {
	cfg := catalogConfig(n.accounts, n.cfg)
	cfg.Hive, cfg.Fetch, cfg.Unmounted = sharing.TagOf(n.hive), n.fetch, late(&n.sharing, (*sharing.Sharing).Unmounted)
	if n.catalog, err = catalog.New(n.db, n.blocks, cfg); err != nil {
		return err
	}
	n.thumbs, err = openThumbnails(n.db, n.blocks, n.cfg)
	return err
}

func openThumbnails(db *database.DB, blocks *blockstore.Store, cfg Config) (*thumbnail.Thumbnails, error) {
	return thumbnail.New(db, blocks, thumbnail.Config{Space: int64(cfg.Thumbnails.Space), Log: cfg.logger()})
}

// wanted are the thumbnails, if the configuration has room for some.
func wanted(t *thumbnail.Thumbnails, cfg Config) *thumbnail.Thumbnails {
	if cfg.Thumbnails.Space == 0 {
		return nil
	}
	return t
}

func catalogConfig(accounts *account.Accounts, cfg Config) catalog.Config {
	return catalog.Config{
		RefuseCaseCollisions: cfg.Catalog.RefuseCaseCollisions, Quota: accounts.Quota, Log: cfg.logger(),
	}
}

// late is a method of what is made later.
func late[T, A, B, C any](to **T, method func(*T, A, B, C) error) func(A, B, C) error {
	return func(a A, b B, c C) error { return method(*to, a, b, c) }
}

// fetch gets content of a share that is not here.
func (n *Node) fetch(ctx context.Context, r catalog.FetchRequest) (func(ctx context.Context, c cid.Cid) error, error) {
	return n.sharing.Fetch(ctx, r)
}

// Run answers requests and does the background work until ctx ends. Then requests under way may end, for as long as
// http.stop_timeout says.
func (n *Node) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.serve(ctx) })
	g.Go(func() error { return ended(ctx, n.blocks.Run(ctx)) })
	g.Go(func() error { return n.upkeep(ctx) })
	g.Go(func() error { return ended(ctx, n.sharing.Run(ctx)) })
	g.Go(func() error { return ended(ctx, n.catalog.Relay(ctx)) })
	g.Go(func() error { return ended(ctx, n.thumbs.Run(ctx)) })
	if n.network != nil {
		g.Go(func() error { return ended(ctx, n.network.Run(ctx)) })
		g.Go(func() error { n.addrs().Follow(ctx); return nil })
		g.Go(func() error { network.KeepInTouch(ctx, n.network, n.sharing, n.log); return nil })
	}
	return g.Wait()
}

// ended drops the error of work that stopped because ctx ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// Close releases everything. Run has returned, or was never called.
func (n *Node) Close() error {
	var faults []error
	if n.listener != nil {
		if err := n.listener.Close(); !errors.Is(err, net.ErrClosed) {
			faults = append(faults, err)
		}
	}
	if n.network != nil {
		faults = append(faults, n.network.Close(), n.addrs().Forget())
	}
	if n.db != nil {
		faults = append(faults, n.db.Close())
	}
	if n.blocks != nil {
		faults = append(faults, n.blocks.Close())
	}
	if n.lock != nil {
		faults = append(faults, n.lock.Close())
	}
	return errors.Join(faults...)
}

// Addr is the address the hive listens on, with its real port.
func (n *Node) Addr() net.Addr { return n.listener.Addr() }

// PublicKey is what the hive is known by.
func (n *Node) PublicKey() ed25519.PublicKey { return n.identity.Public().(ed25519.PublicKey) }

// ID is what other hives know this one by.
func (n *Node) ID() peer.ID { return n.hive }

// URL is the address people use.
func (n *Node) URL() string {
	if n.cfg.HTTP.URL != "" {
		return n.cfg.HTTP.URL
	}
	scheme := "http"
	if n.cfg.HTTP.TLS.Cert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(n.Addr().String())
	if ip := net.ParseIP(host); err != nil || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// roots are all contents that something names: files and their revisions, the trees of shares, and thumbnails.
func (n *Node) roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return concat(n.catalog.Roots(ctx), n.sharing.Roots(ctx), n.thumbs.Roots(ctx))
}

// concat gives what some sequences give, one after the other.
func concat(all ...iter.Seq2[cid.Cid, error]) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for _, roots := range all {
			for root, err := range roots {
				if !yield(root, err) {
					return
				}
			}
		}
	}
}

func (n *Node) storage(ctx context.Context) (apitype.Storage, error) {
	s, err := n.blocks.Stat(ctx)
	if err != nil {
		return apitype.Storage{}, err
	}
	total, err := catalog.Totals(ctx, n.catalog)
	if err != nil {
		return apitype.Storage{}, err
	}
	saved, err := n.sharing.Saved(ctx)
	return apitype.Storage{
		Blocks: s.Blocks, Bytes: s.Bytes, Free: s.Free, Reserve: s.Reserve, Logical: total.Used, SavedDedup: max(0, total.Used-s.Bytes), SavedDelta: saved,
		Collected: n.collected.Load(),
	}, err
}
