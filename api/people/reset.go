package people

import (
	"context"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

// resets are the routes about codes for new passwords.
type resets struct{ *account.Resets }

func (h resets) routes(r *edge.Router) {
	edge.Route(r, edge.Created(edge.Operation("POST /users/{name}/reset", "create-reset", "Make a code by which a user sets a new password; it is shown this once", edge.Admin)), h.create)
	edge.Route(r, edge.Operation("POST /reset", "reset-password", "Set a new password by a code of an admin; sessions and tokens end", edge.Public), h.use)
}

func (h resets) create(ctx context.Context, in *nameInput) (*edge.Body[apitype.ResetCode], error) {
	code, expires, err := h.Make(ctx, in.Name)
	return edge.Answer(apitype.ResetCode{Code: code, Expires: expires}, err)
}

type resetInput struct{ Body apitype.Reset }

func (h resets) use(ctx context.Context, in *resetInput) (*edge.Empty, error) {
	return nil, h.Use(ctx, in.Body.User, in.Body.Code, in.Body.Password, edge.RequestOf(ctx).Address)
}
