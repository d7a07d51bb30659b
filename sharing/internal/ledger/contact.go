package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// Contact is a user of another hive whom a user of this one knows.
type Contact struct {
	ID      int64
	User    int64 // of this hive
	Hive    peer.ID
	Remote  string // the contact's name there
	Name    string // what the user calls the contact
	Created time.Time
}

type contactRow struct {
	bun.BaseModel `bun:"table:contacts,alias:c"`

	ID      int64         `bun:"id,pk,autoincrement"`
	User    int64         `bun:"user_id"`
	Hive    string        `bun:"hive"`
	Remote  string        `bun:"remote_user"`
	Name    string        `bun:"name"`
	Created database.Time `bun:"created"`
}

func (r contactRow) contact() (Contact, error) {
	hive, err := peer.Decode(r.Hive)
	if err != nil {
		return Contact{}, fmt.Errorf("sharing: hive of contact %d: %w", r.ID, err)
	}
	return Contact{r.ID, r.User, hive, r.Remote, r.Name, r.Created.Time}, nil
}

// maxContacts of one user.
const maxContacts = 10_000

// maxName is bytes of what a user calls a contact.
const maxName = 100

// CheckName tells whether a contact can be called so: ErrInvalid. Names are written on command lines, before ":role".
func CheckName(name string) error {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.ContainsAny(name, "@:/,") || strings.TrimSpace(name) != name ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: a contact is called by 1 to %d bytes without @ : / or a comma", ErrInvalid, maxName)
	}
	return nil
}

// Contacts returns the contacts of a user by name.
func (l *Ledger) Contacts(ctx context.Context, user int64) ([]Contact, error) {
	return listContacts(ctx, l.db.Read().NewSelect().Where("user_id = ?", user))
}

func listContacts(ctx context.Context, query *bun.SelectQuery) ([]Contact, error) {
	var rows []contactRow
	if err := query.Model(&rows).Order("name").Scan(ctx); err != nil {
		return nil, fmt.Errorf("sharing: contacts: %w", err)
	}
	return convert(rows, contactRow.contact)
}

// ContactNamed returns the contact whom a user calls name: ErrNotFound.
func (l *Ledger) ContactNamed(ctx context.Context, user int64, name string) (Contact, error) {
	return findContact(ctx, l.db.Read().NewSelect().Where("user_id = ? AND name = ?", user, name))
}

func findContact(ctx context.Context, query *bun.SelectQuery) (Contact, error) {
	var row contactRow
	if err := query.Model(&row).Scan(ctx); err != nil {
		return Contact{}, notFound(err, "contact")
	}
	return row.contact()
}

// Knows tells whether a user has a contact at a hive.
func (tx *Tx) Knows(ctx context.Context, user int64, hive peer.ID) (bool, error) {
	return tx.NewSelect().Table("contacts").Where("user_id = ? AND hive = ?", user, hive.String()).Exists(ctx)
}

// AddContact inserts a contact under its name, or under that with a number where taken says so or another contact has it.
// One who is a contact already stays as it is.
func (tx *Tx) AddContact(ctx context.Context, c Contact, taken func(name string) (bool, error)) (Contact, error) {
	if err := CheckName(c.Name); err != nil {
		return Contact{}, err
	}
	if err := tx.lockUser(ctx, c.User); err != nil {
		return Contact{}, err
	}
	present, err := listContacts(ctx, tx.NewSelect().Where("user_id = ?", c.User))
	if err != nil {
		return Contact{}, err
	}
	names := make(map[string]bool, len(present))
	for _, p := range present {
		if p.Hive == c.Hive && p.Remote == c.Remote {
			return p, nil
		}
		names[p.Name] = true
	}
	if len(present) >= maxContacts {
		return Contact{}, fmt.Errorf("%w: more than %d contacts", ErrInvalid, maxContacts)
	}
	wanted := c.Name
	for n := 2; ; n++ {
		used, err := taken(c.Name)
		if err != nil {
			return Contact{}, err
		}
		if !used && !names[c.Name] {
			break
		}
		c.Name = wanted + "-" + strconv.Itoa(n)
	}
	row := contactRow{User: c.User, Hive: c.Hive.String(), Remote: c.Remote, Name: c.Name, Created: database.At(c.Created)}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return Contact{}, err
	}
	c.ID = row.ID
	return c, nil
}

// lockUser lets changes of what a user has come one after the other: ErrNotFound.
func (tx *Tx) lockUser(ctx context.Context, user int64) error {
	var id int64
	query := tx.NewSelect().Table("users").Column("id").Where("id = ?", user)
	return notFound(tx.ledger.db.ForUpdate(query).Scan(ctx, &id), "user")
}

// RenameContact changes what a user calls a contact: ErrNotFound, ErrExists, ErrInvalid.
func (tx *Tx) RenameContact(ctx context.Context, user, id int64, name string) (Contact, error) {
	if err := CheckName(name); err != nil {
		return Contact{}, err
	}
	if err := tx.lockUser(ctx, user); err != nil {
		return Contact{}, err
	}
	present, err := listContacts(ctx, tx.NewSelect().Where("user_id = ?", user))
	if err != nil {
		return Contact{}, err
	}
	i := slices.IndexFunc(present, func(c Contact) bool { return c.ID == id })
	switch {
	case i < 0:
		return Contact{}, fmt.Errorf("%w: contact", ErrNotFound)
	case slices.ContainsFunc(present, func(c Contact) bool { return c.ID != id && c.Name == name }):
		return Contact{}, fmt.Errorf("%w: a contact of that name", ErrExists)
	}
	present[i].Name = name
	_, err = tx.ExecContext(ctx, "UPDATE contacts SET name = ? WHERE id = ?", name, id)
	return present[i], err
}

// DeleteContact removes a contact of a user: ErrNotFound.
func (tx *Tx) DeleteContact(ctx context.Context, user, id int64) error {
	result, err := tx.ExecContext(ctx, "DELETE FROM contacts WHERE user_id = ? AND id = ?", user, id)
	return found(result, err, "contact")
}

// Voucher lets a hive offer a share to a user who does not know it, for a contact of the user answers for it.
type Voucher struct {
	Hive    peer.ID
	User    int64
	Share   ID
	By      string // the contact, "user@hive"
	Expires time.Time
}

// maxVouchers for one user, by those of one hive, that have not been used.
const maxVouchers = 200

// PutVoucher stores a voucher in place of one for the same: ErrInvalid where the hive of By gave too many.
func (tx *Tx) PutVoucher(ctx context.Context, v Voucher) error {
	if err := tx.lockUser(ctx, v.User); err != nil {
		return err
	}
	if err := tx.DeleteVoucher(ctx, v); err != nil {
		return err
	}
	by := v.By[strings.LastIndexByte(v.By, '@')+1:] // no ID of a hive has a sign that means something to LIKE
	n, err := tx.NewSelect().Table("vouchers").Where("user_id = ? AND by_whom LIKE ?", v.User, "%@"+by).Count(ctx)
	if err != nil {
		return err
	}
	if n >= maxVouchers {
		return fmt.Errorf("%w: more than %d vouchers", ErrInvalid, maxVouchers)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO vouchers (hive, user_id, share_id, by_whom, expires) VALUES (?, ?, ?, ?, ?)",
		v.Hive.String(), v.User, v.Share, v.By, database.At(v.Expires))
	return err
}

// Vouched returns who answers for an offer of a share by a hive to a user: ErrNotFound.
func (tx *Tx) Vouched(ctx context.Context, v Voucher) (by string, err error) {
	query := tx.NewSelect().Table("vouchers").Column("by_whom").Where("hive = ? AND user_id = ? AND share_id = ?", v.Hive.String(), v.User, v.Share)
	return by, notFound(query.Where("expires > ?", database.Now()).Scan(ctx, &by), "voucher")
}

// DeleteVoucher removes a voucher, which may not be there.
func (tx *Tx) DeleteVoucher(ctx context.Context, v Voucher) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM vouchers WHERE hive = ? AND user_id = ? AND share_id = ?", v.Hive.String(), v.User, v.Share)
	return err
}
