package api_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/thumbnail"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/settings"
	"github.com/melissiproject/hive/internal/statistics"
	"github.com/melissiproject/hive/sharing"
	"github.com/melissiproject/hive/sharing/link"
)

// password is that of every user here.
const password = "correct horse battery"

// cheap makes hashing a password cost nothing.
var cheap = account.Argon{Memory: 64, Time: 1, Threads: 1}

// hive is a real server on a real database and a real block store, with the admin root and the user alice.
type hive struct {
	t          testing.TB
	url        string
	accounts   *account.Accounts
	catalog    *catalog.Catalog
	sharing    *sharing.Sharing
	store      *blockstore.Store
	thumbs     *thumbnail.Thumbnails
	server     *api.Server
	statistics *statistics.Store
	log        *journal
	alice      account.User
	token      string // of alice
	admin      string // token of root
}

// deserted is a network on which no hive answers.
type deserted struct{}

var errDeserted = errors.New("nobody is there")

func (deserted) Dial(context.Context, peer.ID, protocol.ID) (net.Conn, error) {
	return nil, errDeserted
}
func (deserted) Handle(protocol.ID, func(peer.ID, net.Conn)) {}
func (deserted) Notify(func(peer.ID, bool))                  {}

// setup changes how a hive is built.
type setup struct {
	api      api.Config
	account  account.Config
	catalog  catalog.Config
	store    *blockstore.Store
	listener func(*httptest.Server)
	settings *settings.Values // of the configuration file; nil for no settings
}

func newHive(t testing.TB, changes ...func(*setup)) *hive {
	t.Helper()
	h := &hive{t: t, log: &journal{}}
	cfg := setup{
		api:     api.Config{Version: "1.2.3", Name: "test hive", Log: textLog(h.log)},
		account: account.Config{Argon: cheap},
	}
	for _, change := range changes {
		change(&cfg)
	}
	if h.store = cfg.store; h.store == nil {
		h.store = blocktest.New(t)
	}
	db := databasetest.New(t)
	live, err := openSettings(t, db, &cfg)
	h.must(err)
	h.accounts, err = account.New(db, cfg.account)
	h.must(err)
	cfg.catalog.Quota = h.accounts.Quota
	h.catalog, err = catalog.New(db, h.store, cfg.catalog)
	h.must(err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	h.must(err)
	stores := sharing.Stores{DB: db, Blocks: h.store, Accounts: h.accounts, Catalog: h.catalog}
	h.sharing, err = sharing.New(t.Context(), stores, sharing.Config{Key: key, Network: deserted{}})
	h.must(err)
	h.statistics = statistics.New(db)
	cfg.api.Sharing, cfg.api.Audit, cfg.api.Statistics = h.sharing, audit.New(db), h.statistics
	if cfg.settings != nil {
		cfg.api.Settings = live
	}
	cfg.api.Thumbnails, err = thumbnail.New(db, h.store, thumbnail.Config{})
	h.must(err)
	cfg.api.Links, err = link.New(link.Stores{DB: db, Accounts: h.accounts, Catalog: h.catalog}, key)
	h.must(err)
	h.thumbs = cfg.api.Thumbnails
	h.server, err = api.New(h.accounts, h.catalog, cfg.api)
	h.must(err)
	_, err = h.accounts.Create(t.Context(), account.NewUser{Name: "root", Password: password, Admin: true})
	h.must(err)
	h.alice, err = h.accounts.Create(t.Context(), account.NewUser{Name: "alice", Password: password})
	h.must(err)
	h.admin, h.token = h.signIn("root"), h.signIn("alice")

	web := httptest.NewUnstartedServer(h.server)
	if cfg.listener != nil {
		cfg.listener(web)
	}
	web.Start()
	t.Cleanup(func() {
		h.server.Close()
		web.Close()
	})
	h.url = web.URL
	return h
}

// openSettings has accounts follow the settings, where there are some.
func openSettings(t testing.TB, db *database.DB, cfg *setup) (*settings.Settings, error) {
	if cfg.settings == nil {
		return nil, nil //nolint:nilnil // none are wanted
	}
	s, err := settings.Open(t.Context(), db, *cfg.settings)
	cfg.account.Rules = func() account.Rules {
		now := s.Now()
		return account.Rules{Registration: account.Mode(now.Registration), Quota: now.Quota, SessionLife: now.SessionLife}
	}
	return s, err
}

// must ends the test on an error.
func (h *hive) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// signIn gives a token of a session.
func (h *hive) signIn(user string) string {
	h.t.Helper()
	secret, _, _, err := h.accounts.Login(h.t.Context(), account.Login{Name: user, Password: password, Address: "192.0.2.1"})
	h.must(err)
	return secret
}

// client speaks for a token.
func (h *hive) client(token string) *client.Client {
	h.t.Helper()
	c, err := client.New(h.url, client.Options{Token: token, Retries: -1})
	h.must(err)
	h.t.Cleanup(c.Close)
	return c
}

// answer is what came back, read to its end.
type answer struct {
	*http.Response
	body []byte
	err  error // of reading the body
}

// ask sends a request as alice. Headers come as pairs; "Authorization", "" leaves the token out.
func (h *hive) ask(method, path string, body io.Reader, headers ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	h.must(err)
	req.Header.Set("Authorization", "Bearer "+h.token)
	for i := 0; i < len(headers); i += 2 {
		if req.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	defer resp.Body.Close()
	a := answer{Response: resp}
	a.body, a.err = io.ReadAll(resp.Body)
	return a
}

// put stores content as alice.
func (h *hive) put(path, content string) apitype.Entry {
	h.t.Helper()
	a := h.ask(http.MethodPut, "/api/v1/files"+path+"?parents=true", strings.NewReader(content))
	if a.StatusCode != http.StatusCreated && a.StatusCode != http.StatusOK {
		h.t.Fatalf("PUT %s: %d %s", path, a.StatusCode, a.body)
	}
	return decode[apitype.Entry](h.t, a)
}

func decode[T any](t testing.TB, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
	return v
}

// wantProblem checks that a is a problem in every respect.
func wantProblem(t *testing.T, a answer, status int, code string) apitype.Problem {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, want %d: %s", a.StatusCode, status, a.body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q: %s", got, a.body)
	}
	p := decode[apitype.Problem](t, a)
	if p.Code != code || p.Status != a.StatusCode || p.Title == "" || p.Detail == "" {
		t.Errorf("got %+v, want code %s", p, code)
	}
	if p.RequestID == "" || p.RequestID != a.Header.Get("X-Request-Id") {
		t.Errorf("request id %q in the body, %q in the header", p.RequestID, a.Header.Get("X-Request-Id"))
	}
	for _, trace := range []string{"goroutine", ".go:", "panic", "sqlite", "runtime"} {
		if bytes.Contains(a.body, []byte(trace)) {
			t.Errorf("%q in %s", trace, a.body)
		}
	}
	return p
}

// journal is a log that can be read while it is written.
type journal struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	grown chan struct{} // closed by the next Write
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
	return j.buf.Write(p)
}

// wait returns when text is in the log.
func (j *journal) wait(t testing.TB, text string) {
	t.Helper()
	for ctx := within(t); ; {
		grown := j.growth() // before the look, so that no line is missed
		if strings.Contains(j.String(), text) {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			t.Fatalf("no %q in the log:\n%s", text, j)
		}
	}
}

func (j *journal) growth() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.grown == nil {
		j.grown = make(chan struct{})
	}
	return j.grown
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func textLog(j *journal) *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// within gives a context for what must happen soon.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
