// Package links holds the routes of public links: those of their owners, and those under /public for who has a token and no
// account.
//
// It owns what strangers get to see, and headers that keep what they get from acting on this origin. What a link allows is
// sharing/link's.
package links

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog/thumbnail"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/sharing/link"
)

// owner are the routes of /links.
type owner struct {
	links *link.Links
	url   string // of the hive
}

// Config of the routes.
type Config struct {
	URL        string                // where people reach the hive
	Thumbnails *thumbnail.Thumbnails // nil for none
}

// Register adds the routes to r.
func Register(r *edge.Router, links *link.Links, cfg Config) {
	h := owner{links, cfg.URL}
	edge.Route(r, edge.Operation("GET /links", "list-links", "The user's links, or those of one entry, oldest first", edge.Read), h.list)
	edge.Route(r, edge.Created(edge.Noted("link.create", edge.Operation("POST /links", "create-link", "Make a public link", edge.Write))), h.create)
	edge.Route(r, edge.Noted("link.update", edge.Operation("PATCH /links/{id}", "update-link", "Change a link", edge.Write)), h.update)
	edge.Route(r, edge.Noted("link.delete", edge.Operation("DELETE /links/{id}", "delete-link", "End a link", edge.Write)), h.remove)
	visitors{links, cfg.Thumbnails}.routes(r)
}

func user(ctx context.Context) int64 { return edge.Who(ctx).User.ID }

func (h owner) json(l link.Link) apitype.Link {
	return apitype.Link{
		ID: l.ID, URL: h.url + "/s/" + l.Token, Path: l.Path, Mode: string(l.Mode), HasPassword: l.Password, Expires: l.Expires,
		Uses: l.Uses, Used: l.Used, Created: l.Created,
	}
}

type listInput struct {
	Path  string `query:"path" doc:"Only links of what is here"`
	After int64  `query:"after" minimum:"0" doc:"Cursor: next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most items to give"`
}

func (h owner) list(ctx context.Context, in *listInput) (*edge.Body[apitype.Page[apitype.Link]], error) {
	list, err := h.links.List(ctx, user(ctx), in.Path, in.After, in.Limit)
	return edge.Numbered(list, in.Limit, h.json, func(l link.Link) int64 { return l.ID }), err
}

type createInput struct{ Body apitype.NewLink }

func (h owner) create(ctx context.Context, in *createInput) (*edge.Body[apitype.Link], error) {
	b := in.Body
	if err := mayGive(ctx, link.Mode(b.Mode)); err != nil {
		return nil, err
	}
	audit.About(ctx, b.Path, map[string]any{"mode": b.Mode, "password": b.Password != "", "expires": b.Expires, "uses": b.Uses})
	l, err := h.links.Create(ctx, user(ctx), link.NewLink{Path: b.Path, Mode: link.Mode(b.Mode), Password: b.Password, Expires: b.Expires, Uses: b.Uses})
	return edge.Answer(h.json(l), err)
}

// mayGive says whether the token may have a link of this mode: one for downloads gives away what there is to read.
func mayGive(ctx context.Context, mode link.Mode) error {
	if mode == link.Upload {
		return nil
	}
	return edge.MayRead(ctx)
}

// mayChange is mayGive of a link that is there, with the mode that it gets if any.
func (h owner) mayChange(ctx context.Context, id int64, mode *link.Mode) error {
	if mode != nil {
		return mayGive(ctx, *mode)
	}
	found, err := h.links.List(ctx, user(ctx), "", id-1, 1)
	if err != nil || len(found) == 0 || found[0].ID != id {
		return err // there is no such link, as who changes it finds
	}
	return mayGive(ctx, found[0].Mode)
}

type updateInput struct {
	edge.ID
	Body apitype.LinkChange
}

func (h owner) update(ctx context.Context, in *updateInput) (*edge.Body[apitype.Link], error) {
	b := in.Body
	if err := h.mayChange(ctx, in.ID.ID, (*link.Mode)(b.Mode)); err != nil {
		return nil, err
	}
	l, err := h.links.Set(ctx, user(ctx), in.ID.ID, link.Change{
		Mode: (*link.Mode)(b.Mode), Password: b.Password, Expires: b.Expires, NoExpiry: b.NoExpiry, Uses: b.Uses,
	})
	return edge.Answer(h.json(l), err)
}

func (h owner) remove(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, h.links.Remove(ctx, user(ctx), in.ID)
}
