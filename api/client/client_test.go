package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// script is a hive that answers as told and remembers what it was asked. The real one is in package api's tests.
type script struct {
	mu      sync.Mutex
	answers []func(http.ResponseWriter, *http.Request)
	seen    []string // "METHOD escaped-path?query token body"
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.seen = append(s.seen, strings.Join([]string{
		r.Method, r.URL.RequestURI(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), string(raw),
	}, " "))
	answer := s.answers[min(len(s.seen), len(s.answers))-1]
	s.mu.Unlock()
	answer(w, r)
}

// requests is what came so far.
func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// start serves the answers, the last one again and again, and gives a client with fast retries.
func start(t *testing.T, opts client.Options, answers ...func(http.ResponseWriter, *http.Request)) (*client.Client, *script) {
	t.Helper()
	s := &script{answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	opts.Backoff = time.Millisecond
	c, err := client.New(server.URL+"/", opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, s
}

func answer(v any) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
}

func refuse(status int, code string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("X-Request-Id", "r1")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(apitype.Problem{Status: status, Code: code, Detail: "because"})
	}
}

// cut breaks the connection without an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestNewRefusesAddresses(t *testing.T) {
	for _, address := range []string{"", "hive.example.org", "ftp://hive", "http://", "http://[::1", "/relative"} {
		if _, err := client.New(address, client.Options{}); err == nil {
			t.Errorf("New(%q) took it", address)
		}
	}
}

func TestErrorByCode(t *testing.T) {
	c, _ := start(t, client.Options{Token: "x"}, refuse(404, apitype.CodeNotFound))
	_, err := c.Files.Stat(t.Context(), "/a")
	if !errors.Is(err, client.ErrNotFound) || errors.Is(err, client.ErrExists) {
		t.Errorf("got %v, want ErrNotFound only", err)
	}
	var e *client.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T, want *client.Error", err)
	}
	want := &client.Error{Status: 404, Code: "not_found", Detail: "because", RequestID: "r1"}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func TestErrorOfAnotherServer(t *testing.T) {
	c, _ := start(t, client.Options{Retries: -1}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<h1>go away</h1>")
	})
	_, err := c.Server(t.Context())
	var e *client.Error
	if !errors.As(err, &e) || e.Code != "" || err.Error() != "Forbidden" {
		t.Errorf("got %v, want the status alone", err)
	}
}

func TestRetries(t *testing.T) {
	body := func() io.Reader { return strings.NewReader("content") }
	stream := func() io.Reader { return io.LimitReader(strings.NewReader("content"), 7) }
	put := func(body func() io.Reader, opts client.PutOptions) func(*client.Client) error {
		return func(c *client.Client) error {
			_, _, err := c.Files.Put(context.Background(), "/f", body(), opts)
			return err
		}
	}
	ok, busy := answer(struct{}{}), refuse(503, apitype.CodeStopping)
	for _, test := range []struct {
		name    string
		call    func(*client.Client) error
		answers []func(http.ResponseWriter, *http.Request)
		want    int // requests seen
		fails   bool
	}{
		{"get after 503", func(c *client.Client) error { return c.Ready(context.Background()) }, []func(http.ResponseWriter, *http.Request){busy, busy, ok}, 3, false},
		{"get after a cut", func(c *client.Client) error { return c.Ready(context.Background()) }, []func(http.ResponseWriter, *http.Request){cut, ok}, 2, false},
		{"only so often", func(c *client.Client) error { return c.Ready(context.Background()) }, []func(http.ResponseWriter, *http.Request){busy}, 4, true},
		{"not after 500", func(c *client.Client) error { return c.Ready(context.Background()) }, []func(http.ResponseWriter, *http.Request){refuse(500, apitype.CodeInternal)}, 1, true},
		{"put replays", put(body, client.PutOptions{}), []func(http.ResponseWriter, *http.Request){busy, cut, ok}, 3, false},
		{"put of a stream does not", put(stream, client.PutOptions{}), []func(http.ResponseWriter, *http.Request){busy, ok}, 1, true},
		{"put with a condition does not", put(body, client.PutOptions{Condition: client.Condition{IfNoneMatch: "*"}}), []func(http.ResponseWriter, *http.Request){busy, ok}, 1, true},
		{"post does not", func(c *client.Client) error {
			_, err := c.Files.Move(context.Background(), apitype.Transfer{From: "/a", To: "/b"})
			return err
		}, []func(http.ResponseWriter, *http.Request){busy, ok}, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, s := start(t, client.Options{Token: "x"}, test.answers...)
			err := test.call(c)
			if (err != nil) != test.fails || len(s.requests()) != test.want {
				t.Errorf("got %d requests and error %v, want %d", len(s.requests()), err, test.want)
			}
			for _, seen := range s.requests() {
				if strings.HasPrefix(seen, "PUT") && !strings.HasSuffix(seen, " content") {
					t.Errorf("sent %q without its body", seen)
				}
			}
		})
	}
}

// transport answers without a network, so that time can be virtual.
type transport func() *http.Response

func (f transport) RoundTrip(*http.Request) (*http.Response, error) { return f(), nil }

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, after := 0, "3600"
		c, err := client.New("http://hive", client.Options{Transport: transport(func() *http.Response {
			w := httptest.NewRecorder()
			if asked++; asked == 3 {
				answer(apitype.Server{Name: "h"})(w, nil)
				return w.Result()
			}
			w.Header().Set("Retry-After", after)
			refuse(429, apitype.CodeTooManyAttempts)(w, nil)
			return w.Result()
		})})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Server(t.Context())
		var e *client.Error
		if !errors.As(err, &e) || e.RetryAfter != time.Hour || asked != 1 {
			t.Errorf("got %v after %d requests, want one hour told and no wait", err, asked)
		}
		after = "20"
		start := time.Now()
		if _, err := c.Server(t.Context()); err != nil || asked != 3 || time.Since(start) != 20*time.Second {
			t.Errorf("got %v after %d requests and %s, want one more after 20 s", err, asked, time.Since(start))
		}
	})
}

func TestRetryEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, s := start(t, client.Options{}, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		refuse(503, apitype.CodeStopping)(w, r)
	})
	if _, err := c.Server(ctx); err == nil || len(s.requests()) != 1 {
		t.Errorf("got %v after %d requests", err, len(s.requests()))
	}
}

func TestBodyErrorIsTheCallers(t *testing.T) {
	broken := errors.New("disk is gone")
	c, s := start(t, client.Options{Token: "x"}, answer(struct{}{}))
	_, _, err := c.Files.Put(t.Context(), "/f", io.MultiReader(strings.NewReader("a"), &failing{broken}), client.PutOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
	if len(s.requests()) > 1 {
		t.Error("sent again")
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestPathsAreEscapedOnce(t *testing.T) {
	for path, want := range map[string]string{
		"/":                "/api/v1/entries/",
		"/a b/c":           "/api/v1/entries/a%20b/c",
		"/100%/#1?x=y":     "/api/v1/entries/100%25/%231%3Fx=y",
		"/%2e%2e/x":        "/api/v1/entries/%252e%252e/x",
		"/📷 ü \"q\"":       "/api/v1/entries/%F0%9F%93%B7%20%C3%BC%20%22q%22",
		"relative/is/same": "/api/v1/entries/relative/is/same",
	} {
		c, s := start(t, client.Options{Token: "tok"}, answer(apitype.Entry{}))
		if _, err := c.Files.Stat(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if got := s.requests()[0]; got != "GET "+want+" tok " {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestSignsInByItself(t *testing.T) {
	session := func(token string) func(http.ResponseWriter, *http.Request) {
		return answer(apitype.Session{Token: token})
	}
	c, s := start(t, client.Options{User: "alice", Password: "pw"},
		session("one"), answer(apitype.Account{}), refuse(401, apitype.CodeTokenExpired), session("two"), answer(apitype.Account{}))
	for range 2 {
		if _, err := c.Account.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`POST /api/v1/login  {"user":"alice","password":"pw"}`, "GET /api/v1/account one ", "GET /api/v1/account one ",
		`POST /api/v1/login  {"user":"alice","password":"pw"}`, "GET /api/v1/account two ",
	}
	if diff := cmp.Diff(want, s.requests()); diff != "" {
		t.Error(diff)
	}
	if c.Token() != "two" {
		t.Errorf("holds %q", c.Token())
	}
}

func TestTokenStaysWithItsHive(t *testing.T) {
	var leaked string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked = r.Header.Get("Authorization") }))
	t.Cleanup(other.Close)
	c, _ := start(t, client.Options{Token: "x"}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if _, err := c.Account.Get(t.Context()); err == nil || leaked != "" {
		t.Errorf("followed the redirect with %q, err %v", leaked, err)
	}
}

func TestPagesFollow(t *testing.T) {
	c, s := start(t, client.Options{Token: "x"},
		answer(apitype.Page[apitype.User]{Items: []apitype.User{{Name: "a"}, {Name: "b"}}, Next: "b"}),
		answer(apitype.Page[apitype.User]{Items: []apitype.User{{Name: "c"}}}))
	var names []string
	for user, err := range c.Users.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, user.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"GET /api/v1/users x ", "GET /api/v1/users?after=b x "}, s.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestPageErrorEndsTheList(t *testing.T) {
	c, _ := start(t, client.Options{Token: "x"}, refuse(403, apitype.CodeAdminOnly))
	calls := 0
	for _, err := range c.Users.All(t.Context()) {
		calls++
		if !errors.Is(err, client.ErrAdminOnly) {
			t.Errorf("got %v", err)
		}
	}
	if calls != 1 {
		t.Errorf("%d rounds, want 1", calls)
	}
}

func TestPageIsNoAnswerOfAHive(t *testing.T) {
	t.Parallel()
	c, _ := start(t, client.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<h1>It works!</h1>")
	})
	ctx := t.Context()
	for what, call := range map[string]func() error{
		"call":   func() error { _, err := c.Account.Get(ctx); return err },
		"send":   func() error { return c.Account.RevokeToken(ctx, 7) },
		"open":   func() error { _, err := c.Files.Open(ctx, "/f", client.OpenOptions{}); return err },
		"stream": func() error { _, err := c.Files.Export(ctx, "/f"); return err },
		"upload": func() error { _, err := c.Uploads.Progress(ctx, "1"); return err },
		"chunks": func() error { _, err := c.Chunks.List(ctx, "/f", 0); return err },
	} {
		if err := call(); !errors.Is(err, client.ErrNoHive) {
			t.Errorf("%s: got %v, want ErrNoHive", what, err)
		}
	}
}

func TestPageThatIsAFileOfAHive(t *testing.T) {
	t.Parallel()
	c, _ := start(t, client.Options{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Hive-Root", "bafk")
		_, _ = io.WriteString(w, "<h1>mine</h1>")
	})
	content, err := c.Files.Open(t.Context(), "/f.html", client.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if raw, err := io.ReadAll(content); err != nil || string(raw) != "<h1>mine</h1>" {
		t.Errorf("got %q, %v", raw, err)
	}
}
