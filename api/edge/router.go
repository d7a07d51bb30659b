// Package edge is what every request of the HTTP API passes on its way in and out.
//
// It owns routing, sign-in by token or cookie, who may use a route, deadlines, headers, request ids, the access log, the one
// table from errors to statuses, and the OpenAPI document. It does not know what the routes do: packages people and files
// register them here.
//
// A route is either of JSON (Route), which huma checks against the document, or raw (Router.Raw): a Gin handler for bodies
// and streams, only described to huma. Handlers return errors; nobody but this package writes one.
package edge

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/audit"
)

// Router has the routes and answers requests. Register all routes before the first request; then it is safe for
// concurrent use.
type Router struct {
	accounts *account.Accounts
	cfg      Config
	gin      *gin.Engine
	huma     huma.API
	origin   *http.CrossOriginProtection
	proxies  []netip.Prefix
	document func() ([]byte, error)
	streams  streams
	page     func(http.ResponseWriter, *http.Request) bool
	requests atomic.Int64
	failed   atomic.Int64 // by the hive: a status of 500 and more
}

// New returns a router without routes.
func New(accounts *account.Accounts, cfg Config) (*Router, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	replaceHumaErrors()
	r := &Router{accounts: accounts, cfg: cfg.withDefaults(), gin: gin.New(), origin: http.NewCrossOriginProtection()}
	r.proxies, _ = cfg.proxies() // Validate has parsed them
	if err := r.gin.SetTrustedProxies(cfg.TrustedProxies); err != nil {
		return nil, err
	}
	r.gin.RedirectTrailingSlash = false
	r.gin.HandleMethodNotAllowed = true
	r.gin.Use(r.open)
	r.gin.NoRoute(func(c *gin.Context) {
		if strings.HasPrefix(c.Request.URL.Path, "/api/") || r.page == nil || !r.page(c.Writer, c.Request) {
			r.fail(c, errNoRoute)
		}
	})
	r.gin.NoMethod(func(c *gin.Context) { r.fail(c, errNoMethod) })
	r.huma = r.newHuma()
	r.document = sync.OnceValues(r.marshalDocument)
	return r, nil
}

// ServeHTTP answers one request.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.gin.ServeHTTP(w, req) }

// Close ends the contexts of Stream, and refuses new ones. Other requests go on.
func (r *Router) Close() { r.streams.close() }

// Counts is how many requests there were, and how many of them the hive failed.
func (r *Router) Counts() (requests, failed int64) { return r.requests.Load(), r.failed.Load() }

// Stream gives a context for an answer that may go on for ever. It ends with parent and, with a cause that becomes a
// refusal, when the router is closed. The caller calls done.
func (r *Router) Stream(parent context.Context) (ctx context.Context, done func()) {
	return r.streams.context(parent)
}

// Route registers a handler of JSON. The fields of I and O are those of huma.
func Route[I, O any](r *Router, op huma.Operation, h func(context.Context, *I) (*O, error)) {
	op.BodyReadTimeout = r.cfg.Stall // as stall.go has it: huma's own would cut its connection while a handler works
	huma.Register(r.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, r.problem(ctx, err)
		}
		return out, nil
	})
}

// Raw registers a handler of bodies and streams. It describes itself by parts, for huma does not see it.
func (r *Router) Raw(op huma.Operation, h func(*gin.Context) error, parts ...Part) {
	r.describe(&op, parts)
	r.handle(&op, h)
}

// Page sets what is asked about requests that no route is for. It answers those that are its own and says whether it did.
func (r *Router) Page(serve func(http.ResponseWriter, *http.Request) bool) { r.page = serve }

// Routes gives every route that is served as "METHOD path", in the words of the document.
func (r *Router) Routes() []string {
	var out []string
	for _, route := range r.gin.Routes() {
		out = append(out, route.Method+" "+documentPath(route.Path))
	}
	return out
}

// handle registers h for op, behind op's access.
func (r *Router) handle(op *huma.Operation, h func(*gin.Context) error) {
	allowed, _ := op.Metadata[accessKey].(Access)
	if action, ok := op.Metadata[actionKey].(string); ok {
		h = r.noted(action, h)
	}
	r.gin.Handle(op.Method, ginPath(op.Path), func(c *gin.Context) {
		err := r.admit(c, allowed)
		if err == nil {
			err = withoutNUL(c)
		}
		if err == nil {
			err = h(c)
		}
		if err != nil {
			r.fail(c, err)
		}
	})
}

// noted records what h does as an action. Where h has no transaction that the record could be in, it follows.
func (r *Router) noted(action string, h func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		var target []string
		for _, param := range c.Params {
			target = append(target, strings.TrimPrefix(param.Value, "/"))
		}
		ctx := audit.Doing(c.Request.Context(), audit.Event{Action: action, Target: strings.Join(target, " ")})
		c.Request = c.Request.WithContext(ctx)
		if err := h(c); err != nil || c.Writer.Status() >= http.StatusBadRequest {
			return err
		}
		if r.cfg.Audit == nil {
			return nil
		}
		if err := r.cfg.Audit.Finish(context.WithoutCancel(ctx)); err != nil {
			r.cfg.Log.ErrorContext(ctx, "done and not recorded", "action", action, "err", err)
		}
		return nil
	}
}

// adapter makes huma's routes Gin's.
type adapter struct{ *Router }

// Handle implements huma.Adapter.
func (a adapter) Handle(op *huma.Operation, handle func(huma.Context)) {
	a.handle(op, func(c *gin.Context) error {
		handle(humagin.NewContext(op, c))
		return nil
	})
}
