// Package post delivers messages to other hives, once each, in order, for as long as it takes.
//
// It owns the outbox: what waits, when it is tried next and why it has not arrived; the protocol /hive/post/1.0.0; and the
// breaker that keeps a hive that does not answer from costing anything. It does not own what the messages say: each kind
// belongs to whoever handles it, and handlers take a message that comes twice or late for what it is.
package post

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Protocol is how hives deliver messages.
const Protocol protocol.ID = "/hive/post/1.0.0"

// Limits.
const (
	MaxBody  = 1<<20 + 64<<10   // bytes of a message
	Deadline = 30 * time.Second // for each step of a delivery
	perRound = 64               // messages of one stream
	idBytes  = 16               // of the name of a message
	maxFrame = MaxBody + 1<<10  // bytes of a frame: a body and what is around it
)

// Config of a Post.
type Config struct {
	// ID is the id of this hive.
	ID peer.ID
	// OpenInbox listens to hives that have nothing to do with this one yet.
	OpenInbox bool
	// Log gets what cannot be returned. Default: none.
	Log *slog.Logger
}

// Message is to be delivered to a hive.
type Message struct {
	To    peer.ID
	Kind  string
	Key   string    // a message of the same To, Kind and Key that has not arrived is replaced; "" replaces none
	Share ledger.ID // what it is about; messages about one share arrive in order
	Body  any       // encoded as CBOR
}

// Handler takes a message that arrived. After nil it is durable here and never comes again; a *wire.Refusal is final
// (but for codes Busy and Failed), and the sender is told; after other errors the sender tries again.
type Handler func(ctx context.Context, from peer.ID, body wire.Raw) error

// Outcome hears how a message ended: refusal is nil if it was taken. After an error it hears so again.
type Outcome func(ctx context.Context, to peer.ID, body wire.Raw, refusal *wire.Refusal) error

// Item is a message that has not arrived.
type Item struct {
	ID       int64
	To       peer.ID
	Kind     string
	Share    ledger.ID
	Created  time.Time
	Attempts int64
	NextTry  time.Time
	Code     string // why it has not arrived: one of the Code constants or of a refusal
	Reason   string // the same in words
}

// Codes of the reasons why a message has not arrived, beside those of package wire.
const (
	CodeWaiting     = "waiting"     // not tried yet
	CodeUnreachable = "unreachable" // no connection
	CodeBroken      = "broken"      // the connection ended in the middle
)

// ErrTooLarge is a message that no hive takes.
var ErrTooLarge = errors.New("sharing: message too large")

// Post delivers and receives. It is safe for concurrent use; Handle and Done are for before Run.
type Post struct {
	ledger   *ledger.Ledger
	network  wire.Network
	cfg      Config
	breaker  *Breaker
	handlers map[string]Handler
	outcomes map[string]Outcome
	wake     chan struct{}
	inbox    inbox

	mu     sync.Mutex
	routes map[peer.ID]*route
}

// New returns a post that listens once it runs.
func New(l *ledger.Ledger, network wire.Network, cfg Config) (*Post, error) {
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Post{
		ledger: l, network: network, cfg: cfg, breaker: NewBreaker(), handlers: map[string]Handler{}, outcomes: map[string]Outcome{},
		wake: make(chan struct{}, 1), routes: map[peer.ID]*route{},
	}, nil
}

// Breaker is what keeps a hive that does not answer from costing anything.
func (p *Post) Breaker() *Breaker { return p.breaker }

// Handle gives messages of a kind to fn.
func (p *Post) Handle(kind string, fn Handler) { p.handlers[kind] = fn }

// Done tells fn how messages of a kind ended.
func (p *Post) Done(kind string, fn Outcome) { p.outcomes[kind] = fn }

// Put puts a message into the outbox, in the caller's transaction: ErrTooLarge. Call Wake after the commit.
func (p *Post) Put(ctx context.Context, tx bun.Tx, m Message) error {
	body, err := wire.Marshal(m.Body)
	if err != nil {
		return err
	}
	if len(body) > MaxBody {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(body))
	}
	if m.To == p.cfg.ID {
		return fmt.Errorf("%w: a message to this hive", ledger.ErrInvalid)
	}
	id := make([]byte, idBytes)
	_, _ = rand.Read(id) // it never fails
	now := time.Now()
	err = p.ledger.In(tx).Outbox().Put(ctx, ledger.Outgoing{
		Message: id, Hive: m.To, Kind: m.Kind, Key: m.Key, Share: m.Share, Body: body,
		Created: now, NextTry: now, Code: CodeWaiting, Reason: "not tried yet",
	})
	if err != nil {
		return fmt.Errorf("sharing: message %s: %w", m.Kind, err)
	}
	return nil
}

// Wake has the outbox looked through now.
func (p *Post) Wake() {
	select {
	case p.wake <- struct{}{}:
	default: // it is about to be
	}
}

// Items returns what waits for delivery, oldest first; with a share only what is about it.
func (p *Post) Items(ctx context.Context, share ledger.ID) ([]Item, error) {
	waiting, err := p.ledger.Outbox(ctx, share)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	items := make([]Item, len(waiting))
	for i, o := range waiting {
		if r := p.routes[o.Hive]; r != nil && r.until.After(o.NextTry) {
			o.NextTry = r.until
			if o.Code == CodeWaiting && r.delay.Code != "" {
				o.Code, o.Reason = r.delay.Code, r.delay.Reason
			}
		}
		items[i] = Item{o.ID, o.Hive, o.Kind, o.Share, o.Created, o.Attempts, o.NextTry, o.Code, o.Reason}
	}
	return items, nil
}

// Retry tries a message now, and what else waits for its hive: ledger.ErrNotFound.
func (p *Post) Retry(ctx context.Context, id int64) error {
	var hive peer.ID
	err := p.ledger.Note(ctx, func(ctx context.Context, tx *ledger.Tx) (err error) {
		hive, err = tx.Outbox().Hasten(ctx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("sharing: try message %d: %w", id, err)
	}
	p.breaker.Reset(hive)
	p.hasten(hive)
	return nil
}

// Cancel takes back the message of a hive, kind and key, in the caller's transaction. It may be on its way.
func (p *Post) Cancel(ctx context.Context, tx bun.Tx, hive peer.ID, kind, key string) error {
	return p.ledger.In(tx).Outbox().Cancel(ctx, hive, kind, key)
}

// Withdraw takes back what waits for a hive about a share, in the caller's transaction.
func (p *Post) Withdraw(ctx context.Context, tx bun.Tx, hive peer.ID, share ledger.ID) error {
	return p.ledger.In(tx).Outbox().Withdraw(ctx, hive, share)
}
