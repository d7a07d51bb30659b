package invitation

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/code"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

const (
	meetTime   = 20 * time.Second // to connect and be answered
	maxWelcome = 4 << 10          // bytes
)

// Accept takes an invitation up, for a user who will call the inviter name, or as they call themselves where name is "".
// The offer that came with it is nil if there was none. ErrInvitation, ErrUnreachable, ErrInvalid.
func (i *Invitations) Accept(ctx context.Context, user int64, text, name string) (ledger.Contact, *letter.Offer, error) {
	if name != "" {
		if err := ledger.CheckName(name); err != nil {
			return ledger.Contact{}, nil, err
		}
	}
	c, err := code.Parse(text)
	if err != nil {
		return ledger.Contact{}, nil, fmt.Errorf("%w: %w", ErrInvitation, err)
	}
	if c.Hive == i.parts.Ledger.Self() {
		return ledger.Contact{}, nil, fmt.Errorf("%w: it is from a user of this hive, who can share with you by name", ledger.ErrInvalid)
	}
	me, err := i.parts.People.ByID(ctx, user)
	if err != nil {
		return ledger.Contact{}, nil, err
	}
	welcome, err := i.knock(ctx, c, me.Name)
	if err != nil {
		return ledger.Contact{}, nil, err
	}
	contact := ledger.Contact{User: user, Hive: c.Hive, Remote: welcome.User, Name: cmp.Or(name, welcome.User), Created: time.Now()}
	err = i.parts.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		added, err := i.addContact(ctx, tx, contact)
		contact.ID, contact.Name, contact.Created = added.ID, added.Name, added.Created
		return err
	})
	if err != nil || welcome.Offer == nil || welcome.Offer.User != me.Name {
		return contact, nil, err
	}
	return contact, welcome.Offer, nil
}

// knock shows an invitation to the hive it is from.
func (i *Invitations) knock(ctx context.Context, c code.Code, me string) (letter.Welcome, error) {
	ctx, cancel := context.WithTimeout(ctx, meetTime)
	defer cancel()
	conn, err := i.meet(ctx, c)
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
func (i *Invitations) meet(ctx context.Context, c code.Code) (net.Conn, error) {
	if err := i.parts.Ledger.Book().Save(ctx, peer.AddrInfo{ID: c.Hive, Addrs: c.Addrs}); err != nil {
		return nil, err
	}
	if network, ok := i.parts.Network.(adder); ok {
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
	return i.parts.Network.Dial(ctx, c.Hive, Protocol)
}
