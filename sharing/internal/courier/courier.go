// Package courier is the ground that both sides of a share stand on: the stores, the way to the other hives, and what
// the hives of an owner and of a member do alike.
//
// It owns the kinds of messages, how trees come from another hive, how two hives compare how far they are, which steps
// wait for a yes, and the count of traffic. It does not own what a head or a proposal does to a share (internal/owner,
// internal/member), nor when anything happens (internal/replica).
package courier

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Stores are what a Courier works on.
type Stores struct {
	DB      *database.DB
	Blocks  *blockstore.Store
	Catalog *catalog.Catalog
	Ledger  *ledger.Ledger
	Post    *post.Post
}

// Config of a Courier.
type Config struct {
	Key     ed25519.PrivateKey // of this hive
	Network wire.Network
	Breaker *post.Breaker
	Log     *slog.Logger    // default: none
	Wake    func(ledger.ID) // has a share looked at
}

// Courier is this hive among those of its shares, as both sides of a share use it. It is safe for concurrent use.
type Courier struct {
	Stores
	Config
	Self   peer.ID
	States *state.States
	Forest *forest.Forest
	Counts *Counters
	Scraps *content.Scraps
}

// New returns a courier.
func New(stores Stores, cfg Config) (*Courier, error) {
	if len(cfg.Key) != ed25519.PrivateKeySize || cfg.Network == nil || cfg.Breaker == nil {
		return nil, errors.New("sharing: an engine needs a key, a network and a breaker")
	}
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Courier{
		Stores: stores, Config: cfg, Self: stores.Ledger.Self(), States: state.New(stores.DB),
		Forest: forest.New(stores.DB, stores.Catalog, stores.Blocks), Counts: NewCounters(), Scraps: new(content.Scraps),
	}, nil
}

// Change changes how far a share is.
func (c *Courier) Change(ctx context.Context, id ledger.ID, fn func(r *state.Replica)) error {
	return c.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return c.States.Change(ctx, tx, id, fn) })
}

// Others are the hives that may have a share, the owner's first. Those that did not answer lately
// come last.
func (c *Courier) Others(ctx context.Context, share ledger.Share) ([]peer.ID, error) {
	members, err := c.Ledger.Members(ctx, share.ID)
	if err != nil {
		return nil, err
	}
	hives := []peer.ID{share.Owner}
	for _, m := range members {
		if m.Live(time.Now()) && m.State == ledger.Accepted && m.Hive != c.Self && !slices.Contains(hives, m.Hive) {
			hives = append(hives, m.Hive)
		}
	}
	slices.SortStableFunc(hives, func(a, b peer.ID) int { return c.Trouble(a) - c.Trouble(b) })
	return hives, nil
}

// Trouble is how often in a row a hive did not answer.
func (c *Courier) Trouble(hive peer.ID) int {
	failures, _, _ := c.Breaker.State(hive)
	return failures
}

// Dial opens a session with a hive that is worth asking.
func (c *Courier) Dial(ctx context.Context, hive peer.ID) (*fetch.Session, error) {
	if !c.Breaker.Allow(hive) {
		_, _, err := c.Breaker.State(hive)
		return nil, fmt.Errorf("hive %s did not answer lately: %w", hive, err)
	}
	s, err := fetch.Dial(ctx, c.Network, hive)
	c.Breaker.Report(hive, err)
	return s, err
}

// Fetcher brings content of a share, as cfg says. What it leaves unfinished is noted in partials.
func (c *Courier) Fetcher(id ledger.ID, partials state.Partials, cfg content.Config) *content.Fetcher {
	cfg.Network, cfg.Breaker, cfg.Partials, cfg.Scraps, cfg.Log = c.Network, c.Breaker, partials, c.Scraps, c.Log
	cfg.Received = func(bytes, saved int64) { c.Counts.Received(string(id), bytes, saved) }
	return content.New(c.Blocks, cfg)
}
