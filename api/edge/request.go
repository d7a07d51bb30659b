package edge

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/audit"
)

// Request is what is known of the request that a context belongs to.
type Request struct {
	ID      string           // names it in the log and in a problem
	Address string           // of the client, by way of trusted proxies
	Who     account.Identity // once it is admitted

	secure bool       // the client speaks TLS
	given  credential // of Who
	need   Access     // what it was admitted for
	err    error      // what it failed with

	still func(context.Context) error // whether it may go on; nil where that cannot end
}

type requestKey struct{}

// RequestOf gives the request that ctx belongs to.
func RequestOf(ctx context.Context) *Request {
	if request, ok := ctx.Value(requestKey{}).(*Request); ok {
		return request
	}
	return &Request{}
}

// While has the request of ctx cut when still, which is asked now and then while bytes pass, gives an error. It is for routes that
// need no token.
func While(ctx context.Context, still func(context.Context) error) { RequestOf(ctx).still = still }

// Who gives the identity of the request that ctx belongs to.
func Who(ctx context.Context) account.Identity { return RequestOf(ctx).Who }

// newRequest puts a Request in the context of c.
func (r *Router) newRequest(c *gin.Context) *Request {
	request := &Request{ID: rand.Text(), Address: c.ClientIP(), secure: secure(c, r.proxies)}
	c.Request = c.Request.WithContext(requestContext{c.Request.Context(), request})
	return request
}

// requestContext is the context of a request. It says who acts, for the record.
type requestContext struct {
	context.Context //nolint:containedctx // it is one
	request         *Request
}

// Value implements context.Context.
func (c requestContext) Value(key any) any {
	switch key {
	case requestKey{}:
		return c.request
	case audit.Key{}:
		user := c.request.Who.User
		return audit.Origin{User: user.ID, Name: user.Name, Address: c.request.Address}
	}
	return c.Context.Value(key)
}

// secure says whether the client speaks TLS, to us or to a trusted proxy before us.
func secure(c *gin.Context, proxies []netip.Prefix) bool {
	if c.Request.TLS != nil {
		return true
	}
	if !strings.EqualFold(c.GetHeader("X-Forwarded-Proto"), "https") {
		return false
	}
	addr, err := netip.ParseAddr(c.RemoteIP())
	if err != nil {
		return false
	}
	for _, proxy := range proxies {
		if proxy.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}
