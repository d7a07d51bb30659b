package client

import (
	"context"
	"net/http"

	"github.com/melissiproject/hive/api/apitype"
)

// Account is what a user does with their own account.
type Account struct{ c *Client }

// Get asks for the account, what it uses and what the token may do.
func (a *Account) Get(ctx context.Context) (apitype.Account, error) {
	return call[apitype.Account](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/account"})
}

// SetPassword changes the password. All other sessions and tokens end.
func (a *Account) SetPassword(ctx context.Context, old, new string) error {
	in := apitype.PasswordChange{Old: old, New: new}
	return a.c.send(ctx, request{method: http.MethodPut, path: "/api/v1/account/password", json: in, once: true})
}

// Tokens lists sessions and tokens, newest first.
func (a *Account) Tokens(ctx context.Context) ([]apitype.Token, error) {
	page, err := call[apitype.Page[apitype.Token]](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/tokens"})
	return page.Items, err
}

// CreateToken makes a token. Its secret is not shown again.
func (a *Account) CreateToken(ctx context.Context, in apitype.NewToken) (apitype.IssuedToken, error) {
	return call[apitype.IssuedToken](ctx, a.c, request{method: http.MethodPost, path: "/api/v1/tokens", json: in})
}

// RevokeToken ends a session or token.
func (a *Account) RevokeToken(ctx context.Context, id int64) error {
	return a.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/tokens/" + number(id)})
}

// Devices lists the devices of the user.
func (a *Account) Devices(ctx context.Context) ([]apitype.Device, error) {
	page, err := call[apitype.Page[apitype.Device]](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/devices"})
	return page.Items, err
}

// RemoveDevice forgets a device and ends its tokens.
func (a *Account) RemoveDevice(ctx context.Context, id int64) error {
	return a.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/devices/" + number(id)})
}
