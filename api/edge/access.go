package edge

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/account"
)

// Access says who may use a route. The zero value is: everyone who is signed in.
type Access struct {
	scope  account.Scope // the token needs it; empty for none
	public bool          // no token is needed
	admin  bool          // the user must be an admin
}

// Kinds of access.
var (
	Public   = Access{public: true}
	SignedIn = Access{}
	Read     = Access{scope: account.ScopeRead}
	Write    = Access{scope: account.ScopeWrite}
	Account  = Access{scope: account.ScopeAccount}
	Admin    = Access{scope: account.ScopeAdmin, admin: true}
)

// accessKey is where an operation keeps its access.
const accessKey = "access"

// cookieName is the cookie of a session.
const cookieName = "hive_session"

// admit lets a request in by its credential, or says why not. A request without a token of its own is that of a browser:
// it must come from our own pages.
func (r *Router) admit(c *gin.Context, need Access) error {
	if c.GetHeader("Authorization") == "" {
		if err := r.origin.Check(c.Request); err != nil {
			return fmt.Errorf("%w: %w", errCrossOrigin, err)
		}
	}
	if need.public {
		return nil
	}
	secret, err := credential(c.Request)
	if err != nil {
		return err
	}
	request := RequestOf(c.Request.Context())
	request.secret, request.need = secret, need
	request.Who, err = r.authenticate(c.Request.Context(), secret, need)
	return err
}

// Recheck says whether the request of ctx may still go on: its token may have been revoked since it began.
func (r *Router) Recheck(ctx context.Context) error {
	request := RequestOf(ctx)
	_, err := r.authenticate(ctx, request.secret, request.need)
	return err
}

func (r *Router) authenticate(ctx context.Context, secret string, need Access) (account.Identity, error) {
	who, err := r.accounts.Authenticate(ctx, secret)
	switch {
	case err != nil:
	case need.admin && !who.User.Admin:
		err = errAdminOnly
	case need.scope != "" && !who.Scopes.Has(need.scope):
		err = account.ErrScope
	}
	return who, err
}

// credential finds the token of a request, in the Authorization header or the cookie. Never in the query: queries end up
// in logs.
func credential(req *http.Request) (string, error) {
	if header := req.Header.Get("Authorization"); header != "" {
		kind, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(kind, "Bearer") {
			return "", fmt.Errorf("%w: not a bearer token", account.ErrTokenInvalid)
		}
		return strings.TrimSpace(secret), nil
	}
	cookie, err := req.Cookie(cookieName)
	if err != nil {
		return "", fmt.Errorf("%w: none given", account.ErrTokenInvalid)
	}
	return cookie.Value, nil
}

// SessionCookie is the Set-Cookie header that carries secret until expires, or ends the session when secret is empty.
func SessionCookie(ctx context.Context, secret string, expires *time.Time) string {
	cookie := http.Cookie{
		Name: cookieName, Value: secret, Path: "/",
		HttpOnly: true, Secure: RequestOf(ctx).secure, SameSite: http.SameSiteStrictMode,
	}
	if expires != nil {
		cookie.Expires = *expires
	}
	if secret == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}
