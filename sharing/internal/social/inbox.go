package social

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// maxOffers is how many offers may wait for one user.
const maxOffers = 1000

// inbox takes what other hives say.
type inbox struct{ *Social }

// listen has the post bring what other hives say. Each message can come twice, late or from a liar.
func (s inbox) listen() {
	handle(s, letter.KindOffer, func(ctx context.Context, from peer.ID, o letter.Offer) error {
		_, err := s.takeOffer(ctx, from, o)
		return err
	})
	handle(s, letter.KindAnswer, s.takeAnswer)
	handle(s, letter.KindTerms, s.takeTerms)
	handle(s, letter.KindRevoked, s.takeRevoked)
	handle(s, letter.KindEnded, s.takeEnded)
	handle(s, letter.KindVouch, s.takeVouch)
	handle(s, letter.KindReshare, s.takeReshare)
	s.Post.Done(letter.KindOffer, s.offerEnded)
	s.Post.Done(letter.KindVouch, s.vouchEnded)
}

// handle has fn take the messages of a kind that make sense. What is not found is refused as what is forbidden.
func handle[L letter.Letter](s inbox, kind string, fn func(ctx context.Context, from peer.ID, l L) error) {
	s.Post.Handle(kind, func(ctx context.Context, from peer.ID, body wire.Raw) error {
		l, err := letter.Read[L](body)
		if err != nil {
			return err
		}
		err = fn(ctx, from, l)
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrNotAllowed) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrExists) {
			return refuse()
		}
		return err
	})
}

// takeOffer notes an offer by the owner's hive to a user who knows somebody there, or for whom a contact answers.
func (s inbox) takeOffer(ctx context.Context, from peer.ID, o letter.Offer) (m ledger.Member, err error) {
	user, err := s.addressee(ctx, o.User)
	if err != nil {
		return m, err
	}
	share := ledger.Share{
		ID: ledger.ID(o.Share), Owner: from, OwnerUser: o.Owner, Name: o.Name, Secret: [32]byte(o.Secret), Mode: ledger.Full,
		Quota: ledger.Unlimited, Reshare: o.Reshare, State: ledger.Active, Expires: letter.Time(o.Ends), Created: time.Now(),
	}
	if err := s.expect(ctx, from, user, share.ID); err != nil {
		return m, err
	}
	for range 2 { // another offer of the share may come at the same time
		err = s.changeOf(ctx, func(ctx context.Context, tx *ledger.Tx) (ledger.Share, error) { return ledger.Receive(ctx, tx, share) },
			func(ctx context.Context, c *change) (err error) { m, err = c.offered(ctx, from, user, o); return err })
		if !errors.Is(err, ErrExists) {
			break
		}
	}
	if errors.Is(err, ledger.ErrFull) {
		err = &wire.Refusal{Code: wire.Busy, Text: "too many shares of this hive are here"}
	}
	return m, err
}

// addressee is the user of this hive to whom something is said. Where there is none it is one whom nobody knows, so that
// who asks learns nothing from how long the answer takes.
func (s inbox) addressee(ctx context.Context, name string) (account.User, error) {
	user, err := s.People.ByName(ctx, name)
	if errors.Is(err, account.ErrNotFound) || err == nil && user.Disabled {
		return account.User{}, nil
	}
	return user, err
}

// expect refuses an offer nobody here has reason to expect, and any to nobody.
func (s inbox) expect(ctx context.Context, from peer.ID, user account.User, id ledger.ID) error {
	err := s.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		knows, err := tx.Knows(ctx, user.ID, from)
		if err != nil || knows || s.cfg.OpenInbox {
			return err
		}
		_, err = tx.Vouched(ctx, ledger.Voucher{Hive: from, User: user.ID, Share: id})
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		// What this user was offered before and accepted may be offered anew.
		m, err := tx.LocalMember(ctx, id, user.ID)
		if err == nil && m.State == ledger.Accepted {
			return nil
		}
		return refuse()
	})
	if err == nil && user.ID == 0 {
		err = refuse()
	}
	return err
}

// offered stores an offer that is newer than what is known of the member.
func (c *change) offered(ctx context.Context, from peer.ID, user account.User, o letter.Offer) (ledger.Member, error) {
	if c.share.Own || c.share.Owner != from || c.share.State == ledger.Ended {
		return ledger.Member{}, refuse()
	}
	m, err := c.LocalMember(ctx, c.share.ID, user.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		m = ledger.Member{Share: c.share.ID, Hive: c.social.Ledger.Self(), User: user.Name, LocalUser: user.ID, Created: c.now}
	case err != nil:
		return ledger.Member{}, err
	case o.Version <= m.Version && o.Offer <= m.Offer:
		return m, nil
	}
	if o.Version > m.Version { // else later terms came before
		c.take(o.Owner, o.Name, o.Ends, o.Reshare)
		m.Version, m.Role, m.Expires = o.Version, ledger.Role(o.Role), letter.Time(o.Expires)
	}
	if o.Offer > m.Offer {
		c.share.Secret, c.share.State = [32]byte(o.Secret), ledger.Active
		m.Offer, m.InvitedBy = o.Offer, o.By
		if m.State != ledger.Accepted {
			err = c.waits(ctx, &m)
		} else {
			err = c.answer(ctx, m) // the owner's hive has forgotten
		}
		if err != nil {
			return m, err
		}
	}
	if m.State == ledger.Accepted {
		c.roles = append(c.roles, m)
	}
	if err := c.DeleteVoucher(ctx, ledger.Voucher{Hive: from, User: user.ID, Share: c.share.ID}); err != nil {
		return m, err
	}
	return c.PutMember(ctx, m)
}

// waits makes a member one to whom an offer waits, unless too many do.
func (c *change) waits(ctx context.Context, m *ledger.Member) error {
	if m.State == ledger.Offered {
		return nil
	}
	offers, err := ledger.CountOffers(ctx, c.Tx, m.LocalUser)
	if err == nil && offers >= maxOffers {
		err = &wire.Refusal{Code: wire.Busy, Text: "too many offers wait"}
	}
	m.State = ledger.Offered
	return err
}

// take notes what the owner's hive says of a share.
func (c *change) take(owner, name string, ends int64, reshare bool) {
	if owner != "" {
		c.share.OwnerUser = owner
	}
	c.share.Name, c.share.Reshare = name, reshare
	if at := letter.Time(ends); !ledger.SameTime(at, c.share.Expires) {
		c.share.Expires = at
	}
}

// member refuses who is in no share of that id, before it is looked whether there is such a share.
func (s inbox) member(ctx context.Context, id ledger.ID, hive peer.ID, user string) error {
	members, err := s.Ledger.Members(ctx, id)
	if err == nil && !slices.ContainsFunc(members, func(m ledger.Member) bool { return m.Hive == hive && m.User == user }) {
		err = refuse()
	}
	return err
}

// takeAnswer notes what a member did with the newest offer. Answers to older ones are too late.
func (s inbox) takeAnswer(ctx context.Context, from peer.ID, a letter.Answer) error {
	if err := s.member(ctx, ledger.ID(a.Share), from, a.User); err != nil {
		return err
	}
	return s.change(ctx, ledger.ID(a.Share), func(ctx context.Context, c *change) error {
		m, err := c.Member(ctx, c.share.ID, from, a.User)
		if err != nil {
			return err
		}
		if !c.share.Own {
			return refuse()
		}
		state := ledger.State(a.State)
		switch {
		case a.Offer != m.Offer, state == m.State:
			return nil
		case m.State == ledger.Refused:
			m.State = ledger.Offered // it arrived by another way
		case m.State != ledger.Offered && m.State != ledger.Accepted:
			return nil
		}
		switch {
		case state == ledger.Accepted || state == ledger.Declined && m.State == ledger.Offered:
			m.State = state
			if state == ledger.Declined {
				c.cut = append(c.cut, m.Hive)
			}
			_, err = c.PutMember(ctx, m)
			return err
		case state == ledger.Left:
			_, err = c.end(ctx, m, ledger.Left)
			return err
		}
		return nil
	})
}

// received changes the membership of a user of this hive in a share of the hive that speaks, where it says something newer.
func (s inbox) received(ctx context.Context, from peer.ID, id, user string, version int64, fn func(context.Context, *change, ledger.Member) error) error {
	return s.change(ctx, ledger.ID(id), func(ctx context.Context, c *change) error {
		if c.share.Own || c.share.Owner != from {
			return refuse()
		}
		m, err := c.Member(ctx, c.share.ID, s.Ledger.Self(), user)
		if err != nil {
			return err
		}
		if version <= m.Version {
			return nil
		}
		m.Version = version
		return fn(ctx, c, m)
	})
}

// takeTerms notes what a member may do from now on.
func (s inbox) takeTerms(ctx context.Context, from peer.ID, t letter.Terms) error {
	return s.received(ctx, from, t.Share, t.User, t.Version, func(ctx context.Context, c *change, m ledger.Member) error {
		c.take("", t.Name, t.Ends, t.Reshare)
		m.Role, m.Expires = ledger.Role(t.Role), letter.Time(t.Expires)
		again := m.State == ledger.Revoked && c.share.State != ledger.Ended // it had expired here, and goes on
		if again {
			if err := c.waits(ctx, &m); err != nil {
				return err
			}
		}
		if again || c.share.State == ledger.Revoked {
			c.share.State = ledger.Active
		}
		if m.State == ledger.Accepted {
			c.roles = append(c.roles, m)
		}
		_, err := c.PutMember(ctx, m)
		return err
	})
}

// takeRevoked ends a membership.
func (s inbox) takeRevoked(ctx context.Context, from peer.ID, r letter.Revoked) error {
	return s.received(ctx, from, r.Share, r.User, r.Version, func(ctx context.Context, c *change, m ledger.Member) error {
		m.Offer = r.Version // offers before it are void, though they come later
		return c.lose(ctx, m)
	})
}

// lose ends a membership in a share of another hive. An offer that is gone leaves nothing to show.
func (c *change) lose(ctx context.Context, m ledger.Member) error {
	state := ledger.Revoked
	if m.State != ledger.Accepted {
		state = ledger.Left
	}
	_, err := c.end(ctx, m, state)
	return err
}

// takeEnded ends a share of another hive.
func (s inbox) takeEnded(ctx context.Context, from peer.ID, e letter.Ended) error {
	return s.change(ctx, ledger.ID(e.Share), func(ctx context.Context, c *change) error {
		if c.share.Own || c.share.Owner != from {
			return refuse()
		}
		c.share.State = ledger.Ended
		return c.over(ctx, ledger.Offered, ledger.Accepted)
	})
}

// over ends a received share for the users of this hive who are in one of the states.
func (c *change) over(ctx context.Context, states ...ledger.State) error {
	members, err := c.Members(ctx, c.share.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		if c.local(m) && slices.Contains(states, m.State) {
			if err := c.lose(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// offerEnded notes that a hive did not take an offer.
func (s inbox) offerEnded(ctx context.Context, to peer.ID, body wire.Raw, refusal *wire.Refusal) error {
	if refusal == nil {
		return nil
	}
	o, err := letter.Read[letter.Offer](body)
	if err != nil {
		return err
	}
	err = s.change(ctx, ledger.ID(o.Share), func(ctx context.Context, c *change) error {
		m, err := c.Member(ctx, c.share.ID, to, o.User)
		if err != nil || m.State != ledger.Offered || m.Offer != o.Offer {
			return err
		}
		_, err = c.end(ctx, m, ledger.Refused)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
