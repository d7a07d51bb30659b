package people

import (
	"context"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

// codes are the routes about registration codes.
type codes struct{ *account.Codes }

func (h codes) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /registration-codes", "list-codes", "Registration codes", edge.Admin), h.listCodes)
	edge.Route(r, edge.Created(edge.Operation("POST /registration-codes", "create-code", "Make a registration code; its secret is shown this once", edge.Admin)), h.createCode)
	edge.Route(r, edge.Operation("DELETE /registration-codes/{id}", "revoke-code", "End a registration code", edge.Admin), h.revokeCode)
}

func (h codes) listCodes(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.RegistrationCode]], error) {
	codes, err := h.List(ctx)
	return edge.PageOf(codes, "", codeJSON), err
}

type codeInput struct {
	Body apitype.NewRegistrationCode
}

func (h codes) createCode(ctx context.Context, in *codeInput) (*edge.Body[apitype.IssuedCode], error) {
	secret, code, err := h.Make(ctx, edge.Who(ctx).User.ID, in.Body.Uses, in.Body.Expires)
	return edge.Answer(apitype.IssuedCode{Secret: secret, Code: codeJSON(code)}, err)
}

func (h codes) revokeCode(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, h.Revoke(ctx, in.ID)
}
