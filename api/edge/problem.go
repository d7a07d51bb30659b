package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/link"
)

// problem is an error on its way to the client: the body of problem+json and its headers. Its methods are what huma asks
// of an error that it is to write.
type problem struct {
	apitype.Problem
	header http.Header
}

func (p *problem) Error() string { return p.Code + ": " + p.Detail }

func (p *problem) GetStatus() int { return p.Status }

func (p *problem) GetHeaders() http.Header { return p.header }

func (p *problem) ContentType(string) string { return "application/problem+json" }

// newProblem gives the problem of a row for the request of ctx.
func newProblem(ctx context.Context, r row) *problem {
	return &problem{
		Problem: apitype.Problem{
			Type: "about:blank", Title: title(r.status), Status: r.status, Detail: r.detail, Code: r.code,
			RequestID: RequestOf(ctx).ID,
		},
		header: http.Header{},
	}
}

func title(status int) string {
	if status == statusChecksum { // which net/http does not know
		return "Checksum Mismatch"
	}
	return http.StatusText(status)
}

// fieldError is a fault of one place of a request.
type fieldError struct{ location, message string }

func (e *fieldError) Error() string { return e.location + ": " + e.message }

// Invalid is the error of one place of a request, such as "query.mtime".
func Invalid(location, format string, args ...any) error {
	return &fieldError{location, fmt.Sprintf(format, args...)}
}

// talkative are the errors that say themselves what is wrong, wherever they come from.
var talkative = []error{catalog.ErrPath, catalog.ErrNameTooLong, catalog.ErrCursor, catalog.ErrRevision, account.ErrNotFound, account.ErrExists}

// problem finds err in the table of errors. One that is not there is told to the log and, but for its request id, kept
// from the client.
func (r *Router) problem(ctx context.Context, err error) *problem {
	RequestOf(ctx).err = err
	line := lookup(err)
	if line.status == http.StatusInternalServerError {
		r.cfg.Log.ErrorContext(ctx, "request failed", "request", RequestOf(ctx).ID, "err", err)
	}
	p := newProblem(ctx, line)
	if field, ok := errors.AsType[*fieldError](err); ok {
		p.Errors = []apitype.FieldError{{Location: field.location, Message: field.message}}
	}
	if why, ok := errors.AsType[*reason](Explained(err, talkative...)); ok {
		p.Detail = strings.TrimSuffix(p.Detail, ".") + ": " + why.text + "."
	}
	if later, ok := errors.AsType[*account.TooManyAttempts](err); ok {
		p.header.Set("Retry-After", seconds(later.RetryAfter))
	}
	if later, ok := errors.AsType[*link.TooFast](err); ok {
		p.header.Set("Retry-After", seconds(later.RetryAfter))
	}
	if line.status == http.StatusUnauthorized {
		p.header.Set("WWW-Authenticate", "Bearer")
		if RequestOf(ctx).given.user != "" { // never to others: a browser would ask for a password
			p.header.Set("WWW-Authenticate", `Basic realm="hive", charset="UTF-8"`)
		}
	}
	return p
}

func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// contentHeaders belong to an answer that an error takes the place of.
var contentHeaders = []string{"Accept-Ranges", "Content-Disposition", "Content-Encoding", "Content-Length", "ETag", "Last-Modified"}

// fail answers with err. When a part of another answer is out already, the connection is cut: the client must see a broken
// answer and not a short one.
func (r *Router) fail(c *gin.Context, err error) {
	p := r.problem(c.Request.Context(), err)
	if c.Writer.Written() {
		panic(http.ErrAbortHandler)
	}
	h := c.Writer.Header()
	for _, key := range contentHeaders {
		h.Del(key)
	}
	for key, values := range p.header {
		h[key] = values
	}
	h.Set("Content-Type", p.ContentType(""))
	c.Status(p.Status)
	if c.Request.Method != http.MethodHead {
		_ = json.NewEncoder(c.Writer).Encode(p) // a client that is gone needs no answer
	}
}
