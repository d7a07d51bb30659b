package social

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
)

// ChangeMember changes what is not nil.
type ChangeMember struct {
	Role    *ledger.Role
	Expires *Expiry
}

// AddMember offers a share to one more, for its owner, or for a member where the owner allows that: ErrNotFound,
// ErrNotAllowed, ErrShared, ErrInvalid. A member of another hive asks the owner's hive, so that nothing is to be seen yet.
func (s *Shares) AddMember(ctx context.Context, user int64, id ledger.ID, i Invite) (Share, error) {
	view, err := s.Get(ctx, user, id)
	if err != nil {
		return Share{}, err
	}
	to, err := s.social.invited(ctx, user, i)
	if err != nil {
		return Share{}, err
	}
	s.social.making.Lock()
	defer s.social.making.Unlock()
	switch {
	case view.Own && view.User == user:
		err = s.owned(ctx, user, id, func(ctx context.Context, c *change) error {
			_, err := c.offer(ctx, to, i.Role, ledger.Whole(i.Expires), "")
			return err
		})
	case !mayReshare(view, i.Role, time.Now()):
		err = fmt.Errorf("%w: only the owner of this share adds such members", ErrNotAllowed)
	case view.Own:
		err = s.social.reshareHere(ctx, user, id, to, i)
	default:
		err = s.social.reshare(ctx, user, id, to, i)
	}
	if err != nil {
		return Share{}, err
	}
	return s.Get(ctx, user, id)
}

// mayReshare tells whether a member may ask for another one with a role.
func mayReshare(view Share, role ledger.Role, now time.Time) bool {
	return view.Reshare && view.Live(now) && view.Standing == ledger.Accepted && (view.Role == ledger.Writer || role == ledger.Reader)
}

// reshareHere adds a member to a share of this hive, for another member of this hive.
func (s *Social) reshareHere(ctx context.Context, user int64, id ledger.ID, to person, i Invite) error {
	return s.change(ctx, id, func(ctx context.Context, c *change) error {
		by, err := c.LocalMember(ctx, id, user)
		if err != nil {
			return err
		}
		if !mayReshare(Share{Share: c.share, Role: by.Role, Standing: by.State}, i.Role, c.now) || !by.Live(c.now) {
			return fmt.Errorf("%w: only the owner of this share adds such members", ErrNotAllowed)
		}
		to.as = "" // what else the owner shares is not for a member to know
		_, err = c.offer(ctx, to, i.Role, ledger.Earlier(ledger.Whole(i.Expires), by.Expires), address(s.Ledger.Self(), by.User))
		return err
	})
}

// reshare asks the owner's hive for a member. The new member's hive has to hear first who answers for the offer.
func (s *Social) reshare(ctx context.Context, user int64, id ledger.ID, to person, i Invite) error {
	if i.Expires != nil {
		return fmt.Errorf("%w: only the owner sets when a membership expires", ErrNotAllowed)
	}
	return s.change(ctx, id, func(ctx context.Context, c *change) error {
		by, err := c.LocalMember(ctx, id, user)
		if err != nil {
			return err
		}
		if !mayReshare(Share{Share: c.share, Role: by.Role, Standing: by.State}, i.Role, c.now) || !by.Live(c.now) {
			return fmt.Errorf("%w: only the owner of this share adds such members", ErrNotAllowed)
		}
		ask := letter.Reshare{Share: string(id), By: by.User, Hive: []byte(to.hive), User: to.user, Role: string(i.Role)}
		switch {
		case to.hive == c.share.Owner && to.user == c.share.OwnerUser:
			return fmt.Errorf("%w: %s is the owner", ErrInvalid, to.user)
		case to.local != 0:
			err = c.PutVoucher(ctx, ledger.Voucher{
				Hive: c.share.Owner, User: to.local, Share: id, By: address(s.Ledger.Self(), by.User), Expires: c.now.Add(voucherLife),
			})
			if err != nil {
				return err
			}
		case to.hive != c.share.Owner:
			vouch := letter.Vouch{Share: string(id), Owner: []byte(c.share.Owner), User: to.user, By: by.User, Role: string(i.Role)}
			return s.Post.Put(ctx, c.Tx.Tx, post.Message{To: to.hive, Kind: letter.KindVouch, Share: id, Body: vouch})
		}
		return s.Post.Put(ctx, c.Tx.Tx, post.Message{To: c.share.Owner, Kind: letter.KindReshare, Share: id, Body: ask})
	})
}

// voucherLife is how long an offer is expected.
const voucherLife = 30 * 24 * time.Hour

// SetMember changes a member, for the owner of the share: ErrNotFound, ErrInvalid.
func (s *Shares) SetMember(ctx context.Context, user int64, id ledger.ID, member int64, ch ChangeMember) (Share, error) {
	if ch.Role != nil && !ch.Role.Valid() {
		return Share{}, fmt.Errorf("%w: a role is reader or writer", ErrInvalid)
	}
	if ch.Expires != nil {
		if err := ledger.CheckExpiry(ch.Expires.At); err != nil {
			return Share{}, err
		}
	}
	err := s.member(ctx, user, id, member, func(ctx context.Context, c *change, m ledger.Member) error {
		if m.State == ledger.Refused {
			return fmt.Errorf("%w: member", ErrNotFound)
		}
		if ch.Role != nil {
			m.Role = *ch.Role
		}
		if ch.Expires != nil {
			m.Expires = ledger.Whole(ch.Expires.At)
		}
		return c.terms(ctx, m)
	})
	if err != nil {
		return Share{}, err
	}
	return s.Get(ctx, user, id)
}

// RemoveMember revokes what a member may, for the owner of the share: ErrNotFound. From the commit on this hive gives the
// member nothing more. What was fetched before cannot be recalled. An offer that was refused cannot be taken up after it.
func (s *Shares) RemoveMember(ctx context.Context, user int64, id ledger.ID, member int64) error {
	return s.member(ctx, user, id, member, func(ctx context.Context, c *change, m ledger.Member) error { return c.revoke(ctx, m) })
}

// member changes one who is a member of a share, or whose hive refused the offer, for its owner.
func (s *Shares) member(ctx context.Context, user int64, id ledger.ID, member int64, fn func(context.Context, *change, ledger.Member) error) error {
	return s.owned(ctx, user, id, func(ctx context.Context, c *change) error {
		m, err := c.MemberByID(ctx, member)
		if err != nil {
			return err
		}
		if m.Share != id || m.State != ledger.Offered && m.State != ledger.Accepted && m.State != ledger.Refused {
			return fmt.Errorf("%w: member", ErrNotFound)
		}
		return fn(ctx, c, m)
	})
}

// Leave ends a membership, for the member: ErrNotFound. One that is over already shows no more.
func (s *Shares) Leave(ctx context.Context, user int64, id ledger.ID) error {
	return s.social.change(ctx, id, func(ctx context.Context, c *change) error {
		m, err := c.LocalMember(ctx, id, user)
		if err != nil {
			return err
		}
		switch m.State {
		case ledger.Revoked:
			m.State = ledger.Left
			_, err = c.PutMember(ctx, m)
			return err
		case ledger.Accepted:
			if m, err = c.end(ctx, m, ledger.Left); err != nil {
				return err
			}
			return c.answer(ctx, m)
		}
		return fmt.Errorf("%w: share", ErrNotFound)
	})
}

// Unmounted is Leave for a mount that a user took out of a home. That it is no member any more is no error.
func (s *Shares) Unmounted(ctx context.Context, user int64, ref string) error {
	err := s.Leave(ctx, user, ledger.ID(ref))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
