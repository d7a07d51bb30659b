package api_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

func withSecrets(s *setup) { s.account.Key = bytes.Repeat([]byte{1}, account.KeyBytes) }

func TestSecondFactor(t *testing.T) {
	h := newHive(t, withSecrets)
	c := h.client(h.token).Account
	secret, err := c.BeginTOTP(t.Context(), password)
	h.must(err)
	code := func(in time.Duration) string {
		code, err := totp.GenerateCode(secret.Secret, time.Now().Add(in))
		h.must(err)
		return code
	}
	codes, err := c.ConfirmTOTP(t.Context(), code(0))
	if err != nil || len(codes) != 10 {
		t.Fatalf("%q, %v", codes, err)
	}
	if is, err := c.TOTP(t.Context()); err != nil || !is.On || is.Since == nil || is.RecoveryCodesLeft != 10 {
		t.Errorf("%+v, %v", is, err)
	}
	wantProblem(t, post("/api/v1/me/totp", `{"password":"`+password+`"}`)(h), 409, "exists")
	wantProblem(t, post("/api/v1/session", credentials, "Authorization", "")(h), 401, "totp_required")
	wantProblem(t, post("/api/v1/login", `{"user":"alice","password":"`+password+`","totp":"000000"}`, "Authorization", "")(h), 401, "totp_invalid")
	visitor := h.client("")
	session, err := visitor.LoginBy(t.Context(), apitype.Login{User: "alice", Password: password, TOTP: code(30 * time.Second)})
	if err != nil || !session.User.TOTP {
		t.Fatalf("%+v, %v", session, err)
	}
	if err := c.EndTOTP(t.Context(), password, codes[0]); err != nil {
		t.Error(err)
	}
}

func TestAppPasswordsOverBasic(t *testing.T) {
	h := newHive(t)
	c := h.client(h.token).Account
	h.put("/mine", "content")
	made, err := c.CreateAppPassword(t.Context(), apitype.NewAppPassword{Name: "phone", Scopes: []string{"files:read"}})
	h.must(err)
	basic := func(user, password string) []string {
		return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
	}
	as := basic("alice", made.Password)
	if a := h.ask(http.MethodGet, "/api/v1/files/mine", nil, as...); string(a.body) != "content" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	wantProblem(t, put("/api/v1/files/mine", "x", as...)(h), 403, "scope_missing")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/tokens", nil, as...), 403, "scope_missing")
	wantProblem(t, h.ask(http.MethodDelete, "/api/v1/files/mine", nil, append(as, "Sec-Fetch-Site", "cross-site")...), 403, "cross_origin")
	for _, wrong := range [][]string{basic("alice", password), basic("root", made.Password), basic("alice", h.token)} {
		a := h.ask(http.MethodGet, "/api/v1/files/mine", nil, wrong...)
		wantProblem(t, a, 401, "token_invalid")
		if got := a.Header.Get("WWW-Authenticate"); got != `Basic realm="hive", charset="UTF-8"` {
			t.Errorf("challenge %q", got)
		}
	}
	if a := h.ask(http.MethodGet, "/api/v1/files/mine", nil, "Authorization", ""); a.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("challenge %q: a browser would ask for a password", a.Header.Get("WWW-Authenticate"))
	}
	list, err := c.AppPasswords(t.Context())
	if err != nil || len(list) != 1 || list[0].Address != "127.0.0.1" || list[0].LastUsed == nil {
		t.Errorf("%+v, %v", list, err)
	}
	h.must(c.EndAppPassword(t.Context(), made.ID))
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/files/mine", nil, as...), 401, "token_invalid")
	_, err = c.CreateAppPassword(t.Context(), apitype.NewAppPassword{Name: "x", Scopes: []string{"admin"}})
	if !isCode(err, "invalid") {
		t.Errorf("got %v", err)
	}
}

func isCode(err error, code string) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Code == code
}

func TestReset(t *testing.T) {
	h := newHive(t)
	code, err := h.client(h.admin).Users.Reset(t.Context(), "alice")
	if err != nil || time.Until(code.Expires) < time.Hour {
		t.Fatalf("%+v, %v", code, err)
	}
	visitor, in := h.client(""), apitype.Reset{User: "alice", Code: "wrong", Password: password + "2"}
	if err := visitor.Reset(t.Context(), in); !isCode(err, "invalid_code") {
		t.Errorf("got %v", err)
	}
	in.Code = code.Code
	h.must(visitor.Reset(t.Context(), in))
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/account", nil), 401, "token_invalid")
	_, err = visitor.Login(t.Context(), "alice", password+"2")
	h.must(err)
	wantProblem(t, post("/api/v1/users/root/reset", "", "Authorization", "Bearer "+visitor.Token())(h), 403, "admin_only")
}
