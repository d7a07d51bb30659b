// Package social is what people do with shares: they invite each other, keep contacts, offer folders, accept, decline,
// leave and revoke.
//
// It owns the rules of all that on both sides, and the protocol of invitations. It does not own the records
// (internal/ledger), the delivery of messages (internal/post) or what is in a shared folder (internal/replica, which is an
// Engine). Every change is one transaction with the messages that tell of it; what follows outside of the database follows
// after the commit, and Run makes up for what a crash left undone.
package social

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/social/invitation"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Errors of this package, wrapped with what they are about; those of catalog are handed on.
var (
	ErrNotFound    = ledger.ErrNotFound
	ErrExists      = ledger.ErrExists
	ErrShared      = ledger.ErrShared
	ErrInvalid     = ledger.ErrInvalid
	ErrNotAllowed  = errors.New("sharing: not allowed")
	ErrInvitation  = invitation.ErrInvitation
	ErrUnreachable = invitation.ErrUnreachable
)

// People are the users of this hive: *account.Accounts.
type People interface {
	ByName(ctx context.Context, name string) (account.User, error)
	ByID(ctx context.Context, id int64) (account.User, error)
}

// Homes are where folders are shared from and mounted: *catalog.Catalog.
type Homes interface {
	Folder(ctx context.Context, user int64, path catalog.Path) (space, folder int64, err error)
	MountIn(ctx context.Context, tx bun.Tx, actor catalog.Actor, path catalog.Path, m catalog.Mount) (catalog.Entry, func(), error)
	UnmountIn(ctx context.Context, tx bun.Tx, ref string, user int64) (announce func(), err error)
}

// Mounts are the mounts there are: *catalog.Catalog.
type Mounts interface {
	Mounts(ctx context.Context, ref string) ([]catalog.Mount, error)
	SetMountRole(ctx context.Context, ref string, user int64, role catalog.Role) error
}

// Replicas are where shares of other hives are kept: *catalog.Catalog.
type Replicas interface {
	NewReplica(ctx context.Context, name string, chargedTo, quota int64) (space, root int64, err error)
	SetReplica(ctx context.Context, space, chargedTo, quota int64) error
	DropReplica(ctx context.Context, space int64) error
}

// Catalog is all that social needs of names: *catalog.Catalog.
type Catalog interface {
	Homes
	Mounts
	Replicas
}

// Engine keeps shared folders the same on all hives.
type Engine interface {
	// Touch says that a share has changed, or its members.
	Touch(share ledger.ID)
	// Cut ends what is being sent to a hive that may not read a share any more.
	Cut(share ledger.ID, hive peer.ID)
	// Drop forgets, in the transaction of the caller, how far a share was that is over here, or begins anew.
	Drop(ctx context.Context, tx bun.Tx, share ledger.ID) error
}

// Parts are what Social works on.
type Parts struct {
	Ledger  *ledger.Ledger
	Post    *post.Post
	Network wire.Network
	People  People
	Catalog Catalog
	Engine  Engine
}

// Config of a Social.
type Config struct {
	// Addrs are the addresses of this hive as they are now, for invitations. Default: none.
	Addrs func() []string
	// OpenInbox takes offers from hives that no contact of the user is at.
	OpenInbox bool
	// Where gives the path of a shared folder in the home of its owner. Default: paths are not shown.
	Where func(ctx context.Context, space, folder int64) (string, error)
	// Gone tells whether the folder of an own share was deleted for good, which ends it. Default: never.
	Gone func(ctx context.Context, share ledger.Share) (bool, error)
	// Keep puts what was written in a received share and did not arrive where who wrote it finds it, before the replica goes. gone tells who
	// is no more. Default: it goes.
	Keep func(ctx context.Context, share ledger.Share, gone func(ctx context.Context, user int64) (bool, error)) error
	// Log gets what cannot be returned. Default: none.
	Log *slog.Logger
}

// Social is what people do. It is safe for concurrent use.
type Social struct {
	Parts
	cfg         Config
	space       sync.Mutex // held while a replica comes or goes
	making      sync.Mutex // held while a share is made, or gets a member: two of one folder have none in common
	invitations *invitation.Invitations
	vacant      chan struct{} // a replica may have lost its last user
}

// New returns a Social that takes messages; Run does the rest.
func New(parts Parts, cfg Config) (*Social, error) {
	if parts.Ledger == nil || parts.Post == nil || parts.Network == nil || parts.People == nil || parts.Catalog == nil || parts.Engine == nil {
		return nil, errors.New("sharing: a part of social is missing")
	}
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	if cfg.Where == nil {
		cfg.Where = func(context.Context, int64, int64) (string, error) { return "", nil }
	}
	if cfg.Gone == nil {
		cfg.Gone = func(context.Context, ledger.Share) (bool, error) { return false, nil }
	}
	if cfg.Keep == nil {
		cfg.Keep = func(context.Context, ledger.Share, func(context.Context, int64) (bool, error)) error { return nil }
	}
	s := &Social{Parts: parts, cfg: cfg, vacant: make(chan struct{}, 1)}
	s.invitations = invitation.New(
		invitation.Parts{Ledger: parts.Ledger, Network: parts.Network, People: parts.People},
		invitation.Config{Addrs: cfg.Addrs, Offer: s.offerBy, Log: cfg.Log},
	)
	inbox{s}.listen()
	return s, nil
}

// Contacts are the people whom users of this hive know at others.
func (s *Social) Contacts() *Contacts { return &Contacts{s} }

// Invitations are how they get to know each other.
func (s *Social) Invitations() *Invitations { return &Invitations{s.invitations, s} }

// Shares are the folders they share.
func (s *Social) Shares() *Shares { return &Shares{s} }

// Run answers those who take invitations up, ends what expires and makes up for what a crash left undone, until ctx ends.
func (s *Social) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.invitations.Run(ctx) })
	g.Go(func() error { return keeper{s}.run(ctx) })
	return g.Wait()
}

// unknownUser turns the error of People into that of this package.
func unknownUser(err error, name string) error {
	if errors.Is(err, account.ErrNotFound) {
		return fmt.Errorf("%w: user %s", ErrNotFound, name)
	}
	return err
}

// refuse is the one answer to what is not there and to what is not for the asker.
func refuse() error { return &wire.Refusal{Code: wire.Unknown} }
