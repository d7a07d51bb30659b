package people

import (
	"context"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

func (h *handlers) sessionRoutes(r *edge.Router) {
	edge.Route(r, edge.Operation("POST /login", "login", "Open a session and get its bearer token", edge.Public), h.login)
	edge.Route(r, edge.Operation("POST /session", "open-session", "Open a session and get its cookie", edge.Public), h.openSession)
	edge.Route(r, edge.Operation("DELETE /session", "close-session", "End the present session or token", edge.SignedIn), h.closeSession)
	edge.Route(r, edge.Created(edge.Operation("POST /register", "register", "Make an account, where the hive lets people register", edge.Public)), h.register)
}

type loginInput struct{ Body apitype.Login }

// cookieOutput is an answer that sets or ends the session cookie.
type cookieOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Body      apitype.Session
}

func (h *handlers) login(ctx context.Context, in *loginInput) (*edge.Body[apitype.Session], error) {
	secret, session, err := h.signIn(ctx, in.Body)
	session.Token = secret
	return edge.Answer(session, err)
}

func (h *handlers) openSession(ctx context.Context, in *loginInput) (*cookieOutput, error) {
	secret, session, err := h.signIn(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return &cookieOutput{edge.SessionCookie(ctx, secret, session.Expires), session}, nil
}

// signIn opens a session.
func (h *handlers) signIn(ctx context.Context, in apitype.Login) (string, apitype.Session, error) {
	secret, token, user, err := h.accounts.Login(ctx, account.Login{
		Name: in.User, Password: in.Password, Code: in.TOTP, Device: in.Device, Address: edge.RequestOf(ctx).Address,
	})
	return secret, apitype.Session{Expires: token.Expires, User: userJSON(user)}, err
}

// closedSession ends the cookie too.
type closedSession struct {
	SetCookie string `header:"Set-Cookie"`
}

func (h *handlers) closeSession(ctx context.Context, _ *edge.Empty) (*closedSession, error) {
	who := edge.Who(ctx)
	err := h.accounts.Revoke(ctx, who.User.ID, who.Token)
	return &closedSession{edge.SessionCookie(ctx, "", nil)}, err
}

type registerInput struct{ Body apitype.Registration }

func (h *handlers) register(ctx context.Context, in *registerInput) (*edge.Body[apitype.User], error) {
	user, err := h.accounts.Register(ctx, in.Body.User, in.Body.Password, in.Body.Code)
	return edge.Answer(userJSON(user), err)
}
