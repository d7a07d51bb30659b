package client

import (
	"context"
	"net/http"

	"github.com/melissiproject/hive/api/apitype"
)

const totpPath = "/api/v1/me/totp"

// TOTP tells how the second factor stands.
func (a *Account) TOTP(ctx context.Context) (apitype.TOTP, error) {
	return call[apitype.TOTP](ctx, a.c, request{method: http.MethodGet, path: totpPath})
}

// BeginTOTP makes a secret for an app. Nothing asks for codes before ConfirmTOTP.
func (a *Account) BeginTOTP(ctx context.Context, password string) (apitype.TOTPSecret, error) {
	return call[apitype.TOTPSecret](ctx, a.c, request{method: http.MethodPost, path: totpPath, json: apitype.Password{Password: password}})
}

// ConfirmTOTP turns the second factor on by a first code. The recovery codes are not shown again.
func (a *Account) ConfirmTOTP(ctx context.Context, code string) ([]string, error) {
	in := apitype.TOTPCode{Code: code}
	out, err := call[apitype.RecoveryCodes](ctx, a.c, request{method: http.MethodPut, path: totpPath, json: in, once: true})
	return out.RecoveryCodes, err
}

// EndTOTP turns the second factor off.
func (a *Account) EndTOTP(ctx context.Context, password, code string) error {
	in := apitype.EndTOTP{Password: password, Code: code}
	return a.c.send(ctx, request{method: http.MethodDelete, path: totpPath, json: in, once: true})
}

// AppPasswords lists the app passwords, newest first.
func (a *Account) AppPasswords(ctx context.Context) ([]apitype.AppPassword, error) {
	page, err := call[apitype.Page[apitype.AppPassword]](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/me/app-passwords"})
	return page.Items, err
}

// CreateAppPassword makes a password for a program. It is not shown again.
func (a *Account) CreateAppPassword(ctx context.Context, in apitype.NewAppPassword) (apitype.IssuedAppPassword, error) {
	return call[apitype.IssuedAppPassword](ctx, a.c, request{method: http.MethodPost, path: "/api/v1/me/app-passwords", json: in})
}

// EndAppPassword ends an app password.
func (a *Account) EndAppPassword(ctx context.Context, id int64) error {
	return a.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/me/app-passwords/" + number(id)})
}

// ResetTOTP takes the second factor off a user who lost it.
func (u *Users) ResetTOTP(ctx context.Context, name string) error {
	return u.c.send(ctx, request{method: http.MethodDelete, path: userPath(name) + "/totp"})
}

// Reset makes a code by which a user sets a new password. It is not shown again.
func (u *Users) Reset(ctx context.Context, name string) (apitype.ResetCode, error) {
	return call[apitype.ResetCode](ctx, u.c, request{method: http.MethodPost, path: userPath(name) + "/reset"})
}

// Reset sets a new password by a code of an admin. It needs no token.
func (c *Client) Reset(ctx context.Context, in apitype.Reset) error {
	return c.send(ctx, request{method: http.MethodPost, path: "/api/v1/reset", json: in, public: true})
}
