// Package replica keeps a shared folder the same on all hives of its members. On the hive of the owner it publishes heads
// and merges what writers propose; on the others it follows the heads, brings the content and proposes what changed here.
//
// It owns when that happens and in which order it is made safe. It does not own who is a member (internal/ledger), how
// trees are compared and merged (package tree), how bytes are asked for (internal/content, internal/fetch), nor names
// (catalog). Every step looks at states, never at messages, so that a message that is lost, late or doubled does no harm.
package replica

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"iter"
	"log/slog"
	"net"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Stores are what an Engine works on.
type Stores struct {
	DB      *database.DB
	Blocks  *blockstore.Store
	Catalog *catalog.Catalog
	Ledger  *ledger.Ledger
	Post    *post.Post
}

// Config of an Engine.
type Config struct {
	Key     ed25519.PrivateKey // of this hive
	Network wire.Network
	Breaker *post.Breaker
	Log     *slog.Logger
}

// Engine works on all shares. It is safe for concurrent use.
type Engine struct {
	Stores
	cfg    Config
	self   peer.ID
	states *state.States
	forest *forest.Forest
	server *fetch.Server
	log    *slog.Logger
	counts *counters

	mu      sync.Mutex
	actors  map[ledger.ID]*actors
	serving sync.WaitGroup
	running context.Context //nolint:containedctx // of Run: conns that come are served until it ends
}

// New returns an engine. It takes the messages and conns of its protocols; Run makes it work.
func New(stores Stores, cfg Config) (*Engine, error) {
	if len(cfg.Key) != ed25519.PrivateKeySize || cfg.Network == nil || cfg.Breaker == nil {
		return nil, errors.New("sharing: an engine needs a key, a network and a breaker")
	}
	e := &Engine{
		Stores: stores, cfg: cfg, self: stores.Ledger.Self(), log: cmp.Or(cfg.Log, slog.New(slog.DiscardHandler)),
		states: state.New(stores.DB), forest: forest.New(stores.DB, stores.Catalog, stores.Blocks), counts: newCounters(),
		actors: make(map[ledger.ID]*actors),
	}
	e.server = fetch.NewServer(source{e}, stores.Blocks, fetch.ServerConfig{Sent: e.counts.sent, Log: e.log})
	stores.Post.Handle(kindHead, e.takeHead)
	stores.Post.Handle(kindProposal, e.takeProposal)
	stores.Post.Handle(kindVerdict, e.takeVerdict)
	stores.Post.Done(kindProposal, e.proposalEnded)
	cfg.Network.Handle(fetch.Protocol, e.serve)
	cfg.Network.Notify(e.notice)
	return e, nil
}

// Run works until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	e.mu.Lock()
	e.running = ctx
	e.mu.Unlock()
	g.Go(func() error { return e.dispatch(ctx, g) })
	g.Go(func() error { return e.keepCounts(ctx) })
	err := g.Wait()
	e.mu.Lock()
	e.running = nil
	e.actors = make(map[ledger.ID]*actors)
	e.mu.Unlock()
	e.serving.Wait()
	return err
}

// serve answers a conn of another hive. Before Run there is nobody to answer.
func (e *Engine) serve(hive peer.ID, conn net.Conn) {
	e.mu.Lock()
	ctx := e.running
	if ctx != nil {
		e.serving.Add(1)
	}
	e.mu.Unlock()
	if ctx == nil {
		conn.Close()
		return
	}
	defer e.serving.Done()
	known, err := e.Ledger.Known(ctx, hive)
	if err != nil || !known {
		conn.Close() // not a byte of it was read
		return
	}
	e.server.Serve(ctx, hive, conn)
}

// Touch has the engine look at a share: its members or its settings changed.
func (e *Engine) Touch(share ledger.ID) { e.wake(share) }

// Cut ends what is being sent to a hive that is not a member any more.
func (e *Engine) Cut(_ ledger.ID, hive peer.ID) { e.server.Cut(hive) }

// Drop forgets how far a share was. Its space is the caller's.
func (e *Engine) Drop(share ledger.ID) {
	e.halt(share)
	if err := e.states.Drop(context.Background(), share); err != nil {
		e.log.Error("share not forgotten", "share", string(share), "err", err)
	}
}

// Roots are the trees that garbage collection must leave.
func (e *Engine) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for _, roots := range []iter.Seq2[cid.Cid, error]{e.forest.Roots(ctx), e.states.Roots(ctx)} {
			for root, err := range roots {
				if !yield(root, err) || err != nil {
					return
				}
			}
		}
	}
}
