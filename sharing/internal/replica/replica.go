// Package replica keeps a shared folder the same on all hives of its members: it has the owner's side of a share looked
// after where the folder is, and the member's side on the other hives.
//
// It owns when that happens, what other hives may read, and how far a share is in words for people. It does not own what
// is done to a share (internal/owner, internal/member), how it reaches other hives (internal/courier), nor who is a
// member (internal/ledger). Every step looks at states, never at messages, so that a message that is lost, late or
// doubled does no harm.
package replica

import (
	"context"
	"crypto/ed25519"
	"errors"
	"iter"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/bell"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/member"
	"github.com/melissiproject/hive/sharing/internal/owner"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Stores are what an Engine works on.
type Stores = courier.Stores

// Config of an Engine.
type Config struct {
	Key     ed25519.PrivateKey // of this hive
	Network wire.Network
	Breaker *post.Breaker
	Log     *slog.Logger
}

// Engine works on all shares. It is safe for concurrent use.
type Engine struct {
	courier *courier.Courier
	owner   *owner.Owner
	member  *member.Member
	server  *fetch.Server
	log     *slog.Logger
	worked  bell.Bell // after each step on a received share

	meetings sync.Map // hives to *meeting

	mu      sync.Mutex
	actors  map[ledger.ID]*actors
	serving sync.WaitGroup
	running context.Context  //nolint:containedctx // of Run: conns that come are served until it ends
	early   map[peer.ID]bool // hives that came before Run
}

// New returns an engine. It takes the messages and conns of its protocols; Run makes it work.
func New(stores Stores, cfg Config) (*Engine, error) {
	e := &Engine{actors: make(map[ledger.ID]*actors), early: make(map[peer.ID]bool)}
	c, err := courier.New(stores, courier.Config{
		Key: cfg.Key, Network: cfg.Network, Breaker: cfg.Breaker, Log: cfg.Log, Wake: e.wake,
	})
	if err != nil {
		return nil, err
	}
	e.courier, e.log = c, c.Log
	e.owner = owner.New(c)
	e.member = member.New(member.Config{Courier: c, WakeContent: e.wakeContent, Due: e.due, Lost: e.owner.TakeLost})
	e.server = fetch.NewServer(source{c, func(id ledger.ID, n uint64) { member.Missed(e.member, id, n) }, new(sync.Map)}, stores.Blocks, fetch.ServerConfig{Sent: c.Counts.Sent, Log: c.Log})
	stores.Post.Handle(courier.KindHead, e.member.TakeHead)
	stores.Post.Handle(courier.KindProposal, e.owner.TakeProposal)
	stores.Post.Handle(courier.KindVerdict, e.member.TakeVerdict)
	stores.Post.Done(courier.KindHead, e.owner.HeadTaken)
	stores.Post.Done(courier.KindProposal, e.member.ProposalEnded)
	cfg.Network.Handle(fetch.Protocol, e.serve)
	cfg.Network.Notify(e.notice)
	return e, nil
}

// Run works until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	e.mu.Lock()
	e.running = ctx
	early := e.early
	e.early = nil
	e.mu.Unlock()
	for hive := range early {
		e.notice(hive, true)
	}
	g.Go(func() error { return e.dispatch(ctx, g) })
	g.Go(func() error { return e.courier.KeepCounts(ctx) })
	err := g.Wait()
	e.mu.Lock()
	e.running = nil
	e.actors = make(map[ledger.ID]*actors)
	e.mu.Unlock()
	e.serving.Wait()
	e.meetings.Clear()
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
	known, err := e.courier.Ledger.Known(ctx, hive)
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

// dropTime is longer than the transaction of a Drop takes.
const dropTime = 10 * time.Second

// Drop forgets how far a share was, in the transaction of the caller, and ends the work on it. Its space is the caller's: take
// it away first, so that no step which began before can end after.
func (e *Engine) Drop(ctx context.Context, tx bun.Tx, share ledger.ID) error {
	e.halt(share)
	time.AfterFunc(dropTime, e.courier.Ledger.Announce) // should the transaction fail, the work goes on
	return e.courier.States.Drop(ctx, tx, share)
}

// Fetch prepares to read a file that is not held: the function it returns brings a block from a hive that has it, and
// some after it, before the block is read. It is catalog.Config.Fetch.
func (e *Engine) Fetch(ctx context.Context, r catalog.FetchRequest) (func(ctx context.Context, c cid.Cid) error, error) {
	return e.member.Fetch(ctx, r)
}

// MakeRoom gives up content of shares that are kept on demand, what was not read for longest first, until so many bytes are
// free, and tells how many are. It comes again when somebody reads it.
func (e *Engine) MakeRoom(ctx context.Context, bytes int64) (freed int64, err error) {
	shares, err := e.courier.Ledger.Shares(ctx, ledger.Filter{Received: true})
	if err != nil {
		return 0, err
	}
	for _, s := range shares {
		if s.Mode != ledger.OnDemand || s.Space == 0 || freed >= bytes {
			continue
		}
		n, err := e.courier.Catalog.Evict(ctx, s.Space, bytes-freed)
		if freed += n; err != nil {
			return freed, err
		}
	}
	return freed, nil
}

// Keep puts what was written in a replica and did not arrive into the homes of who wrote it, before it goes.
func Keep(ctx context.Context, e *Engine, share ledger.Share, gone member.Gone) error {
	return member.Keep(ctx, e.courier, share, gone)
}

// Tidy forgets what is of no more use: the trees of folders that are gone or not shared any more, how far shares were that are
// over, and what has come of contents that nobody waits for any more.
func Tidy(ctx context.Context, e *Engine) error {
	if err := errors.Join(e.courier.Forest.Tidy(ctx), e.courier.States.Tidy(ctx)); err != nil {
		return err
	}
	shares, err := e.courier.Ledger.Shares(ctx, ledger.Filter{Received: true})
	if err != nil {
		return err
	}
	for _, s := range shares {
		if s.Space == 0 {
			continue
		}
		if err := e.member.Tidy(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// Roots are the trees that garbage collection must leave.
func (e *Engine) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for _, roots := range []iter.Seq2[cid.Cid, error]{e.courier.Forest.Roots(ctx), e.courier.States.Roots(ctx)} {
			for root, err := range roots {
				if !yield(root, err) || err != nil {
					return
				}
			}
		}
	}
}

// Begun are contents of which a part has come, which it must leave too: those whose chunk list is whole.
func (e *Engine) Begun(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		roots, err := e.courier.States.Begun(ctx)
		if err != nil {
			yield(cid.Undef, err)
			return
		}
		for _, root := range roots {
			err := e.courier.Blocks.Walk(ctx, root, func(cid.Cid) error { return nil })
			if fetch.Lost(err) {
				continue
			}
			if !yield(root, err) || err != nil {
				return
			}
		}
	}
}
