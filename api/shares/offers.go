package shares

import (
	"context"
	"slices"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/sharing"
)

// offers are the routes of /offers.
type offers struct {
	*sharing.Sharing
	quota func() int64 // where the receiver says nothing
}

func (h offers) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /offers", "list-offers", "Shares that wait for an answer, oldest first", edge.Read), h.list)
	edge.Route(r, edge.Noted("share.accept", edge.Operation("POST /offers/{id}/accept", "accept-offer", "Take a share and mount its folder", edge.Write)), h.accept)
	edge.Route(r, edge.Noted("share.decline", edge.Operation("POST /offers/{id}/decline", "decline-offer", "Refuse a share", edge.Write)), h.decline)
}

func (h offers) list(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Offer]], error) {
	list, err := h.Shares().Offers(ctx, user(ctx))
	return edge.PageOf(list, "", offerJSON), told(err)
}

func offerJSON(o sharing.Offer) apitype.Offer {
	return apitype.Offer{
		ID: o.ID, Share: string(o.Share), Name: o.Name, From: o.From, By: o.By, Role: string(o.Role), Created: o.Created.UTC(), Expires: o.Expires,
	}
}

type acceptInput struct {
	edge.ID
	Body *apitype.AcceptOffer
}

func (h offers) accept(ctx context.Context, in *acceptInput) (*edge.Body[apitype.Share], error) {
	how := sharing.Accept{}
	if in.Body != nil {
		how = sharing.Accept{Path: in.Body.Path, Mode: sharing.Mode(in.Body.Mode), Quota: in.Body.Quota}
	}
	if how.Quota == nil {
		quota := h.quota()
		how.Quota = &quota
	}
	share, err := h.Shares().Accept(ctx, user(ctx), in.ID.ID, how)
	return answer(ctx, h.Sharing, share, err)
}

func (h offers) decline(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, told(h.Shares().Decline(ctx, user(ctx), in.ID))
}

// pending are the routes of /pending.
type pending struct{ *sharing.Sharing }

func (h pending) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /pending", "list-pending", "What waits to be delivered to other hives, and why", edge.Read), h.list)
	edge.Route(r, edge.Operation("POST /pending/{id}/retry", "retry-pending", "Try to deliver it now", edge.Write), h.retry)
}

func (h pending) list(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Pending]], error) {
	list, err := h.Pending(ctx, user(ctx))
	return edge.PageOf(list, "", pendingJSON), told(err)
}

func pendingJSON(p sharing.Item) apitype.Pending {
	return apitype.Pending{
		ID: p.ID, Hive: p.To.String(), Kind: p.Kind, Share: string(p.Share), Created: p.Created.UTC(), Attempts: p.Attempts,
		Next: p.NextTry.UTC(), Code: p.Code, Reason: p.Reason,
	}
}

func (h pending) retry(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	list, err := h.Pending(ctx, user(ctx))
	if err == nil && !slices.ContainsFunc(list, func(i sharing.Item) bool { return i.ID == in.ID }) {
		err = sharing.ErrNotFound
	}
	if err == nil {
		err = h.Retry(ctx, in.ID)
	}
	return nil, told(err)
}
