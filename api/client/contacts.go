package client

import (
	"context"
	"net/http"

	"github.com/melissiproject/hive/api/apitype"
)

// Contacts is the users of other hives that the user knows, and the invitations by which they come to know each other.
type Contacts struct{ c *Client }

// List gives the contacts by name.
func (s *Contacts) List(ctx context.Context) ([]apitype.Contact, error) {
	page, err := call[apitype.Page[apitype.Contact]](ctx, s.c, request{method: http.MethodGet, path: "/api/v1/contacts"})
	return page.Items, err
}

// Rename gives a contact another local name.
func (s *Contacts) Rename(ctx context.Context, id int64, name string) (apitype.Contact, error) {
	in := apitype.ContactChange{Name: name}
	return call[apitype.Contact](ctx, s.c, request{method: http.MethodPatch, path: contactPath(id), json: in})
}

// Delete forgets a contact. Shares with them go on.
func (s *Contacts) Delete(ctx context.Context, id int64) error {
	return s.c.send(ctx, request{method: http.MethodDelete, path: contactPath(id)})
}

// Invitations gives those that were made and are not deleted.
func (s *Contacts) Invitations(ctx context.Context) ([]apitype.Invitation, error) {
	page, err := call[apitype.Page[apitype.Invitation]](ctx, s.c, request{method: http.MethodGet, path: "/api/v1/invitations"})
	return page.Items, err
}

// Invite makes an invitation. Its code is not shown again.
func (s *Contacts) Invite(ctx context.Context, in apitype.NewInvitation) (apitype.Invitation, error) {
	return call[apitype.Invitation](ctx, s.c, request{method: http.MethodPost, path: "/api/v1/invitations", json: in})
}

// AcceptInvitation takes up an invitation. The hive asks the other one, so it may take a while.
func (s *Contacts) AcceptInvitation(ctx context.Context, in apitype.AcceptInvitation) (apitype.AcceptedInvitation, error) {
	r := request{method: http.MethodPost, path: "/api/v1/invitations/accept", json: in}
	return call[apitype.AcceptedInvitation](ctx, s.c, r)
}

// DeleteInvitation makes an invitation useless.
func (s *Contacts) DeleteInvitation(ctx context.Context, id int64) error {
	return s.c.send(ctx, request{method: http.MethodDelete, path: "/api/v1/invitations/" + number(id)})
}

func contactPath(id int64) string { return "/api/v1/contacts/" + number(id) }
