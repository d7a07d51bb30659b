package social

import (
	"context"
	"errors"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/invitation"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
)

// InviteProtocol is how an invitation is taken up.
const InviteProtocol = invitation.Protocol

type (
	// Invitation is a one-time secret by which two users of two hives get to know each other.
	Invitation = invitation.Invitation
	// NewInvitation is an invitation to be made.
	NewInvitation = invitation.NewInvitation
)

// Invitations are how users of two hives get to know each other.
type Invitations struct {
	*invitation.Invitations
	social *Social
}

// Accept takes an invitation up, for a user who will call the inviter name, or as they call themselves where name is "".
// The offer that came with it is nil if there was none. ErrInvitation, ErrUnreachable, ErrInvalid.
func (i *Invitations) Accept(ctx context.Context, user int64, text, name string) (Contact, *Offer, error) {
	contact, o, err := i.Invitations.Accept(ctx, user, text, name)
	if err != nil || o == nil {
		return contact, nil, err
	}
	offer, err := i.withOffer(ctx, user, contact.Hive, *o)
	return contact, offer, err
}

// withOffer takes the offer that came with an invitation.
func (i *Invitations) withOffer(ctx context.Context, user int64, from peer.ID, o letter.Offer) (*Offer, error) {
	m, err := inbox{i.social}.takeOffer(ctx, from, o)
	if err != nil {
		return nil, err
	}
	offers, err := i.social.Shares().Offers(ctx, user)
	for _, offer := range offers {
		if offer.ID == m.ID {
			return &offer, err
		}
	}
	return nil, err
}

// offerBy offers the share of an invitation to who took it up; nil if the share is over, or they have the folder by another.
func (s *Social) offerBy(ctx context.Context, inv ledger.Invitation, hive peer.ID, user string) (*letter.Offer, error) {
	var offer *letter.Offer
	err := s.change(ctx, inv.Share, func(ctx context.Context, c *change) error {
		offer = nil
		m, err := c.Member(ctx, inv.Share, hive, user)
		if errors.Is(err, ErrNotFound) {
			m, err = c.offer(ctx, person{hive: hive, user: user}, inv.Role, nil, "")
		}
		if err != nil || !m.Live(c.now) || !c.share.Live(c.now) {
			return err
		}
		o := c.letter(m)
		offer = &o
		return nil
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrShared) {
		return nil, nil
	}
	return offer, err
}
