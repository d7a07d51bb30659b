package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// person makes a user and speaks as them.
func (h *hive) person(name string) *client.Client {
	h.t.Helper()
	_, err := h.accounts.Create(h.t.Context(), account.NewUser{Name: name, Password: password})
	h.must(err)
	return h.client(h.signIn(name))
}

func TestShareInsideAHive(t *testing.T) {
	h := newHive(t)
	alice, bob, eve := h.client(h.token), h.person("bob"), h.person("eve")
	h.put("/photos/cat.jpg", "a cat")
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	made, err := alice.Shares.Create(t.Context(), apitype.NewShare{
		Path: "/photos", Name: "Pictures", Expires: &expires, Members: []apitype.NewMember{{User: "bob"}},
	})
	h.must(err)
	if !made.Own || made.Role != "owner" || made.Owner != "alice" || made.Path != "/photos" || made.Name != "Pictures" || made.State != "active" ||
		made.Mode != "" || made.Expires == nil || !made.Expires.Equal(expires) || len(made.Members) != 1 || made.Members[0].User != "bob" || made.Members[0].Contact != "" {
		t.Fatalf("%+v", made)
	}
	offers, err := bob.Shares.Offers(t.Context())
	if err != nil || len(offers) != 1 || offers[0].Share != made.ID || offers[0].From != "alice" || offers[0].Role != "reader" {
		t.Fatalf("%+v, %v", offers, err)
	}
	if _, err := eve.Shares.Accept(t.Context(), offers[0].ID, apitype.AcceptOffer{}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("another's offer: %v", err)
	}
	if _, err := eve.Shares.Get(t.Context(), made.ID); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("another's share: %v", err)
	}
	taken, err := bob.Shares.Accept(t.Context(), offers[0].ID, apitype.AcceptOffer{Path: "Alice's"})
	if err != nil || taken.Path != "/Alice's" || taken.Own || taken.Role != "reader" || taken.Owner != "alice" {
		t.Fatalf("%+v, %v", taken, err)
	}
	e, err := bob.Files.Stat(t.Context(), "/Alice's")
	if err != nil || e.Mount != made.ID || e.Role != "reader" || !e.ReadOnly {
		t.Errorf("%+v, %v", e, err)
	}
	write := func() error {
		_, _, err := bob.Files.Put(t.Context(), "/Alice's/dog.jpg", strings.NewReader("a dog"), client.PutOptions{})
		return err
	}
	if err := write(); !errors.Is(err, client.ErrReadOnly) {
		t.Errorf("a reader writes: %v", err)
	}
	role := "writer"
	if _, err := bob.Shares.UpdateMember(t.Context(), made.ID, "bob", apitype.MemberChange{Role: &role}); !errors.Is(err, client.ErrNotAllowed) {
		t.Errorf("a reader raises itself: %v", err)
	}
	for what, decide := range map[string]func(*client.Client) error{
		"yes": func(c *client.Client) error { _, err := c.Shares.Confirm(t.Context(), made.ID); return err },
		"no":  func(c *client.Client) error { _, err := c.Shares.Refuse(t.Context(), made.ID); return err },
	} {
		if err := decide(bob); !errors.Is(err, client.ErrNotAllowed) {
			t.Errorf("a member says %s for the owner: %v", what, err)
		}
		if err := decide(alice); !errors.Is(err, client.ErrNothingHeld) {
			t.Errorf("a %s to nothing: %v", what, err)
		}
	}
	_, err = alice.Shares.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: "eve"}, {User: "bob"}}})
	if !errors.Is(err, client.ErrAlreadyShared) || !strings.Contains(err.Error(), "hive share set "+made.ID+" bob:writer") {
		t.Errorf("shared with bob once more: %v", err)
	}
	if offers, err := eve.Shares.Offers(t.Context()); err != nil || len(offers) != 0 {
		t.Errorf("of what was refused eve has %+v, %v", offers, err)
	}
	changed, err := alice.Shares.UpdateMember(t.Context(), made.ID, "bob", apitype.MemberChange{Role: &role})
	if err != nil || changed.Members[0].Role != "writer" {
		t.Errorf("%+v, %v", changed, err)
	}
	h.must(write())
	if _, err := alice.Files.Stat(t.Context(), "/photos/dog.jpg"); err != nil {
		t.Error(err)
	}
	if _, err := bob.Shares.AddMember(t.Context(), made.ID, apitype.NewMember{User: "eve"}); !errors.Is(err, client.ErrNotAllowed) {
		t.Errorf("a member adds another: %v", err)
	}
	h.must(alice.Shares.Revoke(t.Context(), made.ID, "bob"))
	if _, err := bob.Files.Stat(t.Context(), "/Alice's"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("revoked, and still there: %v", err)
	}
	h.must(alice.Shares.Leave(t.Context(), made.ID))
	if list, err := alice.Shares.List(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestAcceptWhereNothingCanBe: an offer that is refused a place stays one, and nothing of it is there.
func TestAcceptWhereNothingCanBe(t *testing.T) {
	h := newHive(t)
	alice, bob := h.client(h.token), h.person("bob")
	h.put("/photos/cat.jpg", "a cat")
	_, _, err := bob.Files.Put(t.Context(), "/file", strings.NewReader("a file"), client.PutOptions{})
	h.must(err)
	h.must(second(alice.Shares.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: "bob"}}})))
	offers, err := bob.Shares.Offers(t.Context())
	h.must(err)
	for path, code := range map[string]string{
		"/file/photos": apitype.CodeNotFolder, "/file/very/deep": apitype.CodeNotFolder, "/new/../photos": apitype.CodeInvalidPath,
		strings.Repeat("/d", 256): apitype.CodeInvalidPath, "/new/" + strings.Repeat("n", 256): apitype.CodeNameTooLong, "/": apitype.CodeInvalid,
	} {
		_, err := bob.Shares.Accept(t.Context(), offers[0].ID, apitype.AcceptOffer{Path: path})
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Code != code {
			t.Errorf("%.20s: got %v, want %s", path, err, code)
		}
	}
	if list, err := bob.Shares.List(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if again, err := bob.Shares.Offers(t.Context()); err != nil || cmp.Diff(offers, again) != "" {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := bob.Files.Stat(t.Context(), "/new"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("a folder for nothing: %v", err)
	}
	if taken, err := bob.Shares.Accept(t.Context(), offers[0].ID, apitype.AcceptOffer{Path: "/file"}); err != nil || taken.Path != "/file (2)" {
		t.Errorf("%+v, %v", taken, err)
	}
}

func TestShareSettings(t *testing.T) {
	h := newHive(t)
	alice, bob := h.client(h.token), h.person("bob")
	h.ask(http.MethodPut, "/api/v1/folders/plans", nil)
	made, err := alice.Shares.Create(t.Context(), apitype.NewShare{Path: "/plans"})
	h.must(err)
	name, reshare, at := "Our plans", true, time.Now().Add(time.Hour).UTC()
	changed, err := alice.Shares.Update(t.Context(), made.ID, apitype.ShareChange{Name: &name, Reshare: &reshare, Expires: &at})
	if err != nil || changed.Name != name || !changed.Reshare || changed.Expires == nil {
		t.Errorf("%+v, %v", changed, err)
	}
	changed, err = alice.Shares.Update(t.Context(), made.ID, apitype.ShareChange{NoExpiry: true})
	if err != nil || changed.Expires != nil || changed.Name != name {
		t.Errorf("%+v, %v", changed, err)
	}
	mode := apitype.ModeOnDemand
	if _, err := alice.Shares.Update(t.Context(), made.ID, apitype.ShareChange{Mode: &mode}); !errors.Is(err, client.ErrNotAllowed) {
		t.Errorf("mode of an own share: %v", err)
	}
	with, err := alice.Shares.AddMember(t.Context(), made.ID, apitype.NewMember{User: "bob", Role: "writer", Expires: &at})
	if err != nil || len(with.Members) != 1 || with.Members[0].Expires == nil {
		t.Errorf("%+v, %v", with, err)
	}
	if _, err := alice.Shares.AddMember(t.Context(), made.ID, apitype.NewMember{User: "bob"}); !errors.Is(err, client.ErrAlreadyShared) {
		t.Errorf("twice: %v", err)
	}
	offers, err := bob.Shares.Offers(t.Context())
	if err != nil || len(offers) != 1 || offers[0].Expires == nil {
		t.Fatalf("%+v, %v", offers, err)
	}
	h.must(bob.Shares.Decline(t.Context(), offers[0].ID))
	got, err := alice.Shares.Get(t.Context(), made.ID)
	if err != nil || got.Members[0].State != "declined" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUserWhoGoesLeavesShares(t *testing.T) {
	h := newHive(t)
	bob, carol, root := h.person("bob"), h.person("carol"), h.client(h.admin)
	h.must(second(bob.Files.Mkdir(t.Context(), "/bobs", false)))
	h.must(second(carol.Files.Mkdir(t.Context(), "/carols", false)))
	h.must(second(carol.Files.Mkdir(t.Context(), "/more", false)))
	for _, made := range []struct {
		by   *client.Client
		path string
		to   string
	}{{bob, "/bobs", "carol"}, {carol, "/carols", "bob"}, {carol, "/more", "bob"}} {
		h.must(second(made.by.Shares.Create(t.Context(), apitype.NewShare{Path: made.path, Members: []apitype.NewMember{{User: made.to}}})))
	}
	for _, c := range []*client.Client{bob, carol} {
		offers, err := c.Shares.Offers(t.Context())
		h.must(err)
		h.must(second(c.Shares.Accept(t.Context(), offers[0].ID, apitype.AcceptOffer{}))) // bob has one more
	}
	h.must(root.Users.Delete(t.Context(), "bob"))
	list, err := carol.Shares.List(t.Context())
	h.must(err)
	states := map[string]string{}
	for _, s := range list {
		if s.Own {
			states[s.Path] = s.Members[0].State
		} else {
			states[s.Name] = s.State
		}
	}
	want := map[string]string{"/carols": "left", "/more": "declined", "bobs": "revoked"}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	if _, err := carol.Files.Stat(t.Context(), "/bobs"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("bob's folder is still mounted: %v", err)
	}
}

func TestInvitationsAndContacts(t *testing.T) {
	h := newHive(t)
	alice, bob := h.client(h.token), h.person("bob")
	made, err := alice.Contacts.Invite(t.Context(), apitype.NewInvitation{Note: "for carol"})
	if err != nil || !strings.HasPrefix(made.Code, "hive1") || made.Expires.Before(time.Now()) || made.Used != nil {
		t.Fatalf("%+v, %v", made, err)
	}
	list, err := alice.Contacts.Invitations(t.Context())
	if err != nil || len(list) != 1 || list[0].Code != "" || list[0].Note != "for carol" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := bob.Contacts.AcceptInvitation(t.Context(), apitype.AcceptInvitation{Code: made.Code}); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("of this very hive: %v", err)
	}
	// Of another hive, which does not answer.
	other := newHive(t)
	far, err := other.client(other.token).Contacts.Invite(t.Context(), apitype.NewInvitation{})
	h.must(err)
	_, err = bob.Contacts.AcceptInvitation(t.Context(), apitype.AcceptInvitation{Code: far.Code})
	if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, client.ErrHiveUnreachable) || !strings.Contains(e.Detail, "nobody is there") {
		t.Errorf("got %v", err)
	}
	if err := bob.Contacts.DeleteInvitation(t.Context(), made.ID); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("another's invitation: %v", err)
	}
	h.must(alice.Contacts.DeleteInvitation(t.Context(), made.ID))
	if _, err := alice.Contacts.Rename(t.Context(), 1, "carol"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := alice.Contacts.Delete(t.Context(), 1); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if contacts, err := alice.Contacts.List(t.Context()); err != nil || len(contacts) > 0 {
		t.Errorf("%+v, %v", contacts, err)
	}
}

func TestPendingIsOnesOwn(t *testing.T) {
	h := newHive(t)
	alice, bob := h.client(h.token), h.person("bob")
	h.ask(http.MethodPut, "/api/v1/folders/plans", nil)
	_, err := alice.Shares.Create(t.Context(), apitype.NewShare{Path: "/plans", Members: []apitype.NewMember{{User: "carol@" + forest, Role: "writer"}}})
	h.must(err)
	list, err := alice.Shares.Pending(t.Context())
	if err != nil || len(list) != 1 || list[0].Hive != forest || list[0].Kind != "offer" || list[0].Code != "waiting" {
		t.Fatalf("%+v, %v", list, err)
	}
	h.must(alice.Shares.Retry(t.Context(), list[0].ID))
	if err := bob.Shares.Retry(t.Context(), list[0].ID); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("another's message: %v", err)
	}
	if list, err := bob.Shares.Pending(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestSharingRefuses(t *testing.T) {
	h := newHive(t)
	h.put("/file", "content")
	h.ask(http.MethodPut, "/api/v1/folders/plans", nil)
	past := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	for _, bad := range []badInput{
		{"share of nothing", post("/api/v1/shares", `{"path":"/nothing"}`), 404, "not_found"},
		{"share of a file", post("/api/v1/shares", `{"path":"/file"}`), 409, "not_folder"},
		{"share of a path that is none", post("/api/v1/shares", `{"path":"plans"}`), 400, "invalid_path"},
		{"share with nobody", post("/api/v1/shares", `{"path":"/plans","members":[{"user":"nobody"}]}`), 404, "not_found"},
		{"share with oneself", post("/api/v1/shares", `{"path":"/plans","members":[{"user":"alice"}]}`), 422, "invalid"},
		{"share with a broken id", post("/api/v1/shares", `{"path":"/plans","members":[{"user":"bob@12D3"}]}`), 422, "invalid"},
		{"role that is none", post("/api/v1/shares", `{"path":"/plans","members":[{"user":"bob","role":"owner"}]}`), 422, "invalid"},
		{"share that is over", post("/api/v1/shares", `{"path":"/plans","expires":"`+past+`"}`), 422, "invalid"},
		{"unknown share", get("/api/v1/shares/nothing"), 404, "not_found"},
		{"unknown share, with patience", get("/api/v1/shares/nothing?wait=30s"), 404, "not_found"},
		{"patience without a unit", get("/api/v1/shares/nothing?wait=30"), 422, "invalid"},
		{"leave an unknown share", method(http.MethodDelete, "/api/v1/shares/nothing"), 404, "not_found"},
		{"member of an unknown share", method(http.MethodDelete, "/api/v1/shares/nothing/members/bob"), 404, "not_found"},
		{"confirm an unknown share", post("/api/v1/shares/nothing/confirm", ""), 404, "not_found"},
		{"refuse in an unknown share", post("/api/v1/shares/nothing/refuse", ""), 404, "not_found"},
		{"unknown offer", post("/api/v1/offers/99/accept", `{}`), 404, "not_found"},
		{"decline an unknown offer", post("/api/v1/offers/99/decline", ``), 404, "not_found"},
		{"mode that is none", post("/api/v1/offers/99/accept", `{"mode":"some"}`), 422, "invalid"},
		{"code that is none", post("/api/v1/invitations/accept", `{"code":"hive1nonsense"}`), 403, "invalid_invitation"},
		{"invitation to another's share", post("/api/v1/invitations", `{"share":"nothing"}`), 404, "not_found"},
		{"invitation that is over", post("/api/v1/invitations", `{"expires":"`+past+`"}`), 422, "invalid"},
		{"unknown message", post("/api/v1/pending/99/retry", ``), 404, "not_found"},
	} {
		t.Run(bad.name, func(t *testing.T) { wantProblem(t, bad.ask(h), bad.status, bad.code) })
	}
	if list, err := h.client(h.token).Shares.List(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if log := h.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("a bad request is no failure of the server:\n%s", log)
	}
}
