package people

import (
	"context"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

func (h *handlers) userRoutes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /users", "list-users", "Accounts by name", edge.Admin), h.listUsers)
	edge.Route(r, edge.Created(edge.Operation("POST /users", "create-user", "Make an account", edge.Admin)), h.createUser)
	edge.Route(r, edge.Operation("GET /users/{name}", "get-user", "One account", edge.Admin), h.getUser)
	edge.Route(r, edge.Operation("PATCH /users/{name}", "update-user", "Change admin, disabled or quota", edge.Admin), h.updateUser)
	edge.Route(r, edge.Operation("DELETE /users/{name}", "delete-user", "Remove an account and everything in its home", edge.Admin), h.deleteUser)
	edge.Route(r, edge.Operation("PUT /users/{name}/password", "set-password", "Set a password; the user's sessions and tokens end", edge.Admin), h.setPassword)
}

type nameInput struct {
	Name string `path:"name" maxLength:"256"`
}

func (h *handlers) listUsers(ctx context.Context, in *edge.Page) (*edge.Body[apitype.Page[apitype.User]], error) {
	users, err := h.accounts.List(ctx, in.After, in.Limit)
	next := ""
	if len(users) == in.Limit {
		next = users[in.Limit-1].Name
	}
	return edge.PageOf(users, next, userJSON), err
}

type newUserInput struct{ Body apitype.NewUser }

func (h *handlers) createUser(ctx context.Context, in *newUserInput) (*edge.Body[apitype.User], error) {
	user, err := h.accounts.Create(ctx, account.NewUser{Name: in.Body.Name, Password: in.Body.Password, Admin: in.Body.Admin, Quota: in.Body.Quota})
	return edge.Answer(userJSON(user), err)
}

func (h *handlers) getUser(ctx context.Context, in *nameInput) (*edge.Body[apitype.User], error) {
	user, err := h.accounts.ByName(ctx, in.Name)
	return edge.Answer(userJSON(user), err)
}

type userChangeInput struct {
	Name string `path:"name" maxLength:"256"`
	Body apitype.UserChange
}

func (h *handlers) updateUser(ctx context.Context, in *userChangeInput) (*edge.Body[apitype.User], error) {
	user, err := h.accounts.Update(ctx, in.Name, account.Change{Admin: in.Body.Admin, Disabled: in.Body.Disabled, Quota: in.Body.Quota})
	return edge.Answer(userJSON(user), err)
}

// deleteUser first disables the account, which the last admin's refuses, then ends its shares and empties its home. It goes on when the
// client does not wait: a half-removed home helps nobody, and asking again ends what was begun.
func (h *handlers) deleteUser(ctx context.Context, in *nameInput) (*edge.Empty, error) {
	ctx = context.WithoutCancel(ctx)
	disabled := true
	user, err := h.accounts.Update(ctx, in.Name, account.Change{Disabled: &disabled})
	if err != nil {
		return nil, err
	}
	if err := h.quit(ctx, user.ID); err != nil {
		return nil, err
	}
	if err := h.catalog.DeleteHome(ctx, user.ID); err != nil {
		return nil, err
	}
	return nil, h.accounts.Delete(ctx, in.Name)
}

type setPasswordInput struct {
	Name string `path:"name" maxLength:"256"`
	Body apitype.Password
}

func (h *handlers) setPassword(ctx context.Context, in *setPasswordInput) (*edge.Empty, error) {
	return nil, h.accounts.SetPassword(ctx, in.Name, in.Body.Password, 0)
}
