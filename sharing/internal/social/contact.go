package social

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
)

// Contact is a user of another hive whom a user of this one knows.
type Contact = ledger.Contact

// Contacts are the people whom users of this hive know at others.
type Contacts struct {
	social *Social
}

// List returns the contacts of a user by name.
func (c *Contacts) List(ctx context.Context, user int64) ([]Contact, error) {
	return c.social.Ledger.Contacts(ctx, user)
}

// Rename changes what a user calls a contact: ErrNotFound, ErrExists, ErrInvalid.
func (c *Contacts) Rename(ctx context.Context, user, id int64, name string) (contact Contact, err error) {
	err = c.social.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		contact, err = tx.RenameContact(ctx, user, id, name)
		return err
	})
	return contact, err
}

// Delete removes a contact: ErrNotFound. Shares stay; new offers from there are refused.
func (c *Contacts) Delete(ctx context.Context, user, id int64) error {
	return c.social.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error { return tx.DeleteContact(ctx, user, id) })
}

// Resolve tells whom a user means: "name@<peer id>", the name of a contact, or that of a user of this hive.
// ErrNotFound, ErrInvalid.
func (c *Contacts) Resolve(ctx context.Context, user int64, who string) (hive peer.ID, name string, err error) {
	p, err := c.social.resolve(ctx, user, who)
	return p.hive, p.user, err
}

// person is a user of some hive.
type person struct {
	hive  peer.ID
	user  string
	local int64  // number of the user on this hive
	as    string // what the owner of a share, who asks, calls them
}

func (s *Social) resolve(ctx context.Context, user int64, who string) (person, error) {
	if i := strings.LastIndexByte(who, '@'); i >= 0 {
		hive, err := peer.Decode(who[i+1:])
		if err != nil {
			return person{}, fmt.Errorf("%w: %q is not the id of a hive", ErrInvalid, clip(who[i+1:]))
		}
		return s.person(ctx, hive, strings.ToLower(who[:i]))
	}
	contact, err := s.Ledger.ContactNamed(ctx, user, who)
	if err == nil {
		return person{hive: contact.Hive, user: contact.Remote}, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return person{}, err
	}
	found, err := s.People.ByName(ctx, who)
	if err != nil {
		return person{}, unknownUser(err, clip(who))
	}
	return person{hive: s.Ledger.Self(), user: found.Name, local: found.ID}, nil
}

// person is a user of a hive, who has to be there if it is this one.
func (s *Social) person(ctx context.Context, hive peer.ID, name string) (person, error) {
	if err := letter.User(name); err != nil {
		return person{}, err
	}
	if hive != s.Ledger.Self() {
		return person{hive: hive, user: name}, nil
	}
	found, err := s.People.ByName(ctx, name)
	if err != nil {
		return person{}, unknownUser(err, name)
	}
	return person{hive: hive, user: found.Name, local: found.ID}, nil
}

// address is how a person is written without knowing any contacts.
func address(hive peer.ID, user string) string { return user + "@" + hive.String() }

// clip makes what a user wrote fit for an error.
func clip(text string) string {
	const most = 100
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
