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
	also   account.Scope // and this
	public bool          // no token is needed
	admin  bool          // the user must be an admin
}

// Kinds of access.
var (
	Public    = Access{public: true}
	SignedIn  = Access{}
	Read      = Access{scope: account.ScopeRead}
	Write     = Access{scope: account.ScopeWrite}
	ReadWrite = Access{scope: account.ScopeWrite, also: account.ScopeRead} // what a delta makes tells what it is from
	Share     = ReadWrite                                                  // who shares lets others read
	Account   = Access{scope: account.ScopeAccount}
	Admin     = Access{scope: account.ScopeAdmin, admin: true}
)

// accessKey is where an operation keeps its access.
const accessKey = "access"

// cookieName is the cookie of a session.
const cookieName = "hive_session"

// admit lets a request in by its credential, or says why not. A request without a token of its own may be that of a browser, which
// sends cookies and passwords unasked: it must come from our own pages.
func (r *Router) admit(c *gin.Context, need Access) error {
	if kind, _, _ := strings.Cut(c.GetHeader("Authorization"), " "); !strings.EqualFold(kind, "Bearer") {
		if err := r.origin.Check(c.Request); err != nil {
			return fmt.Errorf("%w: %w", errCrossOrigin, err)
		}
	}
	if need.public {
		return nil
	}
	given, err := credentialOf(c.Request)
	if err != nil {
		return err
	}
	request := RequestOf(c.Request.Context())
	request.given, request.need, request.still = given, need, r.Recheck
	request.Who, err = r.authenticate(c.Request.Context(), given, need)
	return err
}

// Recheck says whether the request of ctx may still go on: its token may have been revoked since it began.
func (r *Router) Recheck(ctx context.Context) error {
	request := RequestOf(ctx)
	_, err := r.authenticate(ctx, request.given, request.need)
	return err
}

func (r *Router) authenticate(ctx context.Context, given credential, need Access) (who account.Identity, err error) {
	if given.user != "" {
		who, err = r.accounts.AppPasswords().Authenticate(ctx, given.user, given.secret)
	} else {
		who, err = r.accounts.Authenticate(ctx, given.secret)
	}
	switch {
	case err != nil:
	case need.admin && !who.User.Admin:
		err = errAdminOnly
	case need.scope != "" && !who.Scopes.Has(need.scope), need.also != "" && !who.Scopes.Has(need.also):
		err = account.ErrScope
	}
	return who, err
}

// MayRead refuses a request whose token may not read: account.ErrScope. It is for what reads, or lets others read, only by what is
// asked for.
func MayRead(ctx context.Context) error {
	if !Who(ctx).Scopes.Has(account.ScopeRead) {
		return account.ErrScope
	}
	return nil
}

// credential is a token, or a user with an app password.
type credential struct{ user, secret string }

// credentialOf finds the credential of a request, in the Authorization header or the cookie. Never in the query: queries end up
// in logs.
func credentialOf(req *http.Request) (credential, error) {
	if user, password, ok := req.BasicAuth(); ok && user != "" && !strings.ContainsRune(user, 0) {
		return credential{user, password}, nil
	}
	if header := req.Header.Get("Authorization"); header != "" {
		kind, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(kind, "Bearer") {
			return credential{}, fmt.Errorf("%w: neither a bearer token nor a user with an app password", account.ErrTokenInvalid)
		}
		return credential{secret: strings.TrimSpace(secret)}, nil
	}
	cookie, err := req.Cookie(cookieName)
	if err != nil {
		return credential{}, fmt.Errorf("%w: none given", account.ErrTokenInvalid)
	}
	return credential{secret: cookie.Value}, nil
}

// SessionCookie is the Set-Cookie header that carries secret until expires, or ends the session when secret is empty.
func SessionCookie(ctx context.Context, secret string, expires *time.Time) string {
	return Cookie(ctx, http.Cookie{Name: cookieName, Value: secret, Path: "/"}, expires)
}

// Cookie is the Set-Cookie header of a cookie that is for our own pages and no script, until expires. One without a value ends.
func Cookie(ctx context.Context, cookie http.Cookie, expires *time.Time) string {
	cookie.HttpOnly, cookie.Secure, cookie.SameSite = true, RequestOf(ctx).secure, http.SameSiteStrictMode
	if expires != nil {
		cookie.Expires = *expires
	}
	if cookie.Value == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}
