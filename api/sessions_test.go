package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
)

const credentials = `{"user":"alice","password":"` + password + `"}`

func TestLogin(t *testing.T) {
	h := newHive(t)
	a := post("/api/v1/login", credentials, "Authorization", "")(h)
	session := decode[apitype.Session](t, a)
	if a.StatusCode != 200 || session.Token == "" || session.User.Name != "alice" || session.Expires == nil || a.Header.Get("Set-Cookie") != "" {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	bearer := []string{"Authorization", "Bearer " + session.Token}
	if a := h.ask(http.MethodGet, "/api/v1/account", nil, bearer...); decode[apitype.Account](t, a).User.Name != "alice" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := h.ask(http.MethodDelete, "/api/v1/session", nil, bearer...); a.StatusCode != http.StatusNoContent {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/account", nil, bearer...), 401, "token_invalid")
}

func TestCookieSession(t *testing.T) {
	h := newHive(t)
	a := post("/api/v1/session", credentials, "Authorization", "")(h)
	cookies := a.Cookies()
	if a.StatusCode != 200 || len(cookies) != 1 || decode[apitype.Session](t, a).Token != "" {
		t.Fatalf("%d %v %s", a.StatusCode, cookies, a.body)
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "/" || c.Expires.IsZero() {
		t.Errorf("%+v", c)
	}
	as := func(headers ...string) []string {
		return append([]string{"Authorization", "", "Cookie", c.Name + "=" + c.Value}, headers...)
	}
	if a := h.ask(http.MethodGet, "/api/v1/account", nil, as()...); decode[apitype.Account](t, a).User.Name != "alice" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := put("/api/v1/files/mine", "x", as("Sec-Fetch-Site", "same-origin")...)(h); a.StatusCode != http.StatusCreated {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	a = h.ask(http.MethodDelete, "/api/v1/session", nil, as()...)
	if a.StatusCode != http.StatusNoContent || a.Cookies()[0].MaxAge >= 0 || a.Cookies()[0].Value != "" {
		t.Errorf("%d %v", a.StatusCode, a.Cookies())
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/account", nil, as()...), 401, "token_invalid")
}

func TestOtherSitesCannotAct(t *testing.T) {
	h := newHive(t)
	h.put("/mine", "content")
	cookie := post("/api/v1/session", credentials, "Authorization", "")(h).Cookies()[0]
	as := func(headers ...string) []string {
		return append([]string{"Authorization", "", "Cookie", cookie.Name + "=" + cookie.Value}, headers...)
	}
	for _, from := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		wantProblem(t, h.ask(http.MethodDelete, "/api/v1/files/mine", nil, as(from...)...), 403, "cross_origin")
		wantProblem(t, put("/api/v1/files/mine", "evil", as(from...)...)(h), 403, "cross_origin")
		wantProblem(t, post("/api/v1/move", `{"from":"/mine","to":"/gone"}`, as(from...)...)(h), 403, "cross_origin")
		// Signing somebody in, unasked, is an attack too.
		wantProblem(t, post("/api/v1/session", credentials, append([]string{"Authorization", ""}, from...)...)(h), 403, "cross_origin")
	}
	if a := h.ask(http.MethodGet, "/api/v1/files/mine", nil, as("Sec-Fetch-Site", "cross-site")...); string(a.body) != "content" {
		t.Errorf("a read does no harm: %d %s", a.StatusCode, a.body)
	}
	// A token of its own is not sent by a browser unasked.
	if a := put("/api/v1/files/mine", "new", "Origin", "https://tool.example")(h); a.StatusCode != http.StatusOK {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := put("/api/v1/files/mine", "newer", as("Origin", h.url)...)(h); a.StatusCode != http.StatusOK {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestRegistration(t *testing.T) {
	bob := func(code string) string { return `{"user":"bob","password":"` + password + `","code":"` + code + `"}` }
	closed := newHive(t)
	wantProblem(t, post("/api/v1/register", bob(""), "Authorization", "")(closed), 403, "registration_closed")

	open := newHive(t, func(s *setup) { s.account.Registration = account.Open })
	a := post("/api/v1/register", bob(""), "Authorization", "")(open)
	if user := decode[apitype.User](t, a); a.StatusCode != http.StatusCreated || user.Name != "bob" || user.Admin {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	wantProblem(t, post("/api/v1/register", bob(""), "Authorization", "")(open), 409, "name_taken")
	wantProblem(t, post("/api/v1/register", `{"user":"../etc","password":"`+password+`"}`)(open), 422, "invalid")
	wantProblem(t, post("/api/v1/register", `{"user":"carol","password":"short"}`)(open), 422, "invalid")

	byCode := newHive(t, func(s *setup) { s.account.Registration = account.ByCode })
	wantProblem(t, post("/api/v1/register", bob("guess"), "Authorization", "")(byCode), 403, "invalid_code")
	issued, err := byCode.client(byCode.admin).Users.CreateCode(t.Context(), apitype.NewRegistrationCode{Uses: 1})
	byCode.must(err)
	if a := post("/api/v1/register", bob(issued.Secret), "Authorization", "")(byCode); a.StatusCode != http.StatusCreated {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	again := strings.Replace(bob(issued.Secret), "bob", "carol", 1)
	wantProblem(t, post("/api/v1/register", again, "Authorization", "")(byCode), 403, "invalid_code")
	if server := decode[apitype.Server](t, byCode.ask(http.MethodGet, "/api/v1/server", nil)); server.Registration != "code" || server.Name != "test hive" {
		t.Errorf("%+v", server)
	}
}

func TestDisabledAccount(t *testing.T) {
	h := newHive(t)
	disabled := true
	_, err := h.client(h.admin).Users.Update(t.Context(), "alice", apitype.UserChange{Disabled: &disabled})
	h.must(err)
	wantProblem(t, post("/api/v1/login", credentials)(h), 403, "account_disabled")
	a := h.ask(http.MethodGet, "/api/v1/account", nil)
	if code := decode[apitype.Problem](t, a).Code; code != "account_disabled" && code != "token_invalid" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestScopes(t *testing.T) {
	h := newHive(t)
	h.put("/f", "content")
	issue := func(scopes ...string) string {
		issued, err := h.client(h.token).Account.CreateToken(t.Context(), apitype.NewToken{Name: "t", Scopes: scopes})
		h.must(err)
		return issued.Secret
	}
	reader, writer := issue("files:read"), issue("files:write")
	for _, test := range []struct {
		token, method, path string
		allowed             bool
	}{
		{reader, "GET", "/api/v1/files/f", true},
		{reader, "PUT", "/api/v1/files/g", false},
		{reader, "GET", "/api/v1/account", true},
		{reader, "GET", "/api/v1/tokens", false},
		{reader, "GET", "/api/v1/changes", true},
		{reader, "POST", "/api/v1/car/x", false},
		{writer, "GET", "/api/v1/files/f", false},
		{writer, "GET", "/api/v1/archive/", false},
		{writer, "PUT", "/api/v1/files/g", true},
		{writer, "DELETE", "/api/v1/trash", true},
	} {
		a := h.ask(test.method, test.path, nil, "Authorization", "Bearer "+test.token)
		if test.allowed != (a.StatusCode < 300) {
			t.Errorf("%s %s: %d %s", test.method, test.path, a.StatusCode, a.body)
		}
		if !test.allowed {
			wantProblem(t, a, 403, "scope_missing")
		}
	}
	// A token does not make a stronger one.
	owner := issue("account")
	a := post("/api/v1/tokens", `{"name":"more","scopes":["files:write"]}`, "Authorization", "Bearer "+owner)(h)
	wantProblem(t, a, 403, "scope_missing")
}

func TestTokenThatMayOnlyWriteGivesNothingAway(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/docs/secret", "secret")
	h.person("bob")
	share, err := h.client(h.token).Shares.Create(t.Context(), apitype.NewShare{Path: "/docs"})
	h.must(err)
	down, _ := h.link(apitype.NewLink{Path: "/docs", Mode: "download"})
	up, _ := h.link(apitype.NewLink{Path: "/docs", Mode: "upload"})
	issued, err := h.client(h.token).Account.CreateToken(t.Context(), apitype.NewToken{Name: "drop", Scopes: []string{"files:write"}})
	h.must(err)
	link := func(l apitype.Link) string { return "/api/v1/links/" + strconv.FormatInt(l.ID, 10) }
	for _, try := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/api/v1/links", `{"path":"/docs"}`, 403},
		{"POST", "/api/v1/links", `{"path":"/docs","mode":"download"}`, 403},
		{"PATCH", link(up), `{"mode":"download"}`, 403},
		{"PATCH", link(down), `{"no_expiry":true}`, 403},
		{"POST", "/api/v1/shares", `{"path":"/docs","members":[{"user":"bob"}]}`, 403},
		{"POST", "/api/v1/shares/" + share.ID + "/members", `{"user":"bob"}`, 403},
		{"PATCH", "/api/v1/shares/" + share.ID, `{"no_expiry":true}`, 403},
		{"PATCH", "/api/v1/shares/" + share.ID + "/members/bob", `{"no_expiry":true}`, 403},
		{"POST", "/api/v1/invitations", `{"share":"` + share.ID + `"}`, 403},
		{"PATCH", "/api/v1/chunk/" + chunkOf([]byte("s")) + "?path=/docs/secret&offset=0&length=1", ``, 403},
		{"PATCH", "/api/v1/files/docs/secret", ``, 403},
		{"PUT", "/api/v1/chunks/docs/guess", `{"files":[{"path":"/docs/secret"}],"pieces":[{"file":0,"offset":0,"length":6}]}`, 403},
		{"PUT", "/api/v1/chunk/" + chunkOf([]byte("mine")), `mine`, 204},
		{"PUT", "/api/v1/chunks/docs/mine", `{"pieces":[{"chunk":"` + chunkOf([]byte("mine")) + `","length":4}]}`, 200},
		{"POST", "/api/v1/links", `{"path":"/docs","mode":"upload"}`, 201},
		{"PATCH", link(up), `{"no_expiry":true}`, 200},
		{"PATCH", "/api/v1/links/9999", `{"no_expiry":true}`, 404},
		{"DELETE", link(down), ``, 204},
	} {
		a := h.ask(try.method, try.path, strings.NewReader(try.body), "Authorization", "Bearer "+issued.Secret, "Content-Type", "application/json")
		if a.StatusCode != try.status || try.status == 403 && decode[apitype.Problem](t, a).Code != apitype.CodeScopeMissing {
			t.Errorf("%s %s %s: %d %s", try.method, try.path, try.body, a.StatusCode, a.body)
		}
	}
}
