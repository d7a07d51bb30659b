package social

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// takeVouch lets the owner's hive offer a share to a user who knows the one that answers for it.
func (s inbox) takeVouch(ctx context.Context, from peer.ID, v letter.Vouch) error {
	user, err := s.addressee(ctx, v.User)
	if err != nil {
		return err
	}
	owner, err := peer.IDFromBytes(v.Owner)
	if err != nil {
		return fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	if owner == s.Ledger.Self() {
		return refuse()
	}
	return s.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		knows, err := tx.Knows(ctx, user.ID, from)
		if err != nil {
			return err
		}
		if !knows {
			return refuse()
		}
		return tx.PutVoucher(ctx, ledger.Voucher{
			Hive: owner, User: user.ID, Share: ledger.ID(v.Share), By: address(from, v.By), Expires: time.Now().Add(voucherLife),
		})
	})
}

// takeReshare adds a member for another one. The answer is the same whether it did or not, so that nobody learns from it
// who is a user of this hive.
func (s inbox) takeReshare(ctx context.Context, from peer.ID, r letter.Reshare) error {
	hive, err := peer.IDFromBytes(r.Hive)
	if err != nil {
		return fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	to, err := s.person(ctx, hive, r.User)
	nobody := errors.Is(err, ErrNotFound)
	if err != nil && !nobody {
		return err
	}
	if err := s.member(ctx, ledger.ID(r.Share), from, r.By); err != nil {
		return err
	}
	err = s.change(ctx, ledger.ID(r.Share), func(ctx context.Context, c *change) error {
		by, err := c.Member(ctx, c.share.ID, from, r.By)
		if err != nil {
			return err
		}
		role := ledger.Role(r.Role)
		view := Share{Share: c.share, Role: by.Role, Standing: by.State}
		if !c.share.Own || !by.Live(c.now) || !mayReshare(view, role, c.now) {
			return refuse()
		}
		if nobody {
			return nil
		}
		if to.local != 0 {
			knows, err := c.Knows(ctx, to.local, from)
			if err != nil || !knows {
				return err
			}
		}
		_, err = c.offer(ctx, to, role, by.Expires, address(from, by.User))
		return err
	})
	if errors.Is(err, ErrExists) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrNotAllowed) {
		return nil
	}
	return err
}

// vouchEnded asks for the new member once their hive expects the offer.
func (s inbox) vouchEnded(ctx context.Context, to peer.ID, body wire.Raw, refusal *wire.Refusal) error {
	v, err := letter.Read[letter.Vouch](body)
	if err != nil || refusal != nil {
		return err
	}
	err = s.change(ctx, ledger.ID(v.Share), func(ctx context.Context, c *change) error {
		ask := letter.Reshare{Share: v.Share, By: v.By, Hive: []byte(to), User: v.User, Role: v.Role}
		return c.send(ctx, c.share.Owner, letter.KindReshare, v.By+" "+to.String()+" "+v.User, ask)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
