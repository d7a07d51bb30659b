package shares

import (
	"context"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/sharing"
)

// contacts are the routes of /contacts.
type contacts struct{ *sharing.Sharing }

func (h contacts) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /contacts", "list-contacts", "Users of other hives that one knows", edge.Read), h.list)
	edge.Route(r, edge.Operation("PATCH /contacts/{id}", "rename-contact", "Give a contact another local name", edge.Write), h.rename)
	edge.Route(r, edge.Noted("contact.delete", edge.Operation("DELETE /contacts/{id}", "delete-contact", "Forget a contact; shares go on, offers from there are refused", edge.Write)), h.remove)
}

func (h contacts) list(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Contact]], error) {
	list, err := h.Contacts().List(ctx, user(ctx))
	return edge.PageOf(list, "", contactJSON), told(err)
}

func contactJSON(c sharing.Contact) apitype.Contact {
	hive := c.Hive.String()
	return apitype.Contact{ID: c.ID, Name: c.Name, User: address(c.Remote, hive, false), Hive: hive, Created: c.Created.UTC()}
}

type contactInput struct {
	edge.ID
	Body apitype.ContactChange
}

func (h contacts) rename(ctx context.Context, in *contactInput) (*edge.Body[apitype.Contact], error) {
	contact, err := h.Contacts().Rename(ctx, user(ctx), in.ID.ID, in.Body.Name)
	if err != nil {
		return nil, told(err)
	}
	return edge.Answer(contactJSON(contact), nil)
}

func (h contacts) remove(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, told(h.Contacts().Delete(ctx, user(ctx), in.ID))
}

// invitations are the routes of /invitations.
type invitations struct{ *sharing.Sharing }

func (h invitations) routes(r *edge.Router) {
	edge.Route(r, edge.Operation("GET /invitations", "list-invitations", "Own invitations, newest first", edge.Read), h.list)
	edge.Route(r, edge.Created(edge.Noted("invitation.create", edge.Operation("POST /invitations", "create-invitation", "Invite a user of another hive; the code is shown this once", edge.Write))), h.create)
	edge.Route(r, edge.Noted("invitation.delete", edge.Operation("DELETE /invitations/{id}", "delete-invitation", "Make an invitation useless", edge.Write)), h.remove)
	edge.Route(r, edge.Noted("invitation.accept", edge.Operation("POST /invitations/accept", "accept-invitation", "Accept an invitation of a user of another hive, which is asked at once", edge.Write)), h.accept)
}

func (h invitations) list(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Page[apitype.Invitation]], error) {
	list, err := h.Invitations().List(ctx, user(ctx))
	return edge.PageOf(list, "", invitationJSON), told(err)
}

func invitationJSON(i sharing.Invitation) apitype.Invitation {
	out := apitype.Invitation{ID: i.ID, Code: i.Code, Note: i.Note, Share: string(i.Share), Created: i.Created.UTC(), Expires: i.Expires.UTC(), Used: i.Used}
	if i.Share != "" {
		out.Role = string(i.Role)
	}
	if i.Used != nil {
		out.UsedBy = address(i.UsedUser, i.UsedHive.String(), false)
	}
	return out
}

type newInvitationInput struct{ Body apitype.NewInvitation }

func (h invitations) create(ctx context.Context, in *newInvitationInput) (*edge.Body[apitype.Invitation], error) {
	if in.Body.Share != "" {
		if err := edge.MayRead(ctx); err != nil {
			return nil, err
		}
	}
	n := sharing.NewInvitation{Note: in.Body.Note, Expires: in.Body.Expires, Role: sharing.Role(in.Body.Role)}
	if in.Body.Share != "" {
		id := sharing.ShareID(in.Body.Share)
		n.Share = &id
	}
	audit.About(ctx, "", map[string]any{"note": in.Body.Note, "share": in.Body.Share, "role": in.Body.Role})
	made, err := h.Invitations().Create(ctx, user(ctx), n)
	if err != nil {
		return nil, told(err)
	}
	return edge.Answer(invitationJSON(made), nil)
}

func (h invitations) remove(ctx context.Context, in *edge.ID) (*edge.Empty, error) {
	return nil, told(h.Invitations().Delete(ctx, user(ctx), in.ID))
}

type acceptInvitationInput struct{ Body apitype.AcceptInvitation }

func (h invitations) accept(ctx context.Context, in *acceptInvitationInput) (*edge.Body[apitype.AcceptedInvitation], error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	contact, offer, err := h.Invitations().Accept(ctx, user(ctx), in.Body.Code, in.Body.Name)
	if err != nil {
		return nil, told(err)
	}
	out := apitype.AcceptedInvitation{Contact: contactJSON(contact)}
	if offer != nil {
		o := offerJSON(*offer)
		out.Offer = &o
	}
	return edge.Answer(out, nil)
}
