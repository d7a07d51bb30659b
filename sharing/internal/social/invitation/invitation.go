// Package invitation is how users of two hives get to know each other: one makes an invitation, the other takes it up.
//
// It owns the rules of invitations and their protocol, which is the one that listens to strangers. It does not own the form
// of a code (package code) nor what an offer that comes along does (internal/social).
package invitation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/code"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Errors of this package.
var (
	ErrInvitation  = errors.New("sharing: the invitation is unknown, used or expired")
	ErrUnreachable = errors.New("sharing: the hive cannot be reached")
)

const (
	life    = 7 * 24 * time.Hour
	maxLife = 365 * 24 * time.Hour
	maxNote = 500 // bytes
)

// Invitation is a one-time secret by which two users of two hives get to know each other.
type Invitation struct {
	ledger.Invitation
	Code string // only of a new one: it is not kept
}

// NewInvitation is an invitation to be made.
type NewInvitation struct {
	Note    string
	Expires *time.Time // default: in a week; at most a year
	Share   *ledger.ID // offered to who takes it up
	Role    ledger.Role
}

// People are the users of this hive: *account.Accounts.
type People interface {
	ByName(ctx context.Context, name string) (account.User, error)
	ByID(ctx context.Context, id int64) (account.User, error)
}

// Parts are what Invitations work on.
type Parts struct {
	Ledger  *ledger.Ledger
	Network wire.Network
	People  People
}

// Config of Invitations.
type Config struct {
	// Addrs are the addresses of this hive as they are now. Default: none.
	Addrs func() []string
	// Offer offers the share of an invitation to who took it up; nil if the share is over. Default: no offers.
	Offer func(ctx context.Context, i ledger.Invitation, hive peer.ID, user string) (*letter.Offer, error)
	// Log gets what cannot be returned. Default: none.
	Log *slog.Logger
}

// Invitations are those of all users of this hive. They are safe for concurrent use.
type Invitations struct {
	parts Parts
	cfg   Config
	gate  gate
}

// New returns invitations that can be taken up once they run.
func New(parts Parts, cfg Config) *Invitations {
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	if cfg.Addrs == nil {
		cfg.Addrs = func() []string { return nil }
	}
	if cfg.Offer == nil {
		cfg.Offer = func(context.Context, ledger.Invitation, peer.ID, string) (*letter.Offer, error) { return nil, nil }
	}
	return &Invitations{parts: parts, cfg: cfg}
}

// Create makes an invitation by a user: ErrInvalid, ErrNotFound for a share that is not the user's.
func (i *Invitations) Create(ctx context.Context, user int64, n NewInvitation) (Invitation, error) {
	entry, err := i.entry(ctx, user, n)
	if err != nil {
		return Invitation{}, err
	}
	c := code.New(i.parts.Ledger.Self(), i.cfg.Addrs())
	err = i.parts.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) (err error) {
		added, err := tx.AddInvitation(ctx, entry, c.Hash())
		entry.ID = added.ID
		return err
	})
	if err != nil {
		return Invitation{}, err
	}
	return Invitation{entry, c.String()}, nil
}

// entry checks what is to be made.
func (i *Invitations) entry(ctx context.Context, user int64, n NewInvitation) (ledger.Invitation, error) {
	now := time.Now()
	expires := now.Add(life)
	if n.Expires != nil {
		expires = *n.Expires
	}
	n.Role = cmp.Or(n.Role, ledger.Reader)
	switch {
	case !expires.After(now) || expires.After(now.Add(maxLife)) || len(n.Note) > maxNote:
		return ledger.Invitation{}, fmt.Errorf("%w: an invitation ends within a year, its note has at most %d bytes", ledger.ErrInvalid, maxNote)
	case !n.Role.Valid():
		return ledger.Invitation{}, fmt.Errorf("%w: a role is reader or writer", ledger.ErrInvalid)
	}
	entry := ledger.Invitation{User: user, Note: n.Note, Role: n.Role, Created: now, Expires: expires}
	if n.Share == nil {
		return entry, nil
	}
	share, err := i.parts.Ledger.Share(ctx, *n.Share)
	if err != nil {
		return ledger.Invitation{}, err
	}
	if !share.Own || share.User != user || !share.Live(now) {
		return ledger.Invitation{}, fmt.Errorf("%w: share", ledger.ErrNotFound)
	}
	entry.Share = share.ID
	return entry, nil
}

// List returns the invitations of a user, newest first, used and expired ones for a while too.
func (i *Invitations) List(ctx context.Context, user int64) ([]Invitation, error) {
	entries, err := i.parts.Ledger.Invitations(ctx, user)
	list := make([]Invitation, len(entries))
	for n, entry := range entries {
		list[n] = Invitation{Invitation: entry}
	}
	return list, err
}

// Delete takes an invitation back: ErrNotFound. Who took it up stays a contact.
func (i *Invitations) Delete(ctx context.Context, user, id int64) error {
	return i.parts.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error { return tx.DeleteInvitation(ctx, user, id) })
}

// addContact makes another hive's user a contact of a user, under that name or one like it.
func (i *Invitations) addContact(ctx context.Context, tx *ledger.Tx, c ledger.Contact) (ledger.Contact, error) {
	return tx.AddContact(ctx, c, func(name string) (bool, error) {
		_, err := i.parts.People.ByName(ctx, name)
		if errors.Is(err, account.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	})
}
