package people

import (
	"context"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

func (h *handlers) accountRoutes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /account", "get-account", "Own account, what it uses and what the token may do", edge.SignedIn), h.getAccount)
	edge.Route(r, edge.Operation("PUT /account/password", "change-password", "Change the own password; other sessions and tokens end", edge.Account), h.changePassword)
	edge.Route(r, edge.Operation("GET /tokens", "list-tokens", "Own sessions and tokens, newest first", edge.Account), h.listTokens)
	edge.Route(r, edge.Created(edge.Operation("POST /tokens", "create-token", "Make a token; its secret is shown this once", edge.Account)), h.createToken)
	edge.Route(r, edge.Operation("DELETE /tokens/{id}", "revoke-token", "End a session or token", edge.Account), h.revokeToken)
	edge.Route(r, edge.Operation("GET /devices", "list-devices", "Own devices", edge.Account), h.listDevices)
	edge.Route(r, edge.Operation("DELETE /devices/{id}", "remove-device", "Forget a device and end its tokens", edge.Account), h.removeDevice)
}

func (h *handlers) getAccount(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Account], error) {
	who := edge.Who(ctx)
	usage, err := h.catalog.Usage(ctx, who.User.ID)
	return edge.Answer(apitype.Account{User: userJSON(who.User), Usage: usageJSON(usage), Scopes: scopesJSON(who.Scopes)}, err)
}

type passwordInput struct{ Body apitype.PasswordChange }

func (h *handlers) changePassword(ctx context.Context, in *passwordInput) (*edge.Empty, error) {
	who := edge.Who(ctx)
	if err := h.accounts.CheckPassword(ctx, who.User.Name, in.Body.Old, edge.RequestOf(ctx).Address); err != nil {
		return nil, err
	}
	return nil, h.accounts.SetPassword(ctx, who.User.Name, in.Body.New, who.Token)
}

func (h *handlers) listTokens(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Token]], error) {
	who := edge.Who(ctx)
	tokens, err := h.accounts.Tokens(ctx, who.User.ID)
	return edge.PageOf(tokens, "", func(t account.Token) apitype.Token { return tokenJSON(t, who.Token) }), err
}

type tokenInput struct{ Body apitype.NewToken }

func (h *handlers) createToken(ctx context.Context, in *tokenInput) (*edge.Body[apitype.IssuedToken], error) {
	who := edge.Who(ctx)
	secret, token, err := h.accounts.CreateToken(ctx, who, account.NewToken{Name: in.Body.Name, Scopes: scopesOf(in.Body.Scopes), Expires: in.Body.Expires})
	return edge.Answer(apitype.IssuedToken{Secret: secret, Token: tokenJSON(token, who.Token)}, err)
}

func (h *handlers) revokeToken(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, h.accounts.Revoke(ctx, edge.Who(ctx).User.ID, in.ID)
}

func (h *handlers) listDevices(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Device]], error) {
	devices, err := h.accounts.Devices(ctx, edge.Who(ctx).User.ID)
	return edge.PageOf(devices, "", deviceJSON), err
}

func (h *handlers) removeDevice(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, h.accounts.RemoveDevice(ctx, edge.Who(ctx).User.ID, in.ID)
}
