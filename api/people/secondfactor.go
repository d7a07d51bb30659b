package people

import (
	"context"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

// factors are the routes about second factors and app passwords.
type factors struct {
	accounts *account.Accounts
	name     func() string // of the hive
}

func (h factors) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /me/totp", "get-totp", "Whether signing in needs a code too", edge.Account), h.getFactor)
	edge.Route(r, edge.Operation("POST /me/totp", "begin-totp", "Make a secret for codes; nothing asks for them before the first was given", edge.Account), h.beginFactor)
	edge.Route(r, edge.Operation("PUT /me/totp", "confirm-totp", "Turn codes on by a first one; the recovery codes are shown this once", edge.Account), h.confirmFactor)
	edge.Route(r, edge.Operation("DELETE /me/totp", "end-totp", "Turn codes off", edge.Account), h.endFactor)
	edge.Route(r, edge.Operation("DELETE /users/{name}/totp", "reset-totp", "Take the second factor off a user who lost it", edge.Admin), h.resetFactor)
	edge.Route(r, edge.Operation("GET /me/app-passwords", "list-app-passwords", "Own app passwords, newest first", edge.Account), h.listAppPasswords)
	edge.Route(r, edge.Created(edge.Operation("POST /me/app-passwords", "create-app-password", "Make a password for a program; it is shown this once", edge.Account)), h.createAppPassword)
	edge.Route(r, edge.Operation("DELETE /me/app-passwords/{id}", "end-app-password", "End an app password", edge.Account), h.endAppPassword)
}

func (h factors) getFactor(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.TOTP], error) {
	f, err := h.accounts.TOTP().Of(ctx, edge.Who(ctx).User)
	out := apitype.TOTP{On: f.On, RecoveryCodesLeft: f.Left}
	if f.On {
		out.Since = &f.Since
	}
	return edge.Answer(out, err)
}

type beginFactorInput struct{ Body apitype.Password }

func (h factors) beginFactor(ctx context.Context, in *beginFactorInput) (*edge.Body[apitype.TOTPSecret], error) {
	secret, err := h.accounts.TOTP().Begin(ctx, edge.Who(ctx).User, in.Body.Password, edge.RequestOf(ctx).Address, h.name())
	return edge.Answer(apitype.TOTPSecret{Secret: secret.Text, URI: secret.URI}, err)
}

type confirmFactorInput struct{ Body apitype.TOTPCode }

func (h factors) confirmFactor(ctx context.Context, in *confirmFactorInput) (*edge.Body[apitype.RecoveryCodes], error) {
	codes, err := h.accounts.TOTP().Confirm(ctx, edge.Who(ctx).User, in.Body.Code, edge.RequestOf(ctx).Address)
	return edge.Answer(apitype.RecoveryCodes{RecoveryCodes: codes}, err)
}

type endFactorInput struct{ Body apitype.EndTOTP }

func (h factors) endFactor(ctx context.Context, in *endFactorInput) (*edge.Empty, error) {
	return nil, h.accounts.TOTP().End(ctx, edge.Who(ctx).User, in.Body.Password, in.Body.Code, edge.RequestOf(ctx).Address)
}

func (h factors) resetFactor(ctx context.Context, in *nameInput) (*edge.Empty, error) {
	return nil, h.accounts.TOTP().Reset(ctx, in.Name)
}

func (h factors) listAppPasswords(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.AppPassword]], error) {
	list, err := h.accounts.AppPasswords().List(ctx, edge.Who(ctx).User.ID)
	return edge.PageOf(list, "", appPasswordJSON), err
}

type appPasswordInput struct{ Body apitype.NewAppPassword }

func (h factors) createAppPassword(ctx context.Context, in *appPasswordInput) (*edge.Body[apitype.IssuedAppPassword], error) {
	n := account.NewToken{Name: in.Body.Name, Scopes: scopesOf(in.Body.Scopes), Expires: in.Body.Expires}
	password, token, err := h.accounts.AppPasswords().Create(ctx, edge.Who(ctx), n)
	return edge.Answer(apitype.IssuedAppPassword{AppPassword: appPasswordJSON(token), Password: password}, err)
}

func (h factors) endAppPassword(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, h.accounts.AppPasswords().Revoke(ctx, edge.Who(ctx).User.ID, in.ID)
}

func appPasswordJSON(t account.Token) apitype.AppPassword {
	return apitype.AppPassword{
		ID: t.ID, Name: t.Name, Scopes: scopesJSON(t.Scopes), Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed, Address: t.Address,
	}
}
