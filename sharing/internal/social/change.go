package social

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
)

// change is one transaction on a share, which is locked, and what follows after the commit.
type change struct {
	*ledger.Tx
	social *Social
	share  ledger.Share
	saved  ledger.Share // as the database has it
	now    time.Time

	announce []func()
	cut      []peer.ID       // hives that may have lost their right
	roles    []ledger.Member // whose mounts get another role
	ended    bool            // somebody is a member no more
}

// change runs fn in a transaction on a share: ErrNotFound. fn can run more than once.
func (s *Social) change(ctx context.Context, id ledger.ID, fn func(ctx context.Context, c *change) error) error {
	return s.changeOf(ctx, func(ctx context.Context, tx *ledger.Tx) (ledger.Share, error) { return tx.Share(ctx, id) }, fn)
}

// changeOf is change for the share that find gives.
func (s *Social) changeOf(ctx context.Context, find func(context.Context, *ledger.Tx) (ledger.Share, error), fn func(context.Context, *change) error) error {
	var c *change
	err := s.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		share, err := find(ctx, tx)
		if err != nil {
			return err
		}
		c = &change{Tx: tx, social: s, share: share, saved: share, now: time.Now()}
		if err := fn(ctx, c); err != nil {
			return err
		}
		return c.save(ctx)
	})
	if err != nil {
		return err
	}
	c.follow(context.WithoutCancel(ctx))
	return nil
}

// save stores the share if fn changed it.
func (c *change) save(ctx context.Context) error {
	if c.share == c.saved {
		return nil
	}
	return c.PutShare(ctx, c.share)
}

// follow does what follows from a commit. What fails is made up for by upkeep.
func (c *change) follow(ctx context.Context) {
	s := c.social
	for _, announce := range c.announce {
		announce()
	}
	for _, m := range c.roles {
		if err := s.Catalog.SetMountRole(ctx, string(m.Share), m.LocalUser, catalog.Role(m.Role)); err != nil {
			s.cfg.Log.ErrorContext(ctx, "cannot change the role of a mount", "share", m.Share, "err", err)
		}
	}
	for _, hive := range c.cut {
		_, may, err := s.Ledger.MayRead(ctx, c.share.ID, hive)
		if err != nil {
			s.cfg.Log.ErrorContext(ctx, "cannot tell whether a hive may read", "share", c.share.ID, "hive", hive, "err", err)
		}
		if !may {
			s.Engine.Cut(c.share.ID, hive)
		}
	}
	s.Post.Wake()
	s.Engine.Touch(c.share.ID)
	if c.ended && !c.share.Own {
		s.clear()
	}
}

// send puts a message to a hive into the outbox. One about the same member replaces it while it waits.
func (c *change) send(ctx context.Context, to peer.ID, kind, user string, body any) error {
	key := ""
	if user != "" {
		key = string(c.share.ID) + " " + user
	}
	return c.social.Post.Put(ctx, c.Tx.Tx, post.Message{To: to, Kind: kind, Key: key, Share: c.share.ID, Body: body})
}

// unsend takes back what has not been told of a member.
func (c *change) unsend(ctx context.Context, m ledger.Member) error {
	for _, kind := range []string{letter.KindOffer, letter.KindTerms, letter.KindRevoked} {
		if err := c.social.Post.Cancel(ctx, c.Tx.Tx, m.Hive, kind, string(m.Share)+" "+m.User); err != nil {
			return err
		}
	}
	return nil
}

// local tells whether a member is a user of this hive.
func (c *change) local(m ledger.Member) bool { return m.Hive == c.social.Ledger.Self() }

// offer makes a user a member, or one again who was one: ErrShared where they have the folder. Whom the owner took out, or whose time
// was over, no member brings back: ErrNotAllowed.
func (c *change) offer(ctx context.Context, to person, role ledger.Role, expires *time.Time, by string) (ledger.Member, error) {
	if !c.share.Live(c.now) {
		return ledger.Member{}, fmt.Errorf("%w: share", ErrNotFound)
	}
	if to.hive == c.share.Owner && to.user == c.share.OwnerUser {
		return ledger.Member{}, fmt.Errorf("%w: %s is the owner", ErrInvalid, to.user)
	}
	if err := ledger.Lacks(ctx, c.Tx, c.share, to.hive, to.user, to.as); err != nil {
		return ledger.Member{}, err
	}
	m, err := c.Member(ctx, c.share.ID, to.hive, to.user)
	switch {
	case errors.Is(err, ErrNotFound):
		if m, err = c.newMember(ctx, to, by); err != nil {
			return ledger.Member{}, err
		}
	case err != nil:
		return ledger.Member{}, err
	case by != "" && m.State == ledger.Revoked:
		return ledger.Member{}, fmt.Errorf("%w: only the owner of this share brings %s back", ErrNotAllowed, to.user)
	}
	m.Role, m.State, m.Expires, m.InvitedBy, m.LocalUser = role, ledger.Offered, expires, by, to.local
	m.Version++
	m.Offer, m.Path, m.Mounted = m.Version, "", false
	if m, err = c.PutMember(ctx, m); err != nil || c.local(m) {
		return m, err
	}
	if err := c.unsend(ctx, m); err != nil {
		return m, err
	}
	return m, c.send(ctx, m.Hive, letter.KindOffer, m.User, c.letter(m))
}

const (
	maxMembers = 4000           // of a share, so that a head has room for them
	maxInvited = maxMembers / 2 // of those, by members, so that the owner has room
)

func (c *change) newMember(ctx context.Context, to person, by string) (ledger.Member, error) {
	present, err := c.Members(ctx, c.share.ID)
	most := maxMembers
	if by != "" {
		most = maxInvited
		present = slices.DeleteFunc(present, func(m ledger.Member) bool { return m.InvitedBy == "" })
	}
	if err == nil && len(present) >= most {
		err = fmt.Errorf("%w: more than %d members", ErrInvalid, most)
	}
	return ledger.Member{Share: c.share.ID, Hive: to.hive, User: to.user, Created: c.now}, err
}

// letter is the offer to a member.
func (c *change) letter(m ledger.Member) letter.Offer {
	return letter.Offer{
		Share: string(c.share.ID), Name: c.share.Name, Secret: c.share.Secret[:], User: m.User, Owner: c.share.OwnerUser,
		By: m.InvitedBy, Role: string(m.Role), Expires: letter.Seconds(m.Expires), Ends: letter.Seconds(c.share.Expires),
		Reshare: c.share.Reshare, Version: m.Version, Offer: m.Offer,
	}
}

// terms tells a member what it may do from now on.
func (c *change) terms(ctx context.Context, m ledger.Member) error {
	m.Version++
	m, err := c.PutMember(ctx, m)
	if err != nil {
		return err
	}
	if c.local(m) {
		if m.State == ledger.Accepted {
			c.roles = append(c.roles, m)
		}
		return nil
	}
	return c.send(ctx, m.Hive, letter.KindTerms, m.User, letter.Terms{
		Share: string(c.share.ID), Name: c.share.Name, User: m.User, Role: string(m.Role), Expires: letter.Seconds(m.Expires),
		Ends: letter.Seconds(c.share.Expires), Reshare: c.share.Reshare, Version: m.Version,
	})
}

// revoke ends a membership, by the owner's will.
func (c *change) revoke(ctx context.Context, m ledger.Member) error {
	m.Version++
	m, err := c.end(ctx, m, ledger.Revoked)
	if err != nil || c.local(m) {
		return err
	}
	if err := c.unsend(ctx, m); err != nil {
		return err
	}
	return c.send(ctx, m.Hive, letter.KindRevoked, m.User, letter.Revoked{Share: string(c.share.ID), User: m.User, Version: m.Version})
}

// end brings a member into a state in which it is one no more, and takes a local one's mount away.
func (c *change) end(ctx context.Context, m ledger.Member, state ledger.State) (ledger.Member, error) {
	m.State = state
	c.ended = true
	if c.local(m) {
		announce, err := c.social.Catalog.UnmountIn(ctx, c.Tx.Tx, string(m.Share), m.LocalUser)
		if err != nil {
			return m, fmt.Errorf("sharing: unmount: %w", err)
		}
		c.announce = append(c.announce, announce)
		m.Mounted = false
	} else {
		c.cut = append(c.cut, m.Hive)
	}
	return c.PutMember(ctx, m)
}

// answer tells the owner's hive what a user of this one did with an offer.
func (c *change) answer(ctx context.Context, m ledger.Member) error {
	if c.share.Own {
		return nil
	}
	return c.send(ctx, c.share.Owner, letter.KindAnswer, m.User, letter.Answer{
		Share: string(c.share.ID), User: m.User, Offer: m.Offer, State: string(m.State),
	})
}

// clear has upkeep look for replicas without users.
func (s *Social) clear() {
	select {
	case s.vacant <- struct{}{}:
	default: // it is about to
	}
}
