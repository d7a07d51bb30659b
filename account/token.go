package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/uptrace/bun"
)

// maxTokens of one user, sessions not counted.
const maxTokens = 1000

// Identity is who a request is: a user, by a session or token, from a device (0: none). Its scopes have ScopeAdmin
// only while the user is an admin.
type Identity struct {
	User    User
	Token   int64
	Device  int64
	Scopes  Scopes
	Session bool
}

// Token is a session, named after its device if it has one, or a token made by hand; its secret is not kept. Without
// Expires it lives until it is revoked. That of a session moves on with its use.
type Token struct {
	ID       int64
	Session  bool
	Name     string
	Scopes   Scopes
	Device   int64
	Created  time.Time
	Expires  *time.Time
	LastUsed *time.Time
	Address  string // where it was last used from
}

// NewToken is a token to be made.
type NewToken struct {
	Name    string     // 1 to 200 bytes
	Scopes  Scopes     // at least one
	Expires *time.Time // nil: never
}

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens,alias:t"`

	ID       int64         `bun:"id,pk,autoincrement"`
	Hash     []byte        `bun:"hash"`
	UserID   int64         `bun:"user_id"`
	DeviceID int64         `bun:"device_id,nullzero"`
	Session  bool          `bun:"session"`
	App      bool          `bun:"app"`
	Address  string        `bun:"address"`
	Name     string        `bun:"name"`
	Scopes   string        `bun:"scopes"`
	Created  database.Time `bun:"created"`
	Expires  database.Time `bun:"expires"`
	LastUsed database.Time `bun:"last_used"`
}

func (r tokenRow) token() Token {
	scopes, _ := ParseScopes(r.Scopes) // only valid ones are stored
	return Token{
		ID: r.ID, Session: r.Session, Name: r.Name, Scopes: scopes, Device: r.DeviceID,
		Created: r.Created.Time, Expires: r.Expires.Pointer(), LastUsed: r.LastUsed.Pointer(),
		Address: r.Address,
	}
}

// CreateToken makes a token of the user of by, with no scope that by has not (ErrScope), and returns its secret, which
// is shown this once. ErrInvalid: the name, the scopes, or an expiry that is past. ErrTokenInvalid: the token of by
// was revoked meanwhile.
func (a *Accounts) CreateToken(ctx context.Context, by Identity, n NewToken) (secret string, token Token, err error) {
	secret = newSecret()
	token, err = insertToken(ctx, a, by, n, func(row *tokenRow) { row.Hash = digest(secret) })
	if err != nil {
		return "", Token{}, err
	}
	return secret, token, nil
}

// insertToken makes a token; identify says what it is known by.
func insertToken(ctx context.Context, a *Accounts, by Identity, n NewToken, identify func(*tokenRow)) (Token, error) {
	row, err := newTokenRow(by, n)
	if err != nil {
		return Token{}, err
	}
	identify(&row)
	err = a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := checkTokens(ctx, a.db, tx, by); err != nil {
			return err
		}
		row.ID = 0 // of an attempt before
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return note(ctx, tx, row.noun()+".create", row.Name, details{"id": row.ID, "scopes": row.Scopes, "expires": row.Expires.Pointer()})
	})
	return row.token(), err
}

// noun is what the record calls a token.
func (r tokenRow) noun() string {
	switch {
	case r.Session:
		return "session"
	case r.App:
		return "app_password"
	}
	return "token"
}

func newTokenRow(by Identity, n NewToken) (tokenRow, error) {
	name, err := parseLabel(n.Name)
	if err != nil {
		return tokenRow{}, err
	}
	scopes, err := ParseScopes(n.Scopes.String())
	if err != nil {
		return tokenRow{}, err
	}
	if len(scopes) == 0 {
		return tokenRow{}, fmt.Errorf("%w: a token needs a scope", ErrInvalid)
	}
	if !by.Scopes.Covers(scopes) {
		return tokenRow{}, fmt.Errorf("%w: %s", ErrScope, scopes)
	}
	expires, err := parseExpiry(n.Expires)
	return tokenRow{UserID: by.User.ID, Name: name, Scopes: scopes.String(), Created: database.Now(), Expires: expires}, err
}

// parseExpiry is nil for never: ErrInvalid.
func parseExpiry(expires *time.Time) (database.Time, error) {
	if expires == nil {
		return database.Time{}, nil
	}
	until := database.At(*expires)
	if _, err := until.Value(); err != nil || !until.After(time.Now()) {
		return database.Time{}, fmt.Errorf("%w: an expiry that is past, or too far away", ErrInvalid)
	}
	return until, nil
}

// checkTokens locks the user and reports whether by may still make a token, and the user have one more.
func checkTokens(ctx context.Context, db *database.DB, tx bun.Tx, by Identity) error {
	if _, err := findUser(ctx, db.ForUpdate(tx.NewSelect().Where("id = ?", by.User.ID))); err != nil {
		return err
	}
	var present []tokenRow
	err := tx.NewSelect().Model(&present).Column("id", "session").Where("user_id = ?", by.User.ID).Scan(ctx)
	if err != nil {
		return err
	}
	if by.Token != 0 && !slices.ContainsFunc(present, func(r tokenRow) bool { return r.ID == by.Token }) {
		return ErrTokenInvalid
	}
	if len(slices.DeleteFunc(present, func(r tokenRow) bool { return r.Session })) >= maxTokens {
		return fmt.Errorf("%w: more than %d tokens", ErrInvalid, maxTokens)
	}
	return nil
}

// Tokens is the tokens of a user and the sessions that have not ended, newest first.
func (a *Accounts) Tokens(ctx context.Context, user int64) ([]Token, error) {
	var rows []tokenRow
	query := a.db.Read().NewSelect().Model(&rows).Where("user_id = ?", user).Order("id DESC")
	err := query.Where("NOT app AND (NOT session OR expires > ?)", database.Now()).Scan(ctx)
	return tokensOf(rows), err
}

// Revoke ends a session or token of a user: ErrNotFound.
func (a *Accounts) Revoke(ctx context.Context, user, id int64) error {
	return revoke(ctx, a, user, id, false)
}

func revoke(ctx context.Context, a *Accounts, user, id int64, app bool) error {
	return a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row tokenRow
		query := tx.NewSelect().Model(&row).Column("id", "session", "app", "name").Where("user_id = ? AND id = ? AND app = ?", user, id, app)
		if err := a.db.ForUpdate(query).Scan(ctx); err != nil {
			return notFound(err, "token")
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE id = ?", id); err != nil {
			return err
		}
		return note(ctx, tx, row.noun()+".end", row.Name, details{"id": id})
	})
}
