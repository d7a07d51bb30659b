package account

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
)

// AppPasswords are for programs that know only a user and a password, as HTTP Basic has them. They are tokens: made by the hive, with
// so much chance in them that nobody guesses one, shown once, each ended by itself. They open no session and do files only.
type AppPasswords struct{ accounts *Accounts }

// AppPasswords are the app passwords of a hive.
func (a *Accounts) AppPasswords() *AppPasswords { return &AppPasswords{a} }

// appScopes is all that an app password can do.
var appScopes = Scopes{ScopeRead, ScopeWrite}

// appChars of base32 are 125 random bits.
const appChars = 25

// appHash is what is stored of an app password; people may type it with or without its dashes. That of a token can never be the same.
func appHash(password string) []byte {
	password = strings.Join(strings.Fields(strings.ReplaceAll(password, "-", "")), "")
	return digest("app " + strings.ToLower(password))
}

// Create makes an app password of the user of by and returns it, this once. Without scopes it has all that it can have. ErrScope,
// ErrInvalid, ErrTokenInvalid as CreateToken.
func (p *AppPasswords) Create(ctx context.Context, by Identity, n NewToken) (password string, token Token, err error) {
	if len(n.Scopes) == 0 {
		n.Scopes = appScopes
	}
	if !appScopes.Covers(n.Scopes) {
		return "", Token{}, fmt.Errorf("%w: an app password has %s at most", ErrInvalid, appScopes)
	}
	password = groups(strings.ToLower(rand.Text()[:appChars]), 5)
	token, err = insertToken(ctx, p.accounts, by, n, func(row *tokenRow) { row.Hash, row.App = appHash(password), true })
	if err != nil {
		return "", Token{}, err
	}
	return password, token, nil
}

// List is the app passwords of a user, newest first.
func (p *AppPasswords) List(ctx context.Context, user int64) ([]Token, error) {
	var rows []tokenRow
	err := p.accounts.db.Read().NewSelect().Model(&rows).Where("user_id = ? AND app", user).Order("id DESC").Scan(ctx)
	return tokensOf(rows), err
}

// Revoke ends an app password of a user: ErrNotFound.
func (p *AppPasswords) Revoke(ctx context.Context, user, id int64) error {
	return revoke(ctx, p.accounts, user, id, true)
}

// Authenticate tells whose app password this is, as Accounts.Authenticate does for tokens. Any other password of the user is
// ErrTokenInvalid: it would take a hash of a password for each request.
func (p *AppPasswords) Authenticate(ctx context.Context, name, password string) (Identity, error) {
	name, err := parseName(name)
	if err != nil || len(password) > passwordBytes {
		return Identity{}, fmt.Errorf("%w: no app password", ErrTokenInvalid)
	}
	return identify(ctx, p.accounts, appHash(password), func(t tokenRow, u userRow) bool { return t.App && u.Name == name })
}

// tokensOf renders rows.
func tokensOf(rows []tokenRow) []Token {
	tokens := make([]Token, len(rows))
	for i, row := range rows {
		tokens[i] = row.token()
	}
	return tokens
}
