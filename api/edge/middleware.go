package edge

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// headers are on every answer. Contents of files replace some of them.
var headers = http.Header{
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
	"Cache-Control":                {"no-store"},
}

// open is the way in and out of every request: its id, headers, deadlines, what becomes of a panic, and the log.
func (r *Router) open(c *gin.Context) {
	start := time.Now()
	request := r.newRequest(c)
	h := c.Writer.Header()
	h.Set("X-Request-Id", request.ID)
	maps.Copy(h, headers)
	r.watch(c)
	defer r.log(c, request, start)
	defer r.recover(c)
	c.Next()
}

// recover turns a panic of a handler into an answer, and lets http.ErrAbortHandler cut the connection.
func (r *Router) recover(c *gin.Context) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	r.fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
}

// discreet leaves the tokens of public links out of a path: who has one needs nothing else.
func discreet(path string) string {
	for _, before := range []string{"/api/v1/public/", "/s/"} {
		if rest, ok := strings.CutPrefix(path, before); ok {
			_, below, _ := strings.Cut(rest, "/")
			return before + "…/" + below
		}
	}
	return path
}

// log counts the request and writes the access log. The query is left out: it may hold what people search for. An error of status 500 is in the
// log already.
func (r *Router) log(c *gin.Context, request *Request, start time.Time) {
	ctx, status, level := c.Request.Context(), c.Writer.Status(), slog.LevelDebug
	r.requests.Add(1)
	if status >= http.StatusInternalServerError {
		r.failed.Add(1)
	}
	if status >= http.StatusBadRequest {
		level = slog.LevelInfo
	}
	if !r.cfg.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request", request.ID), slog.String("method", c.Request.Method), slog.String("path", discreet(c.Request.URL.Path)),
		slog.Int("status", status), slog.Int("bytes", max(c.Writer.Size(), 0)), slog.Duration("took", time.Since(start)),
		slog.String("address", request.Address), slog.String("user", request.Who.User.Name),
	}
	if request.err != nil && status != http.StatusInternalServerError {
		attrs = append(attrs, slog.Any("err", request.err))
	}
	r.cfg.Log.LogAttrs(ctx, level, "request", attrs...)
}
