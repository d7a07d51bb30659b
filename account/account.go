// Package account knows who may use a hive: users, their devices, sessions and tokens, and who may register.
//
// It owns the tables of 0001_account.sql and 0010_totp.sql, passwords and secrets, the throttling of guesses, and what of all that goes into the
// record (internal/audit), always in the transaction of the thing itself. It does not own what
// users keep (catalog), nor decide what a request needs (api): it says who a request is and what its scopes are.
// Secrets are never logged and never stored as they are: passwords as argon2id, the others as SHA-256.
package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/melissiproject/hive/account/internal/secret"
	"github.com/melissiproject/hive/account/internal/throttle"
	"github.com/melissiproject/hive/internal/database"
)

// Errors of this package, wrapped with the name they are about.
var (
	ErrExists             = errors.New("account: exists already")
	ErrNotFound           = errors.New("account: not found")
	ErrNameTaken          = errors.New("account: name is taken")
	ErrName               = errors.New("account: a name is 1 to 64 of a-z 0-9 . _ - and starts with a letter or digit")
	ErrPassword           = errors.New("account: a password has at least 10 characters and at most 1024 bytes")
	ErrInvalid            = errors.New("account: invalid value")
	ErrScope              = errors.New("account: not in the scopes of the token")
	ErrLastAdmin          = errors.New("account: the last admin stays")
	ErrWrongPassword      = errors.New("account: wrong name or password")
	ErrDisabled           = errors.New("account: disabled")
	ErrTokenInvalid       = errors.New("account: invalid token")
	ErrTokenExpired       = errors.New("account: expired token")
	ErrTOTPRequired       = errors.New("account: a code of the second factor is needed")
	ErrTOTP               = errors.New("account: wrong code of the second factor")
	ErrTooManyAttempts    = throttle.ErrTooMany
	ErrRegistrationClosed = errors.New("account: registration is closed")
	ErrCode               = errors.New("account: invalid registration code")
)

// Mode says who may register.
type Mode string

// The modes of registration.
const (
	Closed Mode = "closed" // nobody: an admin makes the accounts
	ByCode Mode = "code"   // who has a registration code
	Open   Mode = "open"   // everyone
)

// Argon is the cost of a password hash by argon2id.
type Argon = secret.Argon

// DefaultArgon costs more than the least that OWASP recommends and fits a machine with 1 GB.
var DefaultArgon = secret.DefaultArgon

// KeyBytes is the length of Config.Key.
const KeyBytes = secret.KeyBytes

// Rules are what may change while a hive runs.
type Rules struct {
	Registration Mode
	Quota        int64
	SessionLife  time.Duration
}

// Config sets the rules of a hive.
type Config struct {
	// Registration says who may register. Default: Closed.
	Registration Mode
	// Quota in bytes of a new user for whom no other is given. Default (0): -1, no limit.
	Quota int64
	// SessionLife is how long after its last use a session ends. Default: 30 days.
	SessionLife time.Duration
	// Key encrypts the secrets of second factors: KeyBytes bytes. Default: none, and no second factor can be turned on.
	Key []byte
	// Rules gives the registration, quota and session life that hold now. Default: those above.
	Rules func() Rules
	// Argon is the cost of a new password hash. Default: DefaultArgon.
	Argon Argon
	// Hashes is how many passwords are hashed at once; each takes Argon.Memory. Default: 2.
	Hashes int
	// Log gets what cannot be returned. Default: none.
	Log *slog.Logger
}

// Validate reports values that make no sense.
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.Registration != Closed && c.Registration != ByCode && c.Registration != Open:
		return fmt.Errorf("%w: registration %q", ErrInvalid, c.Registration)
	case c.Quota < -1:
		return fmt.Errorf("%w: quota %d", ErrInvalid, c.Quota)
	case c.SessionLife < 0:
		return fmt.Errorf("%w: session life %s", ErrInvalid, c.SessionLife)
	case len(c.Key) != 0 && len(c.Key) != KeyBytes:
		return fmt.Errorf("%w: a key of %d bytes", ErrInvalid, len(c.Key))
	case c.Hashes < 0:
		return fmt.Errorf("%w: %d hashes at once", ErrInvalid, c.Hashes)
	}
	if err := c.Argon.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Registration = cmp.Or(c.Registration, Closed)
	c.Quota = cmp.Or(c.Quota, -1)
	c.SessionLife = cmp.Or(c.SessionLife, 30*24*time.Hour)
	c.Argon = cmp.Or(c.Argon, DefaultArgon)
	c.Hashes = cmp.Or(c.Hashes, 2)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Rules == nil {
		rules := Rules{c.Registration, c.Quota, c.SessionLife}
		c.Rules = func() Rules { return rules }
	}
	return c
}

// Accounts are the users of a hive and their credentials. Its methods are safe for concurrent use.
type Accounts struct {
	db        *database.DB
	cfg       Config
	passwords *passwords
	queries   queries
	refused   refused
}

// queries are those of every request.
type queries struct {
	token, quota *database.Query
}

func prepare(ctx context.Context, db *database.DB) (q queries, err error) {
	q.token, err = db.Prepare(ctx, `SELECT t.id, t.hash, t.device_id, t.session, t.app, t.scopes, t.expires, t.last_used,
			u.id, u.name, u.admin, u.disabled, u.quota, u.totp, u.created
		FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = ?`)
	if err == nil {
		q.quota, err = db.Prepare(ctx, "SELECT quota FROM users WHERE id = ?")
	}
	return q, err
}

// New uses the tables of db, which is migrated.
func New(db *database.DB, cfg Config) (*Accounts, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	queries, err := prepare(context.Background(), db)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	return &Accounts{db: db, cfg: cfg, passwords: newPasswords(cfg.Argon, cfg.Hashes), queries: queries, refused: refused{db: db, log: cfg.Log}}, nil
}

// Registration says who may register.
func (a *Accounts) Registration() Mode { return a.cfg.Rules().Registration }
