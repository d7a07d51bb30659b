package client

import (
	"context"
	"iter"
	"net/http"

	"github.com/melissiproject/hive/api/apitype"
)

// Users is what an admin does with accounts and registration codes.
type Users struct{ c *Client }

// Page lists accounts by name, at most limit of them after the name after; 0 is the hive's default.
func (u *Users) Page(ctx context.Context, after string, limit int) (apitype.Page[apitype.User], error) {
	return call[apitype.Page[apitype.User]](ctx, u.c, request{method: http.MethodGet, path: "/api/v1/users", query: paging(after, limit)})
}

// All lists every account by name.
func (u *Users) All(ctx context.Context) iter.Seq2[apitype.User, error] {
	return all(func(after string) (apitype.Page[apitype.User], error) { return u.Page(ctx, after, 0) })
}

// Get asks for one account.
func (u *Users) Get(ctx context.Context, name string) (apitype.User, error) {
	return call[apitype.User](ctx, u.c, request{method: http.MethodGet, path: userPath(name)})
}

// Create makes an account.
func (u *Users) Create(ctx context.Context, in apitype.NewUser) (apitype.User, error) {
	return call[apitype.User](ctx, u.c, request{method: http.MethodPost, path: "/api/v1/users", json: in})
}

// Update changes what is not nil.
func (u *Users) Update(ctx context.Context, name string, in apitype.UserChange) (apitype.User, error) {
	return call[apitype.User](ctx, u.c, request{method: http.MethodPatch, path: userPath(name), json: in})
}

// SetPassword sets a password and ends all sessions and tokens of the user.
func (u *Users) SetPassword(ctx context.Context, name, password string) error {
	in := apitype.Password{Password: password}
	return u.c.send(ctx, request{method: http.MethodPut, path: userPath(name) + "/password", json: in})
}

// Delete removes an account and everything in its home.
func (u *Users) Delete(ctx context.Context, name string) error {
	return u.c.send(ctx, request{method: http.MethodDelete, path: userPath(name)})
}

// Codes lists the registration codes.
func (u *Users) Codes(ctx context.Context) ([]apitype.RegistrationCode, error) {
	page, err := call[apitype.Page[apitype.RegistrationCode]](ctx, u.c, request{method: http.MethodGet, path: "/api/v1/registration-codes"})
	return page.Items, err
}

// CreateCode makes a registration code. Its secret is not shown again.
func (u *Users) CreateCode(ctx context.Context, in apitype.NewRegistrationCode) (apitype.IssuedCode, error) {
	return call[apitype.IssuedCode](ctx, u.c, request{method: http.MethodPost, path: "/api/v1/registration-codes", json: in})
}

// RevokeCode ends a registration code.
func (u *Users) RevokeCode(ctx context.Context, id int64) error {
	return u.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/registration-codes/" + number(id)})
}

func userPath(name string) string { return "/api/v1/users/" + name }
