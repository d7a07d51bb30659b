package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// Admin is what who runs a hive asks of it.
type Admin struct{ c *Client }

// AuditQuery narrows the record of who did what. What is zero does not narrow.
type AuditQuery struct {
	Actor  string
	Action string // with a dot at its end: all that begin so
	Target string
	Since  time.Time
	Until  time.Time
}

// AuditPage lists who did what, newest first, at most limit after the cursor; 0 is the hive's default.
func (a *Admin) AuditPage(ctx context.Context, q AuditQuery, after string, limit int) (apitype.Page[apitype.AuditRecord], error) {
	query := paging(after, limit)
	setQuery(query, "actor", q.Actor)
	setQuery(query, "action", q.Action)
	setQuery(query, "target", q.Target)
	setTime(query, "since", q.Since)
	setTime(query, "until", q.Until)
	return call[apitype.Page[apitype.AuditRecord]](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/audit", query: query})
}

// Audit lists who did what, newest first.
func (a *Admin) Audit(ctx context.Context, q AuditQuery) iter.Seq2[apitype.AuditRecord, error] {
	return all(func(after string) (apitype.Page[apitype.AuditRecord], error) { return a.AuditPage(ctx, q, after, 0) })
}

const settingsPath = "/api/v1/settings"

// Settings asks for what may change while the hive runs.
func (a *Admin) Settings(ctx context.Context) (apitype.Settings, error) {
	return call[apitype.Settings](ctx, a.c, request{method: http.MethodGet, path: settingsPath})
}

// ChangeSettings changes what is not nil, and gives what holds then.
func (a *Admin) ChangeSettings(ctx context.Context, in apitype.SettingsChange) (apitype.Settings, error) {
	return call[apitype.Settings](ctx, a.c, request{method: http.MethodPatch, path: settingsPath, json: in})
}

// StatisticsQuery says which numbers are wanted. What is zero is as the hive has it: all, of the last day.
type StatisticsQuery struct {
	Names    []string // one that ends in "/" stands for all that begin so
	From, To time.Time
	Points   int // at most so many of each
}

// Statistics asks how the hive was over time.
func (a *Admin) Statistics(ctx context.Context, q StatisticsQuery) (apitype.Statistics, error) {
	query := url.Values{}
	setQuery(query, "names", strings.Join(q.Names, ","))
	setTime(query, "from", q.From)
	setTime(query, "to", q.To)
	if q.Points > 0 {
		query.Set("points", strconv.Itoa(q.Points))
	}
	return call[apitype.Statistics](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/statistics", query: query})
}

func setTime(q url.Values, key string, at time.Time) {
	if !at.IsZero() {
		q.Set(key, at.UTC().Format(time.RFC3339Nano))
	}
}

// Health asks how the hive is, part by part.
func (a *Admin) Health(ctx context.Context) (apitype.Health, error) {
	return call[apitype.Health](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/health"})
}

// Shares lists all shares that go on, of all users.
func (a *Admin) Shares(ctx context.Context) ([]apitype.ShareOverview, error) {
	page, err := call[apitype.Page[apitype.ShareOverview]](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/overview/shares"})
	return page.Items, err
}

// Pending lists all that waits for other hives.
func (a *Admin) Pending(ctx context.Context) ([]apitype.Pending, error) {
	page, err := call[apitype.Page[apitype.Pending]](ctx, a.c, request{method: http.MethodGet, path: "/api/v1/overview/pending"})
	return page.Items, err
}
