package api_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/blockstore/badgerstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

// kept is what alice has before each bad request, and must have after it.
var kept = map[string]string{"/keep.txt": "kept", "/folder/inner.txt": "inner"}

// badInput is a request that must fail, and how.
type badInput struct {
	name   string
	ask    func(h *hive) answer
	status int
	code   string
}

func get(path string, headers ...string) func(*hive) answer {
	return func(h *hive) answer { return h.ask(http.MethodGet, path, nil, headers...) }
}

func put(path, body string, headers ...string) func(*hive) answer {
	return func(h *hive) answer { return h.ask(http.MethodPut, path, strings.NewReader(body), headers...) }
}

func post(path, body string, headers ...string) func(*hive) answer {
	headers = append([]string{"Content-Type", "application/json"}, headers...)
	return func(h *hive) answer { return h.ask(http.MethodPost, path, strings.NewReader(body), headers...) }
}

func method(name, path string) func(*hive) answer {
	return func(h *hive) answer { return h.ask(name, path, nil) }
}

var badInputs = []badInput{
	{"wrong password", post("/api/v1/login", `{"user":"alice","password":"wrong password"}`), 401, "wrong_password"},
	{"unknown user", post("/api/v1/login", `{"user":"nobody","password":"wrong password"}`), 401, "wrong_password"},
	{"no token", get("/api/v1/account", "Authorization", ""), 401, "token_invalid"},
	{"expired token", expired, 401, "token_expired"},
	{"token in the query", get("/api/v1/account?token=x&access_token=y", "Authorization", ""), 401, "token_invalid"},

	{"path with ..", put("/api/v1/files/folder/../x", "x"), 400, "invalid_path"},
	{"path with escaped ..", put("/api/v1/files/folder/%2e%2e/x", "x"), 400, "invalid_path"},
	{"path with escaped ../", put("/api/v1/files/folder/..%2fx", "x"), 400, "invalid_path"},
	{"read of a path with ..", get("/api/v1/files/folder/../keep.txt"), 400, "invalid_path"},
	{"path with .", put("/api/v1/files/./x", "x"), 400, "invalid_path"},
	{"path with an empty name", put("/api/v1/files/folder//x", "x"), 400, "invalid_path"},
	{"path with NUL", put("/api/v1/files/a%00b", "x"), 400, "invalid_path"},
	{"path that is not UTF-8", put("/api/v1/files/%ff%fe", "x"), 400, "invalid_path"},
	{"path with a line break", put("/api/v1/files/a%0Ab", "x"), 400, "invalid_path"},
	{"bad path in a body", post("/api/v1/move", `{"from":"/keep.txt","to":"/folder/../x"}`), 400, "invalid_path"},
	{"name of 256 bytes", put("/api/v1/files/"+strings.Repeat("n", 256), "x"), 400, "name_too_long"},
	{"name of 256 bytes in runes", put("/api/v1/files/"+strings.Repeat("ü", 128), "x"), 400, "name_too_long"},

	{"body shorter than its length", truncated, 400, "body_truncated"},
	{"chunked body that breaks", brokenChunk, 400, "body_truncated"},
	{"part of a file", put("/api/v1/files/x", "x", "Content-Range", "bytes 0-0/2"), 422, "invalid"},
	{"encoded body", put("/api/v1/files/x", "x", "Content-Encoding", "gzip"), 415, "unsupported_media_type"},
	{"time that is none", put("/api/v1/files/x?mtime=yesterday", "x"), 422, "invalid"},
	{"exec bit that is none", put("/api/v1/files/x?exec=perhaps", "x"), 422, "invalid"},
	{"query that is none", put("/api/v1/files/x?exec=%zz", "x"), 422, "invalid"},

	{"stale If-Match", put("/api/v1/files/keep.txt", "new", "If-Match", `"1-stale"`), 412, "precondition_failed"},
	{"If-Match on nothing", put("/api/v1/files/x", "new", "If-Match", "*"), 412, "precondition_failed"},
	{"If-None-Match on something", put("/api/v1/files/keep.txt", "new", "If-None-Match", "*"), 412, "precondition_failed"},
	{"read with stale If-Match", get("/api/v1/files/keep.txt", "If-Match", `"stale"`), 412, "precondition_failed"},
	{"remove with stale If-Match", func(h *hive) answer {
		return h.ask(http.MethodDelete, "/api/v1/files/keep.txt", nil, "If-Match", `"stale"`)
	}, 412, "precondition_failed"},
	{"range outside", get("/api/v1/files/keep.txt", "Range", "bytes=100-"), 416, "range_not_satisfiable"},
	{"range that is none", get("/api/v1/files/keep.txt", "Range", "bytes=b-a"), 416, "range_not_satisfiable"},

	{"file as folder", put("/api/v1/files/keep.txt/x", "x"), 409, "not_folder"},
	{"folder as file", put("/api/v1/files/folder", "x"), 409, "is_folder"},
	{"home as file", put("/api/v1/files/", "x"), 409, "is_folder"},
	{"remove the home", method(http.MethodDelete, "/api/v1/files/"), 400, "invalid_path"},
	{"read of a folder", get("/api/v1/files/folder"), 409, "is_folder"},
	{"read of the home", get("/api/v1/files/"), 409, "is_folder"},
	{"list of a file", get("/api/v1/folders/keep.txt"), 409, "not_folder"},
	{"folder above is missing", put("/api/v1/files/a/b", "x"), 404, "not_found"},
	{"read of nothing", get("/api/v1/files/nothing"), 404, "not_found"},
	{"revision of nothing", get("/api/v1/files/keep.txt?revision=99"), 404, "not_found"},
	{"remove nothing", method(http.MethodDelete, "/api/v1/files/nothing"), 404, "not_found"},
	{"folder that exists", method(http.MethodPut, "/api/v1/folders/folder"), 409, "exists"},
	{"move onto something", post("/api/v1/move", `{"from":"/keep.txt","to":"/folder/inner.txt"}`), 409, "exists"},
	{"move into itself", post("/api/v1/move", `{"from":"/folder","to":"/folder/in"}`), 409, "into_itself"},
	{"restore of nothing", method(http.MethodPost, "/api/v1/trash/99/restore"), 404, "not_found"},
	{"cursor of nowhere", get("/api/v1/folders/?after=nonsense"), 400, "invalid_cursor"},
	{"page too large", get("/api/v1/folders/?limit=100000"), 422, "invalid"},
	{"order that is none", get("/api/v1/folders/?sort=colour"), 422, "invalid"},
	{"archive of another kind", get("/api/v1/archive/folder?format=rar"), 422, "invalid"},
	{"CAR that is none", func(h *hive) answer {
		return h.ask(http.MethodPost, "/api/v1/car/x", strings.NewReader("not a CAR"), "Content-Type", "application/vnd.ipld.car")
	}, 400, "invalid_car"},

	{"wrong Repr-Digest", put("/api/v1/files/x", "x", "Repr-Digest", sha256Of("y")), 422, "digest_mismatch"},
	{"wrong Content-Digest", put("/api/v1/files/keep.txt", "x", "Repr-Digest", sha256Of("x"), "Content-Digest", sha256Of("y")), 422, "digest_mismatch"},
	{"digest that is none", put("/api/v1/files/x", "x", "Content-Digest", "sha-256=:AAAA:"), 422, "invalid"},
	{"last 0 bytes", get("/api/v1/files/keep.txt", "Range", "bytes=-0"), 416, "range_not_satisfiable"},

	{"search with NUL", get("/api/v1/search?q=%00"), 422, "invalid"},
	{"NUL in a part of a path", get("/api/v1/shares/a%00b"), 422, "invalid"},
	{"NUL in a user with Basic", get("/api/v1/account", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("a\x00b:c"))), 401, "token_invalid"},
	{"NUL in JSON", post("/api/v1/invitations", `{"note":"a\u0000b"}`), 422, "invalid"},
	{"NUL in JSON, deep", post("/api/v1/shares", `{"path":"/folder","members":[{"user":"b\u0000b"}]}`), 422, "invalid"},
	{"NUL in sign-in", post("/api/v1/login", `{"user":"a\u0000b","password":"wrong password"}`), 422, "invalid"},
	{"damaged CAR", damagedCAR, 400, "invalid_car"},

	{"malformed JSON", post("/api/v1/move", `{"from":`), 400, "malformed_json"},
	{"JSON of another shape", post("/api/v1/move", `["/keep.txt"]`), 422, "invalid"},
	{"no JSON", post("/api/v1/move", ``), 400, "malformed_json"},
	{"field that is unknown", post("/api/v1/move", `{"from":"/keep.txt","to":"/x","force":true}`), 422, "invalid"},
	{"field that is missing", post("/api/v1/move", `{"from":"/keep.txt"}`), 422, "invalid"},
	{"field of another type", post("/api/v1/move", `{"from":"/keep.txt","to":7}`), 422, "invalid"},
	{"JSON too large", post("/api/v1/move", `{"from":"/keep.txt","to":"/`+strings.Repeat("x", 1<<20)+`"}`), 413, "body_too_large"},
	{"JSON of a stranger too large", post("/api/v1/login", `{"user":"alice","password":"`+strings.Repeat("x", 16<<10)+`"}`), 413, "body_too_large"},
	{"body that is not JSON", post("/api/v1/move", `from=/keep.txt&to=/x`, "Content-Type", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"},
	{"scope that is none", post("/api/v1/tokens", `{"name":"t","scopes":["everything"]}`), 422, "invalid"},
	{"number that is none", method(http.MethodDelete, "/api/v1/tokens/first"), 422, "invalid"},

	{"unknown route", get("/api/v1/nothing"), 404, "no_route"},
	{"unknown route at the root", get("/nothing"), 404, "no_route"},
	{"route with a slash more", get("/api/v1/account/"), 404, "no_route"},
	{"method that is not there", method(http.MethodPatch, "/api/v1/folders/folder"), 405, "method_not_allowed"},
	{"OPTIONS", method(http.MethodOptions, "/api/v1/account"), 405, "method_not_allowed"},
	{"admin's route", get("/api/v1/users"), 403, "admin_only"},
}

func TestBadInput(t *testing.T) {
	h := newHive(t)
	for path, content := range kept {
		h.put(path, content)
	}
	before := h.everything()
	for _, bad := range slices.Concat(badInputs, deltaInputs, chunkInputs) {
		t.Run(bad.name, func(t *testing.T) {
			wantProblem(t, bad.ask(h), bad.status, bad.code)
			if diff := cmp.Diff(before, h.everything()); diff != "" {
				t.Errorf("something was stored or lost:\n%s", diff)
			}
		})
	}
	for path, content := range kept {
		if a := h.ask(http.MethodGet, "/api/v1/files"+path, nil); string(a.body) != content {
			t.Errorf("%s is now %q", path, a.body)
		}
	}
	if log := h.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("a bad request is no failure of the server:\n%s", log)
	}
}

// everything is all that alice has: entries, trash, changes and use.
func (h *hive) everything() []any {
	h.t.Helper()
	c := h.client(h.token)
	var all []any
	for _, folder := range []string{"/", "/folder"} {
		page, err := c.Files.List(h.t.Context(), folder, client.ListOptions{})
		if err == nil {
			all = append(all, page)
		}
	}
	for trashed, err := range c.History.Trash(h.t.Context()) {
		h.must(err)
		all = append(all, trashed)
	}
	changes, err := c.History.Changes(h.t.Context(), 0, 1000, 0)
	h.must(err)
	mine, err := c.Account.Get(h.t.Context())
	h.must(err)
	return append(all, changes, mine.Usage)
}

// expired asks with a token that has just expired.
func expired(h *hive) answer {
	h.t.Helper()
	soon := time.Now().Add(20 * time.Millisecond)
	who := account.Identity{User: h.alice, Scopes: account.AllScopes()}
	secret, _, err := h.accounts.CreateToken(h.t.Context(), who, account.NewToken{Name: "short", Scopes: account.Scopes{account.ScopeRead}, Expires: &soon})
	h.must(err)
	<-time.After(time.Until(soon) + time.Millisecond)
	return h.ask(http.MethodGet, "/api/v1/folders/", nil, "Authorization", "Bearer "+secret)
}

// raw sends text over a connection of its own and says that nothing more comes.
func (h *hive) raw(text string) answer {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	h.must(err)
	defer conn.Close()
	_, err = io.WriteString(conn, text)
	h.must(err)
	h.must(conn.(*net.TCPConn).CloseWrite())
	return h.readAnswer(bufio.NewReader(conn), http.MethodPut)
}

func (h *hive) readAnswer(r *bufio.Reader, method string) answer {
	h.t.Helper()
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	h.must(err)
	defer resp.Body.Close()
	a := answer{Response: resp}
	a.body, a.err = io.ReadAll(resp.Body)
	return a
}

// request is the head of a request of alice.
func (h *hive) request(line string, headers ...string) string {
	return fmt.Sprintf("%s HTTP/1.1\r\nHost: hive\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n", line, h.token, strings.Join(headers, "\r\n"))
}

func truncated(h *hive) answer {
	return h.raw(h.request("PUT /api/v1/files/x", "Content-Length: 100") + "ten bytes.")
}

// sha256Of is the field of a digest.
func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

func TestDigestOfAnUpload(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	large := strings.Repeat("large ", 1<<20)
	for name, a := range map[string]answer{
		"small":          put("/api/v1/files/a", "small", "Repr-Digest", sha256Of("small"), "Content-Digest", sha256Of("small"))(h),
		"large":          put("/api/v1/files/b", large, "Content-Digest", sha256Of(large))(h),
		"empty":          put("/api/v1/files/c", "", "Content-Digest", sha256Of(""))(h),
		"another digest": put("/api/v1/files/d", "x", "Content-Digest", "sha-512=:AAAA:")(h),
	} {
		if a.StatusCode != http.StatusCreated {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	wantProblem(t, put("/api/v1/files/e", large, "Content-Digest", sha256Of("another"))(h), 422, "digest_mismatch")
}

// damagedCAR imports an export of which a bit has flipped.
func damagedCAR(h *hive) answer {
	archive := bytes.Clone(h.ask(http.MethodGet, "/api/v1/car/keep.txt", nil).body)
	archive[len(archive)-1] ^= 1
	return h.ask(http.MethodPost, "/api/v1/car/x", bytes.NewReader(archive), "Content-Type", "application/vnd.ipld.car")
}

func brokenChunk(h *hive) answer {
	return h.raw(h.request("PUT /api/v1/files/x", "Transfer-Encoding: chunked") + "5\r\nhello\r\nzz\r\n")
}

// endless is a body without end, until its context ends.
type endless struct{ ctx context.Context }

func (e endless) Read(p []byte) (int, error) { return len(p), e.ctx.Err() }

func TestQuotaInMidUpload(t *testing.T) {
	h := newHive(t)
	quota := int64(10 << 20)
	_, err := h.accounts.Update(t.Context(), "alice", account.Change{Quota: &quota})
	h.must(err)
	h.put("/keep.txt", "kept")
	before := h.everything()
	// Without a length the hive cannot know before it has read too much.
	wantProblem(t, h.ask(http.MethodPut, "/api/v1/files/big", endless{within(t)}), 507, "quota_exceeded")
	// With one it need not read anything.
	wantProblem(t, h.ask(http.MethodPut, "/api/v1/files/big", strings.NewReader(strings.Repeat("x", 11<<20))), 507, "quota_exceeded")
	if diff := cmp.Diff(before, h.everything()); diff != "" {
		t.Errorf("something was stored or lost:\n%s", diff)
	}
	h.put("/fits.bin", strings.Repeat("x", 5<<20))
}

func TestDiskReserve(t *testing.T) {
	h := newHive(t, func(s *setup) {
		engine, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 60})
		if err != nil {
			t.Fatal(err)
		}
		s.store = blocktest.On(t, engine)
	})
	before := h.everything()
	wantProblem(t, h.ask(http.MethodPut, "/api/v1/files/x", strings.NewReader("content")), 507, "disk_reserve")
	wantProblem(t, h.tus(http.MethodPost, "/api/v1/tus", nil, "Upload-Length", "7", "Upload-Metadata", meta("path", "/x")), 507, "disk_reserve")
	if diff := cmp.Diff(before, h.everything()); diff != "" {
		t.Errorf("something was stored or lost:\n%s", diff)
	}
	if a := h.ask(http.MethodPut, "/api/v1/folders/still", nil); a.StatusCode != http.StatusCreated {
		t.Errorf("no folder on a full disk: %d %s", a.StatusCode, a.body)
	}
}

func TestUnknownUserLooksLikeWrongPassword(t *testing.T) {
	h := newHive(t)
	wrong := post("/api/v1/login", `{"user":"alice","password":"wrong password"}`)(h)
	unknown := post("/api/v1/login", `{"user":"nobody","password":"wrong password"}`)(h)
	a, b := decode[apitype.Problem](t, wrong), decode[apitype.Problem](t, unknown)
	a.RequestID, b.RequestID = "", ""
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
}

func TestTooManyAttempts(t *testing.T) {
	h := newHive(t)
	for range 100 {
		a := post("/api/v1/login", `{"user":"alice","password":"wrong password"}`)(h)
		if a.StatusCode == http.StatusUnauthorized {
			continue
		}
		wantProblem(t, a, 429, "too_many_attempts")
		if after := a.Header.Get("Retry-After"); after == "" || after == "0" {
			t.Errorf("Retry-After is %q", after)
		}
		return
	}
	t.Error("100 wrong passwords were tried")
}
