package client

import (
	"context"
	"iter"
	"net/http"

	"github.com/melissiproject/hive/api/apitype"
)

// Links are the public URLs of the user.
type Links struct{ c *Client }

// List lists links, those of what is at path where that is not empty.
func (l *Links) List(ctx context.Context, path string) iter.Seq2[apitype.Link, error] {
	return all(func(after string) (apitype.Page[apitype.Link], error) {
		q := paging(after, 0)
		setQuery(q, "path", path)
		return call[apitype.Page[apitype.Link]](ctx, l.c, request{method: http.MethodGet, path: "/api/v1/links", query: q})
	})
}

// Create makes a link.
func (l *Links) Create(ctx context.Context, n apitype.NewLink) (apitype.Link, error) {
	return call[apitype.Link](ctx, l.c, request{method: http.MethodPost, path: "/api/v1/links", json: n})
}

// Set changes what is not nil in change.
func (l *Links) Set(ctx context.Context, id int64, change apitype.LinkChange) (apitype.Link, error) {
	return call[apitype.Link](ctx, l.c, request{method: http.MethodPatch, path: "/api/v1/links/" + number(id), json: change})
}

// Remove ends a link.
func (l *Links) Remove(ctx context.Context, id int64) error {
	return l.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/links/" + number(id)})
}
