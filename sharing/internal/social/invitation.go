package social

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/code"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// InviteProtocol is how an invitation is taken up. It is the one protocol that listens to strangers: a Request, and a
// Welcome in answer.
const InviteProtocol protocol.ID = "/hive/invite/1.0.0"

const (
	inviteDeadline = 10 * time.Second // for request and answer
	maxRequest     = 512              // bytes
	maxWelcome     = 4 << 10          // bytes
	invitationLife = 7 * 24 * time.Hour
	maxLife        = 365 * 24 * time.Hour
	maxNote        = 500 // bytes
	meetTime       = 20 * time.Second
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

// Invitations are how users of two hives get to know each other.
type Invitations struct {
	social *Social
}

// Create makes an invitation by a user: ErrInvalid, ErrNotFound for a share that is not the user's.
func (i *Invitations) Create(ctx context.Context, user int64, n NewInvitation) (Invitation, error) {
	now := time.Now()
	expires := now.Add(invitationLife)
	if n.Expires != nil {
		expires = *n.Expires
	}
	if !expires.After(now) || expires.After(now.Add(maxLife)) || len(n.Note) > maxNote {
		return Invitation{}, fmt.Errorf("%w: an invitation ends within a year, its note has at most %d bytes", ErrInvalid, maxNote)
	}
	entry := ledger.Invitation{User: user, Note: n.Note, Role: ledger.Reader, Created: now, Expires: expires}
	if n.Share != nil {
		share, err := i.social.Ledger.Share(ctx, *n.Share)
		if err != nil {
			return Invitation{}, err
		}
		if !share.Own || share.User != user || !share.Live(now) {
			return Invitation{}, fmt.Errorf("%w: share", ErrNotFound)
		}
		if n.Role != "" && !n.Role.Valid() {
			return Invitation{}, fmt.Errorf("%w: a role is reader or writer", ErrInvalid)
		}
		entry.Share = share.ID
		if n.Role != "" {
			entry.Role = n.Role
		}
	}
	c := code.New(i.social.Ledger.Self(), i.social.cfg.Addrs())
	err := i.social.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) (err error) {
		added, err := tx.AddInvitation(ctx, entry, c.Hash())
		entry.ID = added.ID
		return err
	})
	if err != nil {
		return Invitation{}, err
	}
	return Invitation{entry, c.String()}, nil
}

// List returns the invitations of a user, newest first, used and expired ones for a while too.
func (i *Invitations) List(ctx context.Context, user int64) ([]Invitation, error) {
	entries, err := i.social.Ledger.Invitations(ctx, user)
	list := make([]Invitation, len(entries))
	for n, entry := range entries {
		list[n] = Invitation{Invitation: entry}
	}
	return list, err
}

// Delete takes an invitation back: ErrNotFound. Who took it up stays a contact.
func (i *Invitations) Delete(ctx context.Context, user, id int64) error {
	return i.social.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error { return tx.DeleteInvitation(ctx, user, id) })
}

// Accept takes an invitation up, for a user who will call the inviter name, or as they call themselves where name is "".
// The offer that came with it is nil if there was none. ErrInvitation, ErrUnreachable, ErrInvalid.
func (i *Invitations) Accept(ctx context.Context, user int64, text, name string) (Contact, *Offer, error) {
	s := i.social
	if name != "" {
		if err := checkLabel(name); err != nil {
			return Contact{}, nil, err
		}
	}
	c, err := code.Parse(text)
	if err != nil {
		return Contact{}, nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	me, err := s.People.ByID(ctx, user)
	if err != nil {
		return Contact{}, nil, unknownUser(err, "")
	}
	if c.Hive == s.Ledger.Self() {
		return Contact{}, nil, fmt.Errorf("%w: it is from a user of this hive, who can share with you by name", ErrInvalid)
	}
	welcome, err := s.knock(ctx, c, me.Name)
	if err != nil {
		return Contact{}, nil, err
	}
	contact := Contact{User: user, Hive: c.Hive, Remote: welcome.User, Name: name, Created: time.Now()}
	if name == "" {
		contact.Name = welcome.User
	}
	err = s.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		added, err := s.addContact(ctx, tx, contact)
		contact.ID, contact.Name, contact.Created = added.ID, added.Name, added.Created
		return err
	})
	if err != nil || welcome.Offer == nil || welcome.Offer.User != me.Name {
		return contact, nil, err
	}
	offer, err := i.withOffer(ctx, user, c.Hive, *welcome.Offer)
	return contact, offer, err
}

// withOffer takes the offer that came with an invitation.
func (i *Invitations) withOffer(ctx context.Context, user int64, from peer.ID, o letter.Offer) (*Offer, error) {
	m, err := i.social.takeOffer(ctx, from, o)
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

// knock shows an invitation to the hive it is from.
func (s *Social) knock(ctx context.Context, c code.Code, me string) (letter.Welcome, error) {
	ctx, cancel := context.WithTimeout(ctx, meetTime)
	defer cancel()
	conn, err := s.meet(ctx, c)
	if err != nil {
		return letter.Welcome{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := wire.Write(conn, letter.Request{Secret: c.Secret[:], User: me}); err != nil {
		return letter.Welcome{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	frame, err := wire.ReadFrame(bufio.NewReader(conn), maxWelcome)
	if err != nil {
		return letter.Welcome{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	welcome, err := letter.Read[letter.Welcome](frame)
	switch {
	case err != nil:
		return letter.Welcome{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	case welcome.Code == wire.Unknown:
		return letter.Welcome{}, ErrInvitation
	case welcome.Code != "":
		return letter.Welcome{}, fmt.Errorf("%w: %w", ErrUnreachable, &wire.Refusal{Code: welcome.Code})
	}
	return welcome, nil
}

// adder is a Network that can be told an address.
type adder interface {
	Add(ctx context.Context, addr string) (peer.ID, error)
}

// meet connects to the hive of an invitation, by the addresses in it and by what else the network knows.
func (s *Social) meet(ctx context.Context, c code.Code) (net.Conn, error) {
	if err := s.Ledger.Book().Save(ctx, peer.AddrInfo{ID: c.Hive, Addrs: c.Addrs}); err != nil {
		return nil, err
	}
	if network, ok := s.Network.(adder); ok {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		done := make(chan struct{}, len(c.Addrs))
		for _, addr := range c.Addrs {
			go func() {
				// An address that leads nowhere, or to another hive, leaves the others.
				if id, err := network.Add(ctx, addr.String()+"/p2p/"+c.Hive.String()); err == nil && id == c.Hive {
					cancel()
				}
				done <- struct{}{}
			}()
		}
		for range c.Addrs {
			<-done
		}
	}
	return s.Network.Dial(ctx, c.Hive, InviteProtocol)
}

// answer lets strangers take invitations up until ctx ends.
func (s *Social) answer(ctx context.Context) error {
	s.Network.Handle(InviteProtocol, func(hive peer.ID, conn net.Conn) {
		defer conn.Close()
		if !s.gate.enter(hive, time.Now()) {
			return
		}
		defer s.gate.leave()
		if ctx.Err() != nil {
			return
		}
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		_ = conn.SetDeadline(time.Now().Add(inviteDeadline)) // a conn without deadlines is closed, and the read fails
		if err := s.receive(ctx, hive, conn); err != nil {
			s.cfg.Log.DebugContext(ctx, "invitation not taken up", "hive", hive, "err", err)
		}
	})
	<-ctx.Done()
	s.gate.wait()
	return ctx.Err()
}

// receive answers one request. All that is wrong with an invitation gets one answer.
func (s *Social) receive(ctx context.Context, hive peer.ID, conn net.Conn) error {
	frame, err := wire.ReadFrame(bufio.NewReader(conn), maxRequest)
	if err != nil {
		return err
	}
	request, err := letter.Read[letter.Request](frame)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, inviteDeadline)
	defer cancel()
	welcome, err := s.redeem(ctx, hive, request)
	if err != nil {
		welcome = letter.Welcome{Code: wire.Unknown}
		if !errors.Is(err, ErrInvitation) {
			welcome.Code = wire.Failed
			s.cfg.Log.ErrorContext(ctx, "cannot look an invitation up", "hive", hive, "err", err)
		}
	}
	return errors.Join(err, wire.Write(conn, welcome))
}

// redeem uses an invitation up and makes the two users contacts. The same user can do so again, whose answer was lost.
func (s *Social) redeem(ctx context.Context, hive peer.ID, request letter.Request) (welcome letter.Welcome, err error) {
	blocked, err := s.Ledger.Blocked(ctx, hive)
	if err == nil && blocked {
		err = ErrInvitation
	}
	if err != nil {
		return letter.Welcome{}, err
	}
	var inv ledger.Invitation
	err = s.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		inv, err = tx.Invitation(ctx, code.Hash(request.Secret))
		if errors.Is(err, ErrNotFound) {
			return ErrInvitation
		}
		if err != nil {
			return err
		}
		user, err := s.People.ByID(ctx, inv.User)
		if errors.Is(err, account.ErrNotFound) || err == nil && user.Disabled {
			return ErrInvitation
		}
		if err != nil {
			return err
		}
		welcome = letter.Welcome{User: user.Name}
		again := inv.Used != nil && inv.UsedHive == hive && inv.UsedUser == request.User
		if !time.Now().Before(inv.Expires) || inv.Used != nil && !again {
			return ErrInvitation
		}
		if again {
			return nil
		}
		if err := tx.UseInvitation(ctx, inv.ID, hive, request.User); err != nil {
			return err
		}
		_, err = s.addContact(ctx, tx, Contact{User: inv.User, Hive: hive, Remote: request.User, Name: request.User, Created: time.Now()})
		return err
	})
	if err != nil || inv.Share == "" {
		return welcome, err
	}
	welcome.Offer, err = s.offerBy(ctx, inv, person{hive: hive, user: request.User})
	return welcome, err
}

// offerBy offers the share of an invitation to who took it up; nil if the share is over.
func (s *Social) offerBy(ctx context.Context, inv ledger.Invitation, to person) (*letter.Offer, error) {
	var offer *letter.Offer
	err := s.change(ctx, inv.Share, func(ctx context.Context, c *change) error {
		offer = nil
		m, err := c.Member(ctx, inv.Share, to.hive, to.user)
		if errors.Is(err, ErrNotFound) {
			m, err = c.offer(ctx, to, inv.Role, nil, "")
		}
		if err != nil || !m.Live(c.now) || !c.share.Live(c.now) {
			return err
		}
		o := c.letter(m)
		offer = &o
		return nil
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) {
		return nil, nil
	}
	return offer, err
}
