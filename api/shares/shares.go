// Package shares holds the routes about sharing: invitations, contacts, shares and their members, offers, and what waits
// for other hives.
//
// It parses, asks sharing, and renders. What people may do with shares belongs to sharing, who is connected to package
// peers. Nothing here waits for another hive but the acceptance of an invitation, which somebody asked for.
package shares

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/sharing"
)

// patience is how long a person may wait for an answer of another hive.
const patience = 15 * time.Second

// Register adds the routes to r. Quota is, now, what a share of another hive may take up, in bytes, where its receiver says nothing.
func Register(r *edge.Router, s *sharing.Sharing, quota func() int64) {
	contacts{s}.routes(r)
	invitations{s}.routes(r)
	folders{s, r}.routes(r)
	offers{s, quota}.routes(r)
	pending{s}.routes(r)
	overview{s}.routes(r)
}

// folders are the routes of /shares.
type folders struct {
	*sharing.Sharing
	router *edge.Router
}

func (h folders) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /shares", "list-shares", "Own shares, and those one is a member of", edge.Read), h.list)
	edge.Route(r, edge.Created(edge.Noted("share.create", edge.Operation("POST /shares", "create-share", "Offer a folder to others", edge.Share))), h.create)
	edge.Route(r, edge.Operation("GET /shares/{id}", "get-share", "One share, its members and how far it has come", edge.Read), h.get)
	edge.Route(r, edge.Noted("share.update", edge.Operation("PATCH /shares/{id}", "update-share", "Change a share", edge.Share)), h.update)
	edge.Route(r, edge.Noted("share.leave", edge.Operation("DELETE /shares/{id}", "leave-share", "Stop sharing a folder, or leave the share of another", edge.Write)), h.leave)
	edge.Route(r, edge.Created(edge.Noted("share.member.add", edge.Operation("POST /shares/{id}/members", "add-member", "Offer a share to one more", edge.Share))), h.addMember)
	edge.Route(r, edge.Noted("share.member.update", edge.Operation("PATCH /shares/{id}/members/{member}", "update-member", "Change what a member may do", edge.Share)), h.updateMember)
	edge.Route(r, edge.Noted("share.member.remove", edge.Operation("DELETE /shares/{id}/members/{member}", "revoke", "Take a share from a member", edge.Write)), h.revoke)
	edge.Route(r, edge.Noted("share.confirm", edge.Operation("POST /shares/{id}/confirm", "confirm-deletes", "Let a change go ahead that deletes much and was held back", edge.Write)), h.confirm)
	edge.Route(r, edge.Noted("share.refuse", edge.Operation("POST /shares/{id}/refuse", "refuse-deletes", "Refuse what members propose to an own share, where it deletes much and was held back", edge.Write)), h.refuse)
}

// OfShare is a request about a share.
type OfShare struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the share"`
}

func (in *OfShare) share() sharing.ShareID { return sharing.ShareID(in.ID) }

// answer renders a share for the user who asks.
func answer(ctx context.Context, s *sharing.Sharing, share sharing.Share, err error) (*edge.Body[apitype.Share], error) {
	if err != nil {
		return nil, told(err)
	}
	known, err := s.Contacts().List(ctx, user(ctx))
	if err != nil {
		return nil, err
	}
	out := shareJSON(share, user(ctx), known)
	return edge.Answer(out, status(ctx, s, share, known, &out))
}

// status adds how far a share is, but for one that is over, or goes at this moment.
func status(ctx context.Context, s *sharing.Sharing, share sharing.Share, known []sharing.Contact, out *apitype.Share) error {
	if state(share) != string(sharing.Active) {
		return nil
	}
	is, err := s.Status(ctx, share.ID)
	switch {
	case errors.Is(err, sharing.ErrNotFound), errors.Is(err, catalog.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	out.Status = statusJSON(is, share.Own, known)
	for i, m := range share.Members {
		for _, c := range is.Confirmed {
			if c.Hive == m.Hive {
				out.Members[i].Has, out.Members[i].Synced = c.Seq, given(c.At)
			}
		}
	}
	return nil
}

func user(ctx context.Context) int64 { return edge.Who(ctx).User.ID }

func (h folders) list(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Share]], error) {
	list, err := h.Shares().List(ctx, user(ctx))
	if err != nil {
		return nil, told(err)
	}
	known, err := h.Contacts().List(ctx, user(ctx))
	if err != nil {
		return nil, err
	}
	var out []apitype.Share
	for _, s := range list {
		share := shareJSON(s, user(ctx), known)
		if err := status(ctx, h.Sharing, s, known, &share); err != nil {
			return nil, err
		}
		out = append(out, share)
	}
	return edge.PageOf(out, "", same), nil
}

// same renders what is rendered already.
func same[T any](v T) T { return v }

type newShareInput struct{ Body apitype.NewShare }

func (h folders) create(ctx context.Context, in *newShareInput) (*edge.Body[apitype.Share], error) {
	path, err := catalog.ParsePath(in.Body.Path)
	if err != nil {
		return nil, err
	}
	n := sharing.NewShare{Name: in.Body.Name, Reshare: in.Body.Reshare, Expires: in.Body.Expires}
	for _, m := range in.Body.Members {
		n.Members = append(n.Members, inviteOf(m))
	}
	audit.About(ctx, "", map[string]any{"path": in.Body.Path, "members": in.Body.Members})
	share, err := h.Shares().Create(ctx, user(ctx), path, n)
	return answer(ctx, h.Sharing, share, err)
}

func inviteOf(m apitype.NewMember) sharing.Invite {
	role := sharing.Role(m.Role)
	if role == "" {
		role = sharing.Reader
	}
	return sharing.Invite{To: m.User, Role: role, Expires: m.Expires}
}

type getInput struct {
	OfShare
	Wait string `query:"wait" maxLength:"32" doc:"How long to wait until all of a share from another hive is here, such as 30s; at most 1m"`
}

func (h folders) get(ctx context.Context, in *getInput) (*edge.Body[apitype.Share], error) {
	wait, err := edge.ParseWait(cmp.Or(in.Wait, "0s"))
	if err != nil {
		return nil, edge.Invalid("query.wait", "expected a duration such as 30s")
	}
	share, err := h.Shares().Get(ctx, user(ctx), in.share())
	if err == nil && wait > 0 {
		if err = h.await(ctx, share.ID, wait); err == nil {
			share, err = h.Shares().Get(ctx, user(ctx), in.share())
		}
	}
	return answer(ctx, h.Sharing, share, err)
}

// await waits until all of a share is here, but no longer than d, which is no error.
func (h folders) await(ctx context.Context, id sharing.ShareID, d time.Duration) error {
	ctx, done := h.router.Stream(ctx)
	defer done()
	return edge.Ended(ctx, edge.AtMost(ctx, d, func(ctx context.Context) error { return h.Await(ctx, user(ctx), id) }))
}

type shareChangeInput struct {
	OfShare
	Body apitype.ShareChange
}

func (h folders) update(ctx context.Context, in *shareChangeInput) (*edge.Body[apitype.Share], error) {
	audit.About(ctx, "", map[string]any{"change": in.Body})
	change := sharing.Change{Name: in.Body.Name, Reshare: in.Body.Reshare, Quota: in.Body.Quota}
	if in.Body.Expires != nil || in.Body.NoExpiry {
		change.Expires = &sharing.Expiry{At: in.Body.Expires}
	}
	if in.Body.Mode != nil {
		mode := sharing.Mode(*in.Body.Mode)
		change.Mode = &mode
	}
	share, err := h.Shares().Set(ctx, user(ctx), in.share(), change)
	return answer(ctx, h.Sharing, share, err)
}

func (h folders) leave(ctx context.Context, in *OfShare) (*edge.Empty, error) {
	share, err := h.Shares().Get(ctx, user(ctx), in.share())
	switch {
	case err != nil:
	case share.Own && share.User == user(ctx):
		audit.About(ctx, "", map[string]any{"ended": true})
		err = h.Shares().End(ctx, user(ctx), in.share())
	default:
		err = h.Shares().Leave(ctx, user(ctx), in.share())
	}
	return nil, told(err)
}

type newMemberInput struct {
	OfShare
	Body apitype.NewMember
}

func (h folders) addMember(ctx context.Context, in *newMemberInput) (*edge.Body[apitype.Share], error) {
	audit.About(ctx, "", map[string]any{"member": in.Body})
	share, err := h.Shares().AddMember(ctx, user(ctx), in.share(), inviteOf(in.Body))
	return answer(ctx, h.Sharing, share, err)
}

// OfMember is a request about a member of a share.
type OfMember struct {
	OfShare
	Member string `path:"member" maxLength:"300" doc:"A name of this hive, the local name of a contact, name@hive, or the id of the member"`
}

type memberChangeInput struct {
	OfMember
	Body apitype.MemberChange
}

func (h folders) updateMember(ctx context.Context, in *memberChangeInput) (*edge.Body[apitype.Share], error) {
	member, err := h.member(ctx, &in.OfMember)
	if err != nil {
		return nil, err
	}
	audit.About(ctx, "", map[string]any{"change": in.Body})
	change := sharing.ChangeMember{}
	if in.Body.Expires != nil || in.Body.NoExpiry {
		change.Expires = &sharing.Expiry{At: in.Body.Expires}
	}
	if in.Body.Role != nil {
		role := sharing.Role(*in.Body.Role)
		change.Role = &role
	}
	share, err := h.Shares().SetMember(ctx, user(ctx), in.share(), member, change)
	return answer(ctx, h.Sharing, share, err)
}

func (h folders) revoke(ctx context.Context, in *OfMember) (*edge.Empty, error) {
	member, err := h.member(ctx, in)
	if err != nil {
		return nil, err
	}
	return nil, told(h.Shares().RemoveMember(ctx, user(ctx), in.share(), member))
}

func (h folders) confirm(ctx context.Context, in *OfShare) (*edge.Body[apitype.Share], error) {
	return h.decide(ctx, in, true)
}

func (h folders) refuse(ctx context.Context, in *OfShare) (*edge.Body[apitype.Share], error) {
	return h.decide(ctx, in, false)
}

// decide answers what waits: for an own share its owner does, of another all who have it here.
func (h folders) decide(ctx context.Context, in *OfShare, yes bool) (*edge.Body[apitype.Share], error) {
	share, err := h.Shares().Get(ctx, user(ctx), in.share())
	if err == nil && share.Own && share.User != user(ctx) {
		err = sharing.ErrNotAllowed
	}
	if err == nil {
		err = h.Decide(ctx, share.ID, yes)
	}
	return answer(ctx, h.Sharing, share, err)
}
