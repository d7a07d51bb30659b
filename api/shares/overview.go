package shares

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/sharing"
)

// overview are the routes for who runs the hive.
type overview struct{ *sharing.Sharing }

func (h overview) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /overview/shares", "list-all-shares", "All shares that go on, of all users", edge.Admin), h.shares)
	edge.Route(r, edge.Operation("GET /overview/pending", "list-all-pending", "All that waits for other hives, and why", edge.Admin), h.pending)
}

func (h overview) shares(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.ShareOverview]], error) {
	list, err := h.Overview(ctx)
	return edge.PageOf(list, "", overviewJSON), err
}

func overviewJSON(o sharing.Overview) apitype.ShareOverview {
	return apitype.ShareOverview{
		ID: string(o.ID), Name: o.Name, Own: o.Own, Owner: address(o.Owner, o.Hive, o.Own), Created: o.Created.UTC(), Expires: o.Expires,
		Members: o.Members, Accepted: o.Accepted, Pending: o.Pending, Replica: o.Replica, Status: statusJSON(o.Status, o.Own, nil),
	}
}

func (h overview) pending(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Pending]], error) {
	list, err := h.Pending(ctx, 0)
	return edge.PageOf(list, "", pendingJSON), told(err)
}
