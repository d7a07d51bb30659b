package social

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

const (
	upkeepEvery = 6 * time.Hour
	upkeepAgain = time.Minute         // after a failure
	keepUsed    = 30 * 24 * time.Hour // of invitations after their end
)

// keeper looks after what nobody asks for.
type keeper struct{ *Social }

// run ends what expires when it does, and now and then puts right what a crash or a lost word left behind.
func (s keeper) run(ctx context.Context) error {
	var swept time.Time
	for ctx.Err() == nil {
		news := s.Ledger.Watch()
		now := time.Now()
		err := s.expire(ctx)
		if swept.IsZero() || now.Sub(swept) >= upkeepEvery {
			swept = now
			err = errors.Join(err, s.sweep(ctx))
		}
		err = errors.Join(err, s.retire(ctx))
		wait := upkeepEvery - now.Sub(swept)
		next, ok, failed := s.Ledger.NextExpiry(ctx, now)
		if ok {
			wait = min(wait, next.Sub(now))
		}
		if err = errors.Join(err, failed); err != nil && ctx.Err() == nil {
			s.cfg.Log.ErrorContext(ctx, "upkeep of shares failed", "err", err)
			wait = min(wait, upkeepAgain)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-news:
		case <-s.vacant:
		case <-timer.C:
		}
		timer.Stop()
	}
	return ctx.Err()
}

// expire ends shares and memberships whose time is over.
func (s keeper) expire(ctx context.Context) error {
	shares, err := s.Ledger.Shares(ctx, ledger.Filter{Expired: true})
	if err != nil {
		return err
	}
	var errs []error
	for _, share := range shares {
		errs = append(errs, s.stop(ctx, share.ID, func(c *change) bool { return c.share.Live(c.now) }))
	}
	members, err := s.Ledger.ExpiredMembers(ctx)
	if err != nil {
		return err
	}
	for _, m := range members {
		errs = append(errs, s.change(ctx, m.Share, func(ctx context.Context, c *change) error {
			m, err := c.MemberByID(ctx, m.ID)
			switch {
			case err != nil || m.Live(c.now) || m.State != ledger.Offered && m.State != ledger.Accepted:
				return err
			case c.share.Own:
				return c.revoke(ctx, m)
			}
			return c.lose(ctx, m)
		}))
	}
	return errors.Join(errs...)
}

// stop ends a share, own or received, unless spare says no.
func (s keeper) stop(ctx context.Context, id ledger.ID, spare func(c *change) bool) error {
	return s.change(ctx, id, func(ctx context.Context, c *change) error {
		switch {
		case c.share.State != ledger.Active || spare(c):
			return nil
		case c.share.Own:
			return c.stop(ctx)
		}
		// The owner may still let it go on, so it is not over for good.
		c.share.State = ledger.Revoked
		return c.over(ctx, ledger.Accepted)
	})
}

// sweep puts right what does not belong together.
func (s keeper) sweep(ctx context.Context) error {
	errs := []error{s.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		return tx.Tidy(ctx, time.Now().Add(-keepUsed))
	})}
	own, err := s.Ledger.Shares(ctx, ledger.Filter{Own: true, Active: true})
	if err != nil {
		return err
	}
	for _, share := range own {
		gone, err := s.gone(ctx, share.User)
		if err == nil && !gone {
			gone, err = s.cfg.Gone(ctx, share)
		}
		if gone {
			err = s.stop(ctx, share.ID, func(*change) bool { return false })
		}
		errs = append(errs, err)
	}
	members, err := s.Ledger.LocalMembers(ctx, 0, ledger.Offered, ledger.Accepted)
	if err != nil {
		return err
	}
	for _, m := range members {
		errs = append(errs, s.settle(ctx, m))
	}
	return errors.Join(errs...)
}

// gone tells whether a user is no more.
func (s keeper) gone(ctx context.Context, user int64) (bool, error) {
	_, err := s.People.ByID(ctx, user)
	if errors.Is(err, account.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// settle compares a member with the mount: who has none has left, and the role is that of the member.
func (s keeper) settle(ctx context.Context, m ledger.Member) error {
	gone, err := s.gone(ctx, m.LocalUser)
	if err != nil {
		return err
	}
	if m.State == ledger.Offered {
		if gone {
			err = s.Shares().Decline(ctx, m.LocalUser, m.ID)
		}
		return err
	}
	mounts, err := s.Catalog.Mounts(ctx, string(m.Share))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(mounts, func(mount catalog.Mount) bool { return mount.User == m.LocalUser })
	switch {
	case gone || i < 0:
		return s.Shares().Unmounted(ctx, m.LocalUser, string(m.Share))
	case mounts[i].Role != catalog.Role(m.Role):
		return s.Catalog.SetMountRole(ctx, string(m.Share), m.LocalUser, catalog.Role(m.Role))
	}
	return nil
}

// retire takes the replicas away that no user of this hive is a member of any more.
func (s keeper) retire(ctx context.Context) error {
	vacant, err := s.Ledger.Vacant(ctx)
	var errs []error
	for _, id := range vacant {
		errs = append(errs, s.vacate(ctx, id))
	}
	return errors.Join(append(errs, err)...)
}

// vacate takes the replica of a share away, unless somebody accepted the share meanwhile.
func (s keeper) vacate(ctx context.Context, id ledger.ID) error {
	s.space.Lock()
	defer s.space.Unlock()
	share, err := s.Ledger.Share(ctx, id)
	if err != nil || share.Space == 0 {
		return err
	}
	members, err := s.Ledger.Members(ctx, id)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(members, func(m ledger.Member) bool { return m.LocalUser != 0 && m.State == ledger.Accepted }) {
		return nil
	}
	if err := s.cfg.Keep(ctx, share, s.gone); err != nil {
		return err
	}
	if err := s.Catalog.DropReplica(ctx, share.Space); err != nil {
		return fmt.Errorf("sharing: drop replica: %w", err)
	}
	return s.change(ctx, id, func(ctx context.Context, c *change) error {
		members, err := c.Members(ctx, id)
		if err != nil {
			return err
		}
		c.share.Space, c.share.Folder, c.share.User = 0, 0, 0
		offered := slices.ContainsFunc(members, func(m ledger.Member) bool { return m.LocalUser != 0 && m.State == ledger.Offered })
		if c.share.State == ledger.Active && !offered {
			c.share.State = ledger.Left
		}
		return s.Engine.Drop(ctx, c.Tx.Tx, id)
	})
}
