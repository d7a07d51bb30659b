package account

import (
	"context"
	"time"
)

// Identity is who a request is: a user, by a session or token, from a device (0: none). Its scopes have ScopeAdmin
// only while the user is an admin.
type Identity struct {
	User    User
	Token   int64
	Device  int64
	Scopes  Scopes
	Session bool
}

// Token is a session or a token made by hand; its secret is not kept. Without Expires it lives until it is revoked.
type Token struct {
	ID       int64
	Session  bool
	Name     string
	Scopes   Scopes
	Device   int64
	Created  time.Time
	Expires  *time.Time
	LastUsed *time.Time
}

// NewToken is a token to be made.
type NewToken struct {
	Name    string // 1 to 200 bytes
	Scopes  Scopes
	Expires *time.Time // nil: never
}

// Authenticate tells whose secret this is: ErrTokenInvalid, ErrTokenExpired, ErrDisabled. It notes the use, but not
// more often than every 5 minutes.
func (a *Accounts) Authenticate(ctx context.Context, secret string) (Identity, error) { panic("todo") }

// CreateToken makes a token of the user of by, with no scope that by has not (ErrScope), and returns its secret, which
// is shown this once. ErrInvalid: the name, or an expiry that is past.
func (a *Accounts) CreateToken(ctx context.Context, by Identity, n NewToken) (secret string, token Token, err error) {
	panic("todo")
}

// Tokens is the sessions and tokens of a user, newest first.
func (a *Accounts) Tokens(ctx context.Context, user int64) ([]Token, error) { panic("todo") }

// Revoke ends a session or token of a user: ErrNotFound.
func (a *Accounts) Revoke(ctx context.Context, user, id int64) error { panic("todo") }
