package sharing

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	mh "github.com/multiformats/go-multihash"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/member"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/replica"
	"github.com/melissiproject/hive/sharing/internal/social"
)

// Errors of this package, wrapped with what they are about. Those of catalog are handed on.
var (
	ErrNotFound    = social.ErrNotFound
	ErrExists      = social.ErrExists
	ErrShared      = social.ErrShared // an ErrExists
	ErrInvalid     = social.ErrInvalid
	ErrNotAllowed  = social.ErrNotAllowed
	ErrInvitation  = social.ErrInvitation
	ErrUnreachable = social.ErrUnreachable
	ErrRefused     = member.ErrRefused      // of a Status: the owner's hive does not take what changed here
	ErrUnavailable = content.ErrUnavailable // of a Status: no hive that answers has the content
	ErrNothingHeld = replica.ErrNothingHeld
	ErrNotProposed = replica.ErrNotProposed
)

// The nouns of sharing.
type (
	// ShareID names a share on all hives.
	ShareID = ledger.ID
	// Role says what a member may do.
	Role = ledger.Role
	// Mode says what of a received share is kept here.
	Mode = ledger.Mode
	// State says how a share or a member stands.
	State = ledger.State
	// Contacts are the users of other hives that users of this one know.
	Contacts = social.Contacts
	// Contact is one of them, under a local name.
	Contact = social.Contact
	// Invitations are how users of two hives get to know each other.
	Invitations = social.Invitations
	// Invitation is one, and its secret when it is made.
	Invitation = social.Invitation
	// NewInvitation is what Invitations.Create makes.
	NewInvitation = social.NewInvitation
	// Shares are folders that users share.
	Shares = social.Shares
	// Share is one of them as a user sees it.
	Share = social.Share
	// NewShare is what Shares.Create makes.
	NewShare = social.NewShare
	// Invite is a new member.
	Invite = social.Invite
	// Change is what Shares.Set changes.
	Change = social.Change
	// Expiry is when something ends, or that it does not.
	Expiry = social.Expiry
	// ChangeMember is what Shares.SetMember changes.
	ChangeMember = social.ChangeMember
	// Offer is a share that waits for an answer.
	Offer = social.Offer
	// Accept says how an offer is taken.
	Accept = social.Accept
	// Status is how far a share is.
	Status = replica.Status
	// Item is a message that has not arrived.
	Item = post.Item
	// Book is the addresses of hives.
	Book = ledger.Book
)

// Roles, modes and states.
const (
	Reader   = ledger.Reader
	Writer   = ledger.Writer
	Full     = ledger.Full
	OnDemand = ledger.OnDemand

	Active   = ledger.Active
	Ended    = ledger.Ended
	Offered  = ledger.Offered
	Accepted = ledger.Accepted
	Declined = ledger.Declined
	Left     = ledger.Left
	Revoked  = ledger.Revoked
	Refused  = ledger.Refused

	Unlimited = ledger.Unlimited
)

// IDOf is the peer ID of a key: what a hive is known by.
func IDOf(key ed25519.PublicKey) peer.ID {
	message := append([]byte{8, 1, 18, ed25519.PublicKeySize}, key...) // libp2p's PublicKey: Type Ed25519, Data
	hash, err := mh.Sum(message, mh.IDENTITY, -1)
	if err != nil {
		panic(err) // for no input
	}
	return peer.ID(hash)
}

// TagOf is what the UIDs of a hive's entries begin with: catalog.Config.Hive.
func TagOf(hive peer.ID) [8]byte {
	hash := sha256.Sum256([]byte(hive))
	return [8]byte(hash[:8])
}

// OpenBook opens the addresses of hives in a migrated database, for a network that is made before New.
func OpenBook(ctx context.Context, db *database.DB, self peer.ID) (*Book, error) {
	l, err := ledger.New(ctx, db, ledger.Config{Self: self})
	if err != nil {
		return nil, err
	}
	return l.Book(), nil
}

// Stores are what a Sharing works on. It closes none of them.
type Stores struct {
	DB       *database.DB
	Blocks   *blockstore.Store
	Accounts *account.Accounts
	Catalog  *catalog.Catalog
}

// Config of a Sharing.
type Config struct {
	Key       ed25519.PrivateKey // of this hive
	Network   Network
	Addrs     func() []string // addresses of this hive, for invitations; default none
	OpenInbox bool            // take offers from users of hives at which the user has no contact
	Log       *slog.Logger
}

// Validate says what is missing.
func (c Config) Validate() error {
	if len(c.Key) != ed25519.PrivateKeySize {
		return errors.New("sharing: no key")
	}
	if c.Network == nil {
		return errors.New("sharing: no network")
	}
	return nil
}

// Sharing is the shares of a hive. It is safe for concurrent use.
type Sharing struct {
	ledger  *ledger.Ledger
	post    *post.Post
	engine  *replica.Engine
	social  *social.Social
	catalog *catalog.Catalog
	self    peer.ID
	log     *slog.Logger
	left    chan catalog.Mount
}

// New returns the shares of a hive. It listens to other hives once it runs.
func New(ctx context.Context, stores Stores, cfg Config) (*Sharing, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Sharing{
		catalog: stores.Catalog, self: IDOf(cfg.Key.Public().(ed25519.PublicKey)), left: make(chan catalog.Mount, 256),
		log: cmp.Or(cfg.Log, slog.New(slog.DiscardHandler)),
	}
	var err error
	if s.ledger, err = ledger.New(ctx, stores.DB, ledger.Config{Self: s.self, Log: s.log}); err != nil {
		return nil, err
	}
	s.post, err = post.New(s.ledger, cfg.Network, post.Config{ID: s.self, OpenInbox: cfg.OpenInbox, Log: s.log})
	if err != nil {
		return nil, err
	}
	s.engine, err = replica.New(replica.Stores{
		DB: stores.DB, Blocks: stores.Blocks, Catalog: stores.Catalog, Ledger: s.ledger, Post: s.post,
	}, replica.Config{Key: cfg.Key, Network: cfg.Network, Breaker: s.post.Breaker(), Log: s.log})
	if err != nil {
		return nil, err
	}
	s.social, err = social.New(social.Parts{
		Ledger: s.ledger, Post: s.post, Network: cfg.Network, People: stores.Accounts, Catalog: stores.Catalog, Engine: s.engine,
	}, social.Config{
		Addrs: cfg.Addrs, OpenInbox: cfg.OpenInbox, Where: s.where, Log: s.log,
		Gone: func(ctx context.Context, share ledger.Share) (bool, error) { return gone(ctx, stores.Catalog, share) },
		Keep: func(ctx context.Context, share ledger.Share, gone func(ctx context.Context, user int64) (bool, error)) error {
			return replica.Keep(ctx, s.engine, share, gone)
		},
	})
	return s, err
}

// Run tells and hears other hives until ctx ends.
func (s *Sharing) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, run := range []func(context.Context) error{s.post.Run, s.engine.Run, s.social.Run, s.leave} {
		g.Go(func() error {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			return nil
		})
	}
	return g.Wait()
}

// Contacts are the users of other hives that users of this one know.
func (s *Sharing) Contacts() *Contacts { return s.social.Contacts() }

// Invitations are how users of two hives get to know each other.
func (s *Sharing) Invitations() *Invitations { return s.social.Invitations() }

// Shares are the folders that are shared.
func (s *Sharing) Shares() *Shares { return s.social.Shares() }

// Book is the addresses of hives.
func (s *Sharing) Book() *Book { return s.ledger.Book() }

// Partners are the hives with which shares go on: those a network keeps in touch with.
func (s *Sharing) Partners(ctx context.Context) ([]peer.ID, error) { return s.ledger.Partners(ctx) }

// Watch gives a channel that is closed when shares, members or contacts have changed.
func (s *Sharing) Watch() <-chan struct{} { return s.ledger.Watch() }

// Secrets are those of the shares that go on: members find each other by them.
func (s *Sharing) Secrets(ctx context.Context) ([][]byte, error) {
	shares, err := s.ledger.Shares(ctx, ledger.Filter{Active: true})
	if err != nil {
		return nil, err
	}
	secrets := make([][]byte, 0, len(shares))
	for _, share := range shares {
		secrets = append(secrets, slices.Clone(share.Secret[:]))
	}
	return secrets, nil
}

// Await waits until all of a share from another hive is here, or it is over for the user.
func (s *Sharing) Await(ctx context.Context, user int64, id ShareID) error {
	err := s.engine.Await(ctx, id, func(ctx context.Context) (bool, error) {
		share, err := s.Shares().Get(ctx, user, id)
		return share.Standing != Accepted, err
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, catalog.ErrNotFound) {
		return nil // it goes at this moment
	}
	return err
}

// Status tells how far a share is.
func (s *Sharing) Status(ctx context.Context, id ShareID) (Status, error) {
	return s.engine.Status(ctx, id)
}

// Saved is how many bytes of content did not have to come from other hives, of all shares there are.
func (s *Sharing) Saved(ctx context.Context) (int64, error) { return s.engine.Saved(ctx) }

// Decide says yes to deletes of a share that were held back because they are so many, or no to those that members propose.
func (s *Sharing) Decide(ctx context.Context, id ShareID, yes bool) error {
	return s.engine.Decide(ctx, id, yes)
}

// Pending are the messages to other hives that have not arrived: those about shares of a user, or all for user 0.
func (s *Sharing) Pending(ctx context.Context, user int64) ([]Item, error) {
	items, err := s.post.Items(ctx, "")
	if err != nil || user == 0 {
		return items, err
	}
	shares, err := s.ledger.Shares(ctx, ledger.Filter{User: user})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(items, func(i Item) bool {
		return !slices.ContainsFunc(shares, func(share ledger.Share) bool { return share.ID == i.Share })
	}), nil
}

// Retry tries a message again at once.
func (s *Sharing) Retry(ctx context.Context, id int64) error { return s.post.Retry(ctx, id) }

// Tidy forgets what is of no more use. It is good to do before a garbage collection.
func (s *Sharing) Tidy(ctx context.Context) error { return replica.Tidy(ctx, s.engine) }

// Roots are the blocks that garbage collection must leave beside those of the catalog.
func (s *Sharing) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] { return s.engine.Roots(ctx) }

// Begun are files on their way from other hives, of which it must leave what is there.
func (s *Sharing) Begun(ctx context.Context) iter.Seq2[cid.Cid, error] { return s.engine.Begun(ctx) }

// MakeRoom gives up content of shares that are kept on demand until so many bytes are free, and tells how many are.
func (s *Sharing) MakeRoom(ctx context.Context, bytes int64) (int64, error) {
	return s.engine.MakeRoom(ctx, bytes)
}

// Fetch brings content that is not held: catalog.Config.Fetch.
func (s *Sharing) Fetch(ctx context.Context, r catalog.FetchRequest) (func(ctx context.Context, c cid.Cid) error, error) {
	return s.engine.Fetch(ctx, r)
}

// Unmounted hears of a mount that its user has removed: catalog.Config.Unmounted. The share is left after the commit.
func (s *Sharing) Unmounted(_ context.Context, _ bun.Tx, m catalog.Mount) error {
	select {
	case s.left <- m:
	default: // the upkeep of shares finds it
	}
	return nil
}

// leaveTries is how often it is looked whether a mount is gone, for its transaction may take a moment, or fail.
const leaveTries = 8

// leave leaves the shares of mounts that went.
func (s *Sharing) leave(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-s.left:
			for try := range leaveTries {
				gone, err := s.unmounted(ctx, m)
				if err == nil && gone {
					err = s.Shares().Unmounted(ctx, m.User, m.Ref)
				}
				if err != nil && ctx.Err() == nil {
					s.log.Error("share not left", "share", m.Ref, "err", err)
				}
				if gone || err != nil {
					break
				}
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Millisecond << try):
				}
			}
		}
	}
}

// unmounted tells whether a user has no mount of a share.
func (s *Sharing) unmounted(ctx context.Context, m catalog.Mount) (bool, error) {
	mounts, err := s.catalog.Mounts(ctx, m.Ref)
	return err == nil && !slices.ContainsFunc(mounts, func(other catalog.Mount) bool { return other.User == m.User }), err
}

// gone tells whether the folder of a share is no more, not even in the trash.
func gone(ctx context.Context, names *catalog.Catalog, share ledger.Share) (gone bool, err error) {
	err = names.Snapshot(ctx, share.Space, func(ctx context.Context, snap *catalog.Snapshot) error {
		_, there, err := snap.Entry(ctx, share.Folder)
		gone = !there
		return err
	})
	if errors.Is(err, catalog.ErrNotFound) {
		return true, nil
	}
	return gone, err
}

// where is the path of a shared folder in the home of its owner; "" where it is in the trash.
func (s *Sharing) where(ctx context.Context, space, folder int64) (path string, err error) {
	err = s.catalog.Snapshot(ctx, space, func(ctx context.Context, snap *catalog.Snapshot) error {
		path = ""
		chain, err := snap.Ancestors(ctx, folder)
		if err != nil || len(chain) == 0 {
			return err
		}
		for _, id := range chain[:len(chain)-1] {
			e, _, err := snap.Entry(ctx, id)
			if err != nil {
				return err
			}
			path = "/" + e.Name + path
		}
		path = cmp.Or(path, "/")
		return nil
	})
	return path, err
}
