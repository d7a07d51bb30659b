package social

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/account"
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
	if err := checkLabel(name); err != nil {
		return Contact{}, err
	}
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
	local int64 // number of the user on this hive
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

// maxLabel is bytes of what a user calls a contact.
const maxLabel = 100

// checkLabel tells whether a contact can be called so. Names are written on command lines, before ":role".
func checkLabel(name string) error {
	if name == "" || len(name) > maxLabel || !utf8.ValidString(name) || strings.ContainsAny(name, "@:/,") || strings.TrimSpace(name) != name ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a contact is called by 1 to %d bytes without @ : / or a comma", ErrInvalid, maxLabel)
	}
	return nil
}

// addContact makes another hive's user a contact of a user, under that name or one like it.
func (s *Social) addContact(ctx context.Context, tx *ledger.Tx, c Contact) (Contact, error) {
	return tx.AddContact(ctx, c, func(name string) (bool, error) {
		_, err := s.People.ByName(ctx, name)
		if errors.Is(err, account.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	})
}

// clip makes what a user wrote fit for an error.
func clip(text string) string {
	const most = 100
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
