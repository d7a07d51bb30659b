// Package link is public URLs of files and folders: who has one may read what it leads to, or bring files there, without an
// account.
//
// It owns the table of links, their tokens and passwords, how often they are used, and how fast strangers may ask. A link is of
// an entry, not of a path: it follows it, rests while it is in the trash, and ends with it. It does not own content (catalog),
// nor what a browser may do with it (api).
package link

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
)

// Errors of this package. Those of account and catalog are handed on.
var (
	ErrNotFound = errors.New("link: not found")
	ErrInvalid  = errors.New("link: invalid value")
	ErrPassword = errors.New("link: needs its password")
	ErrMode     = errors.New("link: not for this")
)

// Mode says what a visitor may do.
type Mode string

// The modes of a link.
const (
	Download Mode = "download" // list and read
	Upload   Mode = "upload"   // bring files into a folder, and nothing else
)

// most is how many links a user may have.
const most = 10_000

// Link is a public URL.
type Link struct {
	ID       int64
	User     int64
	Entry    int64
	Path     string // in the home of its user; "" while it is in the trash
	Token    string // of the URL
	Mode     Mode
	Password bool // it has one
	Expires  *time.Time
	Uses     int64 // how often it can be used, 0 for ever
	Used     int64
	Created  time.Time

	password string
	hash     []byte
}

// ended tells whether nobody may use it any more.
func (l Link) ended(now time.Time) bool { return l.Expires != nil && !now.Before(*l.Expires) }

// spent tells whether it was used as often as it can be.
func (l Link) spent() bool { return l.Uses > 0 && l.Used >= l.Uses }

// Stores are what links are built on.
type Stores struct {
	DB       *database.DB
	Accounts *account.Accounts
	Catalog  *catalog.Catalog
}

// Links are the links of a hive. It is safe for concurrent use.
type Links struct {
	Stores
	passwords account.Passwords
	tokens    []byte // secret that tokens are made of
	cookies   []byte // and what proves that a password was given
	gate      gate
}

// New returns the links of the hive with this key, in which the secret is that keeps tokens out of the database.
func New(stores Stores, key ed25519.PrivateKey) (*Links, error) {
	if stores.DB == nil || stores.Accounts == nil || stores.Catalog == nil || len(key) != ed25519.PrivateKeySize {
		return nil, errors.New("link: a store or the key is missing")
	}
	l := &Links{Stores: stores, passwords: account.PasswordsOf(stores.Accounts), gate: newGate()}
	var err, more error
	l.tokens, err = hkdf.Key(sha256.New, key.Seed(), nil, "hive link token v1", sha256.Size)
	l.cookies, more = hkdf.Key(sha256.New, key.Seed(), nil, "hive link cookie v1", sha256.Size)
	return l, errors.Join(err, more)
}

// tokenBytes are of 160 bits.
const tokenBytes = 20

// token is that of a nonce: it is kept nowhere, and can be shown again as long as the key of the hive is there.
func (l *Links) token(nonce []byte) string {
	mac := hmac.New(sha256.New, l.tokens)
	mac.Write(nonce)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:tokenBytes])
}

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// home is the tree of a user.
func (l *Links) home(ctx context.Context, user int64) (*catalog.Tree, error) {
	return l.Catalog.Home(ctx, catalog.Actor{User: user})
}

// NewLink is a link to be made.
type NewLink struct {
	Path     string
	Mode     Mode   // default Download
	Password string // "" for none
	Expires  *time.Time
	Uses     int64
}

// Create makes a link of an entry of the user's own: ErrInvalid, account.ErrPassword, errors of catalog.
func (l *Links) Create(ctx context.Context, user int64, n NewLink) (Link, error) {
	if n.Mode == "" {
		n.Mode = Download
	}
	if err := check(&n.Mode, n.Expires, &n.Uses); err != nil {
		return Link{}, err
	}
	path, err := catalog.ParsePath(n.Path)
	if err != nil {
		return Link{}, err
	}
	home, err := l.home(ctx, user)
	if err != nil {
		return Link{}, err
	}
	entry, err := catalog.Linkable(ctx, home, path)
	if err != nil {
		return Link{}, err
	}
	if n.Mode == Upload && entry.Kind != catalog.KindFolder {
		return Link{}, fmt.Errorf("%w: %s", catalog.ErrNotFolder, path)
	}
	link := Link{User: user, Entry: entry.ID, Path: entry.Path, Mode: n.Mode, Uses: n.Uses, Expires: n.Expires, Created: database.Now().Time}
	if err := l.setPassword(ctx, &link, n.Password); err != nil {
		return Link{}, err
	}
	return link, l.insert(ctx, &link)
}

func (l *Links) insert(ctx context.Context, link *Link) error {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // it never fails
	link.Token = l.token(nonce)
	link.hash = digest(link.Token)
	err := l.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var count int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM links WHERE user_id = ?", link.User).Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return fmt.Errorf("%w: %d links are the most", ErrInvalid, most)
		}
		row := linkRow{
			User: link.User, Entry: link.Entry, Mode: link.Mode, Nonce: nonce, Hash: link.hash, Password: link.password, Uses: link.Uses,
			Created: database.At(link.Created), Expires: timeOf(link.Expires),
		}
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		link.ID = row.ID
		return err
	})
	if err != nil {
		return fmt.Errorf("link: create: %w", err)
	}
	return nil
}

func (l *Links) setPassword(ctx context.Context, link *Link, password string) (err error) {
	link.password, link.Password = "", password != ""
	if link.Password {
		link.password, err = l.passwords.Hash(ctx, password)
	}
	return err
}

// check refuses values that make no sense.
func check(mode *Mode, expires *time.Time, uses *int64) error {
	switch {
	case mode != nil && *mode != Download && *mode != Upload:
		return fmt.Errorf("%w: mode %q", ErrInvalid, *mode)
	case expires != nil && (!expires.After(time.Now()) || expires.Year() > 2200):
		return fmt.Errorf("%w: it would end %s", ErrInvalid, expires)
	case uses != nil && *uses < 0:
		return fmt.Errorf("%w: %d uses", ErrInvalid, *uses)
	}
	return nil
}

// Change changes what is not nil. An empty password takes it off.
type Change struct {
	Mode     *Mode
	Password *string
	Expires  *time.Time
	NoExpiry bool
	Uses     *int64
}

// Set changes a link of a user.
func (l *Links) Set(ctx context.Context, user, id int64, c Change) (Link, error) {
	if err := check(c.Mode, c.Expires, c.Uses); err != nil {
		return Link{}, err
	}
	found, err := l.Get(ctx, user, id)
	if err != nil {
		return Link{}, err
	}
	if c.Mode != nil && *c.Mode == Upload {
		if err := l.folder(ctx, found); err != nil {
			return Link{}, err
		}
	}
	var fresh Link
	if c.Password != nil {
		if err := l.setPassword(ctx, &fresh, *c.Password); err != nil {
			return Link{}, err
		}
	}
	err = l.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := one(ctx, l.DB.ForUpdate(tx.NewSelect().Where("id = ? AND user_id = ?", id, user)))
		if err != nil {
			return err
		}
		set(&row.Mode, c.Mode)
		set(&row.Uses, c.Uses)
		if c.Password != nil {
			row.Password = fresh.password
		}
		if c.Expires != nil || c.NoExpiry {
			row.Expires = timeOf(c.Expires)
		}
		_, err = tx.NewUpdate().Model(&row).Column("mode", "uses", "password", "expires").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return Link{}, err
	}
	return l.Get(ctx, user, id)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// folder says whether files can be brought to what a link leads to.
func (l *Links) folder(ctx context.Context, link Link) error {
	tree, err := l.tree(ctx, link)
	if err != nil {
		return err
	}
	top, err := tree.Stat(ctx, catalog.Path{})
	if err == nil && top.Kind != catalog.KindFolder {
		err = fmt.Errorf("%w: %s", catalog.ErrNotFolder, link.Path)
	}
	return err
}

// Remove ends a link of a user.
func (l *Links) Remove(ctx context.Context, user, id int64) error {
	return l.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM links WHERE id = ? AND user_id = ?", id, user)
		return touched(result, err)
	})
}

// touched is ErrNotFound where a change met no row.
func touched(result sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	return nil
}
