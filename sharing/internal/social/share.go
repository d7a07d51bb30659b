package social

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
)

// Share is a share as one of its users sees it.
type Share struct {
	ledger.Share
	Path     string       // of the folder, or of the mount; "" where there is none
	Role     ledger.Role  // of the user; that of an owner is Writer
	Standing ledger.State // of the user as a member; that of an owner is Accepted
	Members  []Member
}

// Member is a member as one of the users of a share sees it.
type Member struct {
	ledger.Member
	Who string // what the user calls the member, as Resolve reads it
}

// Invite names somebody who is to be a member.
type Invite struct {
	To      string // as Resolve reads it
	Role    ledger.Role
	Expires *time.Time
}

// NewShare is a share to be made.
type NewShare struct {
	Name    string // default: that of the folder
	Members []Invite
	Reshare bool
	Expires *time.Time
}

// Change changes what is not nil. The owner changes the first three, a member the last two.
type Change struct {
	Name    *string
	Reshare *bool
	Expires *Expiry
	Mode    *ledger.Mode
	Quota   *int64
}

// Expiry is a time, or nil for never.
type Expiry struct {
	At *time.Time
}

// Shares are the folders people share.
type Shares struct {
	social *Social
}

// maxShares of one user.
const maxShares = 1000

// Create shares a folder of a user: ErrInvalid, ErrNotFound for a member nobody knows, ErrShared, errors of the catalog.
func (s *Shares) Create(ctx context.Context, user int64, path catalog.Path, n NewShare) (Share, error) {
	share, err := s.newShare(ctx, user, path, n)
	if err != nil {
		return Share{}, err
	}
	people := make([]person, len(n.Members))
	for i, m := range n.Members {
		if people[i], err = s.social.invited(ctx, user, m); err != nil {
			return Share{}, err
		}
		if slices.ContainsFunc(people[:i], func(p person) bool { return p.hive == people[i].hive && p.user == people[i].user }) {
			return Share{}, fmt.Errorf("%w: %s is named twice", ErrExists, m.To)
		}
	}
	audit.About(ctx, string(share.ID), nil)
	s.social.making.Lock()
	defer s.social.making.Unlock()
	err = s.social.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		if err := tx.AddShare(ctx, share); err != nil {
			return err
		}
		c := &change{Tx: tx, social: s.social, share: share, saved: share, now: time.Now()}
		for i, m := range n.Members {
			if _, err := c.offer(ctx, people[i], m.Role, ledger.Whole(m.Expires), ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Share{}, err
	}
	s.social.Post.Wake()
	s.social.Engine.Touch(share.ID)
	return s.Get(ctx, user, share.ID)
}

// newShare checks what is to be shared.
func (s *Shares) newShare(ctx context.Context, user int64, path catalog.Path, n NewShare) (ledger.Share, error) {
	owner, err := s.social.People.ByID(ctx, user)
	if err != nil {
		return ledger.Share{}, unknownUser(err, "")
	}
	if n.Name == "" {
		n.Name = path.Name()
	}
	if err := letter.Name(n.Name); err != nil {
		return ledger.Share{}, err
	}
	if err := ledger.CheckExpiry(n.Expires); err != nil {
		return ledger.Share{}, err
	}
	own, err := s.social.Ledger.Shares(ctx, ledger.Filter{Own: true, Active: true, User: user})
	if err != nil {
		return ledger.Share{}, err
	}
	if len(own) >= maxShares {
		return ledger.Share{}, fmt.Errorf("%w: more than %d shares", ErrInvalid, maxShares)
	}
	space, folder, err := s.social.Catalog.Folder(ctx, user, path)
	if err != nil {
		return ledger.Share{}, err
	}
	share := ledger.Share{
		Own: true, Owner: s.social.Ledger.Self(), OwnerUser: owner.Name, Name: n.Name, Space: space, Folder: folder,
		Mode: ledger.Full, Quota: ledger.Unlimited, Reshare: n.Reshare, State: ledger.Active, Expires: ledger.Whole(n.Expires), User: user,
		Created: time.Now(),
	}
	_, _ = rand.Read(share.Secret[:]) // it never fails
	share.ID = ledger.IDOf(share.Owner, share.Secret)
	return share, nil
}

// invited finds who is meant and checks the rest.
func (s *Social) invited(ctx context.Context, user int64, i Invite) (person, error) {
	if !i.Role.Valid() {
		return person{}, fmt.Errorf("%w: a role is reader or writer", ErrInvalid)
	}
	if err := ledger.CheckExpiry(i.Expires); err != nil {
		return person{}, err
	}
	to, err := s.resolve(ctx, user, i.To)
	to.as = i.To
	return to, err
}

// List returns the shares that go on of which a user is the owner, and those the user accepted. A membership that was
// revoked, or whose share ended, shows until the user leaves it.
func (s *Shares) List(ctx context.Context, user int64) ([]Share, error) {
	shares, err := s.social.Ledger.Shares(ctx, ledger.Filter{User: user})
	if err != nil {
		return nil, err
	}
	var list []Share
	for _, share := range shares {
		view, err := s.view(ctx, user, share)
		if err != nil {
			return nil, err
		}
		if visible(view) {
			list = append(list, view)
		}
	}
	return list, nil
}

func visible(view Share) bool {
	if view.Role == "" {
		return false
	}
	if view.Standing == ledger.Revoked {
		return true
	}
	return view.Standing == ledger.Accepted && view.State == ledger.Active
}

// Get returns one share of which a user is the owner or a member: ErrNotFound.
func (s *Shares) Get(ctx context.Context, user int64, id ledger.ID) (Share, error) {
	share, err := s.social.Ledger.Share(ctx, id)
	if err != nil {
		return Share{}, err
	}
	view, err := s.view(ctx, user, share)
	if err == nil && !visible(view) {
		err = fmt.Errorf("%w: share", ErrNotFound)
	}
	return view, err
}

// view is a share as a user sees it; without a role the user has nothing to do with it.
func (s *Shares) view(ctx context.Context, user int64, share ledger.Share) (Share, error) {
	view := Share{Share: share}
	view.Secret = [32]byte{}
	members, err := s.social.Ledger.Members(ctx, share.ID)
	if err != nil {
		return Share{}, err
	}
	contacts, err := s.social.Ledger.Contacts(ctx, user)
	if err != nil {
		return Share{}, err
	}
	for _, m := range members {
		view.Members = append(view.Members, Member{m, s.social.called(contacts, m.Hive, m.User)})
		if m.LocalUser == user {
			view.Role, view.Standing = m.Role, m.State
		}
	}
	if share.Own && share.User == user {
		view.Role, view.Standing = ledger.Writer, ledger.Accepted
		// A folder in the trash has no path.
		if view.Path, err = s.social.cfg.Where(ctx, share.Space, share.Folder); err != nil {
			s.social.cfg.Log.DebugContext(ctx, "shared folder has no path", "share", share.ID, "err", err)
		}
		return view, nil
	}
	mounts, err := s.social.Catalog.Mounts(ctx, string(share.ID))
	if err != nil {
		return Share{}, err
	}
	if i := slices.IndexFunc(mounts, func(m catalog.Mount) bool { return m.User == user }); i >= 0 {
		view.Path = mounts[i].Path
	}
	return view, nil
}

// called is what a user calls somebody.
func (s *Social) called(contacts []Contact, hive peer.ID, user string) string {
	for _, c := range contacts {
		if c.Hive == hive && c.Remote == user {
			return c.Name
		}
	}
	if hive == s.Ledger.Self() {
		return user
	}
	return address(hive, user)
}

// Set changes a share: ErrNotFound, ErrNotAllowed for what is the other side's to change, ErrInvalid.
func (s *Shares) Set(ctx context.Context, user int64, id ledger.ID, ch Change) (Share, error) {
	view, err := s.Get(ctx, user, id)
	if err != nil {
		return Share{}, err
	}
	owns := view.Own && view.User == user
	if owns && (ch.Mode != nil || ch.Quota != nil) || !owns && (ch.Name != nil || ch.Reshare != nil || ch.Expires != nil) {
		return Share{}, fmt.Errorf("%w: name, re-sharing and expiry are the owner's, mode and quota the receiver's", ErrNotAllowed)
	}
	if owns {
		err = s.setOwn(ctx, user, id, ch)
	} else {
		err = s.setReceived(ctx, id, user, ch)
	}
	if err != nil {
		return Share{}, err
	}
	return s.Get(ctx, user, id)
}

func (s *Shares) setOwn(ctx context.Context, user int64, id ledger.ID, ch Change) error {
	if ch.Name != nil {
		if err := letter.Name(*ch.Name); err != nil {
			return err
		}
	}
	if ch.Expires != nil {
		if err := ledger.CheckExpiry(ch.Expires.At); err != nil {
			return err
		}
	}
	return s.owned(ctx, user, id, func(ctx context.Context, c *change) error {
		if ch.Name != nil {
			c.share.Name = *ch.Name
		}
		if ch.Reshare != nil {
			c.share.Reshare = *ch.Reshare
		}
		if ch.Expires != nil {
			c.share.Expires = ledger.Whole(ch.Expires.At)
		}
		members, err := c.Members(ctx, id)
		if err != nil {
			return err
		}
		for _, m := range members {
			if !m.Live(c.now) {
				continue
			}
			if err := c.terms(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// setReceived changes how much of a share of another hive is kept here.
func (s *Shares) setReceived(ctx context.Context, id ledger.ID, user int64, ch Change) error {
	if ch.Mode != nil && !ch.Mode.Valid() || ch.Quota != nil && *ch.Quota < ledger.Unlimited {
		return fmt.Errorf("%w: mode or quota", ErrInvalid)
	}
	var after ledger.Share
	err := s.social.change(ctx, id, func(ctx context.Context, c *change) error {
		m, err := c.LocalMember(ctx, id, user)
		if err != nil || m.State != ledger.Accepted || c.share.Own {
			return fmt.Errorf("%w: no replica of this user", ErrNotAllowed)
		}
		if ch.Quota != nil && c.share.User != user {
			return fmt.Errorf("%w: the replica counts for another user", ErrNotAllowed)
		}
		if ch.Mode != nil {
			c.share.Mode = *ch.Mode
		}
		if ch.Quota != nil {
			c.share.Quota = *ch.Quota
		}
		after = c.share
		return nil
	})
	if err != nil || ch.Quota == nil {
		return err
	}
	return s.social.Catalog.SetReplica(ctx, after.Space, after.User, after.Quota)
}

// owned changes a share that goes on, for its owner: ErrNotFound.
func (s *Shares) owned(ctx context.Context, user int64, id ledger.ID, fn func(ctx context.Context, c *change) error) error {
	return s.social.change(ctx, id, func(ctx context.Context, c *change) error {
		if !c.share.Own || c.share.User != user || c.share.State != ledger.Active {
			return fmt.Errorf("%w: share", ErrNotFound)
		}
		return fn(ctx, c)
	})
}

// End stops a share, for its owner: ErrNotFound. The folder stays where it is; the members lose it.
func (s *Shares) End(ctx context.Context, user int64, id ledger.ID) error {
	return s.owned(ctx, user, id, func(ctx context.Context, c *change) error { return c.stop(ctx) })
}

// stop ends an own share and tells every hive of a member once.
func (c *change) stop(ctx context.Context) error {
	c.share.State = ledger.Ended
	members, err := c.Members(ctx, c.share.ID)
	if err != nil {
		return err
	}
	told := map[peer.ID]bool{c.social.Ledger.Self(): true}
	for _, m := range members {
		if m.State != ledger.Offered && m.State != ledger.Accepted {
			continue
		}
		m.Version++
		if m, err = c.end(ctx, m, ledger.Revoked); err != nil {
			return err
		}
		if told[m.Hive] {
			continue
		}
		told[m.Hive] = true
		if err := c.Outbox().Withdraw(ctx, m.Hive, c.share.ID); err != nil {
			return err
		}
		if err := c.send(ctx, m.Hive, letter.KindEnded, "", letter.Ended{Share: string(c.share.ID)}); err != nil {
			return err
		}
	}
	return c.social.Engine.Drop(ctx, c.Tx.Tx, c.share.ID)
}
