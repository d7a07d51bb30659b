package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/melissiproject/hive/api/apitype"
)

func TestOverviewOfShares(t *testing.T) {
	h := newHive(t)
	alice, root := h.client(h.token), h.client(h.admin)
	_, err := alice.Files.Mkdir(t.Context(), "/photos", false)
	h.must(err)
	share, err := alice.Shares.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: "root"}, {User: "bob@" + forest}}})
	h.must(err)
	offers, err := root.Shares.Offers(t.Context())
	h.must(err)
	_, err = root.Shares.Accept(t.Context(), offers[0].ID, apitype.AcceptOffer{})
	h.must(err)

	list, err := root.Admin.Shares(t.Context())
	h.must(err)
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	o := list[0]
	if o.ID != share.ID || o.Name != "photos" || !o.Own || o.Owner != "alice" || o.Members != 2 || o.Accepted != 1 || o.Pending != 1 || o.Replica != 0 || o.Created.IsZero() || o.Expires != nil {
		t.Errorf("%+v", o)
	}
	waiting, err := root.Admin.Pending(t.Context())
	if err != nil || len(waiting) != 1 || waiting[0].Hive != forest || waiting[0].Share != share.ID {
		t.Errorf("%+v, %v", waiting, err)
	}
	for _, path := range []string{"shares", "pending"} {
		wantProblem(t, h.ask(http.MethodGet, "/api/v1/overview/"+path, nil), 403, "admin_only")
	}
	h.must(alice.Shares.Leave(t.Context(), share.ID))
	if list, err := root.Admin.Shares(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestHealth(t *testing.T) {
	h := newHive(t, func(s *setup) {
		s.api.Health = func(context.Context) apitype.Health {
			return apitype.Health{State: "warning", Parts: []apitype.HealthPart{{Name: "disk", State: "warning", Text: "Little is free."}}}
		}
	})
	got, err := h.client(h.admin).Admin.Health(t.Context())
	if err != nil || got.State != "warning" || len(got.Parts) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/health", nil), 403, "admin_only")
}
