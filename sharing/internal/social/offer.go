package social

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Offer is a share that a user may accept or decline.
type Offer struct {
	ID      int64
	Share   ledger.ID
	Name    string
	From    string // the owner, as the user calls them
	By      string // the member who asked for it, "user@hive"; "" for the owner
	Role    ledger.Role
	Expires *time.Time // of the membership or the share, whichever is first
	Created time.Time
}

// Accept says how an offer is accepted.
type Accept struct {
	Path  string      // of the mount, or only its name; default: the name of the share
	Mode  ledger.Mode // of the replica. Default: Full
	Quota *int64      // bytes the replica may take; nil for no limit but the user's own quota
}

// Offers returns what was offered to a user, oldest first.
func (s *Shares) Offers(ctx context.Context, user int64) ([]Offer, error) {
	members, err := s.social.Ledger.LocalMembers(ctx, user, ledger.Offered)
	if err != nil {
		return nil, err
	}
	contacts, err := s.social.Ledger.Contacts(ctx, user)
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, m := range members {
		share, err := s.social.Ledger.Share(ctx, m.Share)
		if err != nil {
			return nil, err
		}
		if now := time.Now(); !share.Live(now) || !m.Live(now) {
			continue
		}
		offers = append(offers, Offer{
			ID: m.ID, Share: m.Share, Name: share.Name, From: s.social.called(contacts, share.Owner, share.OwnerUser),
			By: m.InvitedBy, Role: m.Role, Expires: ledger.Earlier(m.Expires, share.Expires), Created: m.Created,
		})
	}
	return offers, nil
}

// Accept mounts what was offered: ErrNotFound, ErrInvalid, errors of the catalog. Nothing of it waits for another hive.
func (s *Shares) Accept(ctx context.Context, user, offer int64, a Accept) (Share, error) {
	if a.Mode == "" {
		a.Mode = ledger.Full
	}
	quota := int64(ledger.Unlimited)
	if a.Quota != nil {
		quota = *a.Quota
	}
	if !a.Mode.Valid() || quota < ledger.Unlimited {
		return Share{}, fmt.Errorf("%w: mode or quota", ErrInvalid)
	}
	m, err := s.offered(ctx, user, offer)
	if err != nil {
		return Share{}, err
	}
	s.social.space.Lock()
	defer s.social.space.Unlock()
	share, err := s.social.Ledger.Share(ctx, m.Share)
	if err != nil {
		return Share{}, err
	}
	path, err := mountPath(a.Path, share.Name)
	if err != nil {
		return Share{}, err
	}
	replica, err := s.social.replica(ctx, share, user, quota)
	if err != nil {
		return Share{}, err
	}
	audit.About(ctx, string(m.Share), map[string]any{"path": path.String(), "from": m.InvitedBy})
	err = s.social.change(ctx, m.Share, func(ctx context.Context, c *change) error {
		if replica.fresh {
			c.share.Space, c.share.Folder, c.share.User, c.share.Quota, c.share.Mode = replica.space, replica.root, user, quota, a.Mode
			if err := s.social.Engine.Drop(ctx, c.Tx.Tx, m.Share); err != nil { // of another replica there is nothing true of this one
				return err
			}
		} else if a.Mode == ledger.Full && !c.share.Own {
			c.share.Mode = ledger.Full // the more is kept for all
		}
		return c.accept(ctx, user, offer, path)
	})
	if err != nil {
		if replica.fresh {
			s.social.discard(ctx, replica.space)
		}
		return Share{}, err
	}
	return s.Get(ctx, user, m.Share)
}

// offered is an offer to a user: ErrNotFound.
func (s *Shares) offered(ctx context.Context, user, offer int64) (ledger.Member, error) {
	m, err := s.social.Ledger.MemberByID(ctx, offer)
	if err == nil && (m.LocalUser != user || m.State != ledger.Offered) {
		err = fmt.Errorf("%w: offer", ErrNotFound)
	}
	return m, err
}

// mountPath is where a share is to be mounted.
func mountPath(wanted, name string) (catalog.Path, error) {
	if wanted == "" {
		wanted = name
	}
	if !strings.HasPrefix(wanted, "/") {
		wanted = "/" + wanted
	}
	path, err := catalog.ParsePath(wanted)
	if err == nil && path.IsRoot() {
		err = fmt.Errorf("%w: a mount needs a name", ErrInvalid)
	}
	return path, err
}

// replica is the space of a received share.
type replica struct {
	space, root int64
	fresh       bool // made for the first user who accepts
}

// replica finds the space of a share, or makes one for the first user who accepts.
func (s *Social) replica(ctx context.Context, share ledger.Share, user, quota int64) (r replica, err error) {
	if share.Own || share.Space != 0 {
		return replica{space: share.Space, root: share.Folder}, nil
	}
	r.fresh = true
	r.space, r.root, err = s.Catalog.NewReplica(ctx, share.Name, user, quota)
	return r, err
}

// discard deletes a replica nobody came to use.
func (s *Social) discard(ctx context.Context, space int64) {
	if err := s.Catalog.DropReplica(context.WithoutCancel(ctx), space); err != nil {
		s.cfg.Log.ErrorContext(ctx, "cannot delete a replica", "err", err)
	}
}

// accept mounts the share for a user who was offered it and tells the owner's hive.
func (c *change) accept(ctx context.Context, user, offer int64, path catalog.Path) error {
	m, err := c.MemberByID(ctx, offer)
	if err != nil {
		return err
	}
	if m.LocalUser != user || m.State != ledger.Offered || !m.Live(c.now) || !c.share.Live(c.now) {
		return fmt.Errorf("%w: offer", ErrNotFound)
	}
	mount := catalog.Mount{User: user, Space: c.share.Space, Root: c.share.Folder, Role: catalog.Role(m.Role), Ref: string(m.Share)}
	entry, announce, err := c.social.Catalog.MountIn(ctx, c.Tx.Tx, catalog.Actor{User: user}, path, mount)
	if err != nil {
		return err
	}
	c.announce = append(c.announce, announce)
	m.State, m.Path, m.Mounted = ledger.Accepted, entry.Path, true
	if m, err = c.PutMember(ctx, m); err != nil {
		return err
	}
	return c.answer(ctx, m)
}

// Decline says no to an offer: ErrNotFound.
func (s *Shares) Decline(ctx context.Context, user, offer int64) error {
	found, err := s.offered(ctx, user, offer)
	if err != nil {
		return err
	}
	audit.About(ctx, string(found.Share), nil)
	return s.social.change(ctx, found.Share, func(ctx context.Context, c *change) error {
		m, err := c.MemberByID(ctx, offer)
		if err != nil {
			return err
		}
		if m.LocalUser != user || m.State != ledger.Offered {
			return fmt.Errorf("%w: offer", ErrNotFound)
		}
		m.State = ledger.Declined
		if m, err = c.PutMember(ctx, m); err != nil {
			return err
		}
		return c.answer(ctx, m)
	})
}
