package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// History is what was: revisions, trash and the change log.
type History struct{ c *Client }

// Revisions lists the revisions of a file, newest first.
func (h *History) Revisions(ctx context.Context, path string) iter.Seq2[apitype.Revision, error] {
	return all(func(after string) (apitype.Page[apitype.Revision], error) {
		r := request{method: http.MethodGet, path: under("revisions", path), query: paging(after, 0)}
		return call[apitype.Page[apitype.Revision]](ctx, h.c, r)
	})
}

// RestoreRevision makes an old revision the newest, as a new one.
func (h *History) RestoreRevision(ctx context.Context, path string, n int64) (apitype.Entry, error) {
	r := request{method: http.MethodPost, path: under("revisions", path), query: url.Values{"number": {number(n)}}}
	return call[apitype.Entry](ctx, h.c, r)
}

// DeleteRevision deletes an old revision for good.
func (h *History) DeleteRevision(ctx context.Context, path string, n int64) error {
	return h.c.send(ctx, request{method: http.MethodDelete, path: under("revisions", path), query: url.Values{"number": {number(n)}}})
}

// Trash lists what is in the trash, latest first.
func (h *History) Trash(ctx context.Context) iter.Seq2[apitype.Trashed, error] {
	return all(func(after string) (apitype.Page[apitype.Trashed], error) {
		r := request{method: http.MethodGet, path: "/api/v1/trash", query: paging(after, 0)}
		return call[apitype.Page[apitype.Trashed]](ctx, h.c, r)
	})
}

// Restore brings an entry back from the trash, to the path to or, when that is empty, to where it was.
func (h *History) Restore(ctx context.Context, id int64, to string) (apitype.Entry, error) {
	r := request{method: http.MethodPost, path: "/api/v1/trash/" + number(id) + "/restore", json: apitype.Restore{To: to}}
	return call[apitype.Entry](ctx, h.c, r)
}

// Purge deletes an entry of the trash for good.
func (h *History) Purge(ctx context.Context, id int64) error {
	return h.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/trash/" + number(id)})
}

// EmptyTrash deletes everything in the trash for good.
func (h *History) EmptyTrash(ctx context.Context) error {
	return h.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/trash"})
}

// Changes gives at most limit changes after number after. Where there is none yet it waits for one, at most wait.
func (h *History) Changes(ctx context.Context, after int64, limit int, wait time.Duration) (apitype.Changes, error) {
	q := paging(number(after), limit)
	if wait > 0 {
		q.Set("wait", wait.String())
	}
	return call[apitype.Changes](ctx, h.c, request{method: http.MethodGet, path: "/api/v1/changes", query: q})
}

// Watch gives every change after number after, as it happens, until the caller stops, ctx ends or the hive refuses.
// A lost connection is made again, and no change is lost or given twice.
func (h *History) Watch(ctx context.Context, after int64) iter.Seq2[apitype.Change, error] {
	return func(yield func(apitype.Change, error) bool) {
		w := watcher{c: h.c, last: after, yield: yield}
		w.run(ctx)
	}
}
