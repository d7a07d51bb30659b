package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// audited gives the record as "actor action target", newest first.
func audited(h *hive, q client.AuditQuery) (lines []string) {
	h.t.Helper()
	for r, err := range h.client(h.admin).Admin.Audit(h.t.Context(), q) {
		h.must(err)
		lines = append(lines, r.Actor+" "+r.Action+" "+r.Target)
	}
	return lines
}

func TestAuditOfSharing(t *testing.T) {
	h := newHive(t)
	_, err := h.client(h.token).Files.Mkdir(t.Context(), "/photos", false)
	h.must(err)
	alice, root := h.client(h.token).Shares, h.client(h.admin).Shares
	share, err := alice.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: "root"}}})
	h.must(err)
	offers, err := root.Offers(t.Context())
	h.must(err)
	_, err = root.Accept(t.Context(), offers[0].ID, apitype.AcceptOffer{})
	h.must(err)
	role := "writer"
	_, err = alice.UpdateMember(t.Context(), share.ID, "root", apitype.MemberChange{Role: &role})
	h.must(err)
	if err := alice.Revoke(t.Context(), share.ID, "nobody"); err == nil {
		t.Error("who is no member went")
	}
	h.must(alice.Revoke(t.Context(), share.ID, "root"))
	h.must(alice.Leave(t.Context(), share.ID))
	want := []string{
		"alice share.leave " + share.ID, "alice share.member.remove " + share.ID + " root", "alice share.member.update " + share.ID + " root",
		"root share.accept " + share.ID, "alice share.create " + share.ID,
	}
	if got := audited(h, client.AuditQuery{Action: "share."}); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAuditSaysWhereFrom(t *testing.T) {
	h := newHive(t)
	wantProblem(t, post("/api/v1/login", `{"user":"alice","password":"nonsense"}`, "Authorization", "")(h), 401, "wrong_password")
	page, err := h.client(h.admin).Admin.AuditPage(t.Context(), client.AuditQuery{Target: "alice", Action: "session.open", Since: time.Now().Add(-time.Minute)}, "", 1)
	h.must(err)
	if len(page.Items) != 1 || page.Next == "" {
		t.Fatalf("%+v", page)
	}
	r := page.Items[0]
	if r.Outcome != "failed" || r.Address != "127.0.0.1" || r.Actor != "" || !json.Valid(r.Details) || time.Since(r.At) > time.Minute {
		t.Errorf("%+v", r)
	}
	rest, err := h.client(h.admin).Admin.AuditPage(t.Context(), client.AuditQuery{Target: "alice"}, page.Next, 0)
	h.must(err)
	if len(rest.Items) != 2 || rest.Next != "" || rest.Items[0].Action != "session.open" || rest.Items[1].Action != "user.create" {
		t.Errorf("%+v", rest)
	}
	if got := audited(h, client.AuditQuery{Until: time.Now().Add(-time.Hour)}); got != nil {
		t.Errorf("before there was anything: %q", got)
	}
}

// turnTOTPOn gives a user a second factor.
func (h *hive) turnTOTPOn(name string) {
	h.t.Helper()
	user, err := h.accounts.ByName(h.t.Context(), name)
	h.must(err)
	secret, err := h.accounts.TOTP().Begin(h.t.Context(), user, password, "192.0.2.1", "hive")
	h.must(err)
	code, err := totp.GenerateCode(secret.Text, time.Now())
	h.must(err)
	_, err = h.accounts.TOTP().Confirm(h.t.Context(), user, code, "192.0.2.1")
	h.must(err)
}

// TestWhatAnAdminChangesIsRecorded asks every route for admins that changes something, so that none is forgotten.
func TestWhatAnAdminChangesIsRecorded(t *testing.T) {
	h := newHive(t, withNeighbours, withSecrets, withSettings)
	bodies := map[string]string{
		"create-user": `{"name":"bob","password":"` + password + `"}`, "update-user": `{"quota":5}`, "set-password": `{"password":"` + password + `"}`,
		"create-code": `{"uses":1}`, "change-settings": `{"quota":9}`, "add-peer": `{"addr":"/ip4/127.0.0.1/tcp/1/p2p/` + forest + `"}`,
	}
	order := []string{"create-user", "create-code", "add-peer"}
	last := []string{"unblock-peer", "forget-peer", "revoke-code", "delete-user"}
	routes := map[string][2]string{}
	operations(document(h), func(method, path string, op map[string]any) {
		id, _ := op["operationId"].(string)
		text, _ := op["description"].(string)
		if method == http.MethodGet || !strings.Contains(text, "`admin`") {
			return
		}
		url := strings.NewReplacer("peers/{id}", "peers/"+forest, "{id}", "1", "{name}", "bob").Replace(path)
		routes[id] = [2]string{method, url}
		if !slices.Contains(order, id) && !slices.Contains(last, id) {
			order = append(order, id)
		}
	})
	for _, id := range append(order, last...) {
		if id == "reset-totp" {
			h.turnTOTPOn("bob")
		}
		before := len(audited(h, client.AuditQuery{}))
		a := h.ask(routes[id][0], routes[id][1], strings.NewReader(bodies[id]), "Authorization", "Bearer "+h.admin, "Content-Type", "application/json")
		if a.StatusCode >= 300 {
			t.Errorf("%s: %d %s", id, a.StatusCode, a.body)
			continue
		}
		after := audited(h, client.AuditQuery{})
		if len(after) <= before || !strings.HasPrefix(after[0], "root ") {
			t.Errorf("%s is not recorded", id)
		}
	}
}

func TestAuditIsForAdmins(t *testing.T) {
	h := newHive(t)
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/audit", nil), 403, "admin_only")
	for query, code := range map[string]string{"after=x": "invalid_cursor", "after=-1": "invalid_cursor", "limit=0": "invalid", "since=yesterday": "invalid"} {
		a := h.ask(http.MethodGet, "/api/v1/audit?"+query, nil, "Authorization", "Bearer "+h.admin)
		if got := decode[apitype.Problem](t, a).Code; got != code {
			t.Errorf("%s: got %s, want %s", query, got, code)
		}
	}
}
