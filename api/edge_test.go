package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/catalog"
)

func TestConfig(t *testing.T) {
	for _, cfg := range []api.Config{{TrustedProxies: []string{"proxy.example"}}, {TrustedProxies: []string{"10.0.0.0/99"}}, {Stall: -1}, {Beat: -1}} {
		if _, err := api.New(nil, nil, cfg); err == nil {
			t.Errorf("New took %+v", cfg)
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	h := newHive(t)
	h.put("/f", "content")
	seen := map[string]bool{}
	for _, path := range []string{"/api/v1/account", "/api/v1/files/f", "/api/v1/files/nothing", "/nothing", "/healthz", "/api/openapi.json", "/api/v1/archive/"} {
		a := h.ask(http.MethodGet, path, nil)
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", path, header, got)
			}
		}
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: Content-Security-Policy is %q", path, csp)
		}
		if cache := a.Header.Get("Cache-Control"); cache != "no-store" && cache != "private, no-cache" {
			t.Errorf("%s: Cache-Control is %q", path, cache)
		}
		if id := a.Header.Get("X-Request-Id"); id == "" || seen[id] {
			t.Errorf("%s: request id %q", path, id)
		}
		seen[a.Header.Get("X-Request-Id")] = true
		if a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: open to other sites", path)
		}
	}
}

func TestAllowedMethods(t *testing.T) {
	a := newHive(t).ask(http.MethodPost, "/api/v1/files/x", nil)
	wantProblem(t, a, 405, "method_not_allowed")
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
		if !strings.Contains(a.Header.Get("Allow"), method) {
			t.Errorf("Allow is %q", a.Header.Get("Allow"))
		}
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	h := newHive(t)
	h.put("/private name", "content")
	session := decode[apitype.Session](t, post("/api/v1/login", credentials)(h))
	post("/api/v1/login", `{"user":"alice","password":"not the secret"}`)(h)
	post("/api/v1/login", `{"user":"alice","password":"malformed secret`)(h)
	h.ask(http.MethodGet, "/api/v1/search?q=embarrassing", nil, "Authorization", "Bearer "+session.Token)
	h.ask(http.MethodGet, "/api/v1/account?access_token=leaked", nil)
	log := h.log.String()
	for _, secret := range []string{password, "not the secret", "malformed secret", session.Token, h.token, "embarrassing", "leaked"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	if !strings.Contains(log, "user=alice") || !strings.Contains(log, "status=401") || !strings.Contains(log, "path=/api/v1/search") {
		t.Errorf("the log says too little:\n%s", log)
	}
}

// TestPanic answers properly though a handler panics: the server stands on no accounts at all.
func TestPanic(t *testing.T) {
	log := &journal{}
	server, err := api.New(nil, (*catalog.Catalog)(nil), api.Config{Log: textLog(log)})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/login", strings.NewReader(credentials)))
	p := wantProblem(t, answer{Response: w.Result(), body: w.Body.Bytes()}, 500, "internal")
	if !strings.Contains(log.String(), p.RequestID) || !strings.Contains(log.String(), "goroutine") {
		t.Errorf("the log has not the whole story:\n%s", log)
	}
}

func TestForwardedAddress(t *testing.T) {
	for _, test := range []struct {
		trusted []string
		want    string
	}{
		{nil, "address=127.0.0.1"},
		{[]string{"192.0.2.0/24"}, "address=127.0.0.1"},
		{[]string{"127.0.0.0/8"}, "address=203.0.113.9"},
		{[]string{"127.0.0.1"}, "address=203.0.113.9"},
	} {
		h := newHive(t, func(s *setup) { s.api.TrustedProxies = test.trusted })
		h.ask(http.MethodGet, "/api/v1/nothing", nil, "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https")
		if log := h.log.String(); !strings.Contains(log, test.want) {
			t.Errorf("trusting %v: want %s in %s", test.trusted, test.want, log)
		}
		a := post("/api/v1/session", credentials, "Authorization", "", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https")(h)
		if secure := a.Cookies()[0].Secure; secure != strings.Contains(test.want, "203") {
			t.Errorf("trusting %v: secure is %v", test.trusted, secure)
		}
	}
}

func TestReadiness(t *testing.T) {
	var state error
	h := newHive(t, func(s *setup) { s.api.Ready = func(context.Context) error { return state } })
	if a := h.ask(http.MethodGet, "/readyz", nil); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	state = errors.New("database is away: dsn with secret")
	a := h.ask(http.MethodGet, "/readyz", nil)
	wantProblem(t, a, 503, "not_ready")
	if strings.Contains(string(a.body), "secret") {
		t.Errorf("tells everyone %s", a.body)
	}
	if a := h.ask(http.MethodGet, "/healthz", nil); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestStorage(t *testing.T) {
	want := apitype.Storage{Blocks: 1, Bytes: 2, Free: 3, Reserve: 4}
	h := newHive(t, func(s *setup) { s.api.Store = func(context.Context) (apitype.Storage, error) { return want, nil } })
	if got, err := h.client(h.admin).Storage(t.Context()); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/storage", nil), 403, "admin_only")
}

// TestTwoInOneProcess: servers share nothing.
func TestTwoInOneProcess(t *testing.T) {
	one, two := newHive(t), newHive(t, func(s *setup) { s.api.Name = "the other" })
	one.put("/f", "one")
	wantProblem(t, two.ask(http.MethodGet, "/api/v1/files/f", nil), 404, "not_found")
	wantProblem(t, two.ask(http.MethodGet, "/api/v1/account", nil, "Authorization", "Bearer "+one.token), 401, "token_invalid")
	if a := decode[apitype.Server](t, two.ask(http.MethodGet, "/api/v1/server", nil)); a.Name != "the other" || a.Version != "1.2.3" {
		t.Errorf("%+v", a)
	}
}
