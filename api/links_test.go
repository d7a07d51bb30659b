package api_test

import (
	"archive/zip"
	"bytes"
	"image"
	"net/http"
	"strings"
	"testing"

	"github.com/melissiproject/hive/api/apitype"
)

// link makes a link as alice and gives the place of its routes.
func (h *hive) link(n apitype.NewLink) (apitype.Link, string) {
	h.t.Helper()
	a := h.json(http.MethodPost, "/api/v1/links", n)
	if a.StatusCode != http.StatusCreated {
		h.t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	l := decode[apitype.Link](h.t, a)
	return l, "/api/v1/public/" + l.URL[strings.LastIndexByte(l.URL, '/')+1:]
}

// stranger asks without an account.
func (h *hive) stranger(method, path, body string, headers ...string) answer {
	h.t.Helper()
	return h.ask(method, path, strings.NewReader(body), append([]string{"Authorization", ""}, headers...)...)
}

func TestLinkOfFolder(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/docs/page.html", "<script>alert(1)</script>")
	h.put("/docs/sub/b.txt", "0123456789")
	h.put("/private", "secret")
	l, at := h.link(apitype.NewLink{Path: "/docs"})
	p := decode[apitype.PublicLink](t, h.stranger(http.MethodGet, at, ""))
	if p.Name != "docs" || p.Kind != "folder" || p.Owner != "alice" || p.NeedsPassword || p.Mode != "download" {
		t.Errorf("got %+v", p)
	}
	list := decode[apitype.Page[apitype.PublicEntry]](t, h.stranger(http.MethodGet, at+"/list/", ""))
	if len(list.Items) != 2 || list.Items[0].Path != "/sub" || list.Items[1].Path != "/page.html" {
		t.Errorf("got %+v", list)
	}
	for _, path := range []string{"/content/../private", "/content/%2e%2e/private", "/content//private", "/content/private", "/list/private", "/archive/..%2f"} {
		if a := h.stranger(http.MethodGet, at+path, ""); a.StatusCode < 400 || bytes.Contains(a.body, []byte("secret")) {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
	a := h.stranger(http.MethodGet, at+"/content/sub/b.txt", "", "Range", "bytes=3-5")
	if a.StatusCode != http.StatusPartialContent || string(a.body) != "345" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	a = h.stranger(http.MethodGet, at+"/archive/", "")
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	if err != nil || len(z.File) != 3 || !strings.Contains(a.Header.Get("Content-Disposition"), "docs.zip") {
		t.Errorf("%v, %v", err, a.Header)
	}
	if list := decode[apitype.Page[apitype.Link]](t, h.ask(http.MethodGet, "/api/v1/links?path=/docs", nil)); len(list.Items) != 1 || list.Items[0].URL != l.URL || list.Items[0].Used != 2 {
		t.Errorf("got %+v", list)
	}
	wantProblem(t, h.stranger(http.MethodPut, at+"/content/x", "x"), 403, "not_allowed")
	wantProblem(t, h.stranger(http.MethodGet, "/api/v1/links", ""), 401, "token_invalid")
}

// TestLinkContentCannotAct: whatever a file says it is, a browser gets nothing to run on this origin.
func TestLinkContentCannotAct(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	files := map[string]string{
		"a.html": "application/octet-stream", "a.svg": "application/octet-stream", "a.js": "application/octet-stream", "a.mjs": "application/octet-stream",
		"a.css": "application/octet-stream", "a.xml": "application/octet-stream", "a.xhtml": "application/octet-stream", "a": "application/octet-stream", "a.png": "image/png", "a.wasm": "application/octet-stream",
	}
	for name := range files {
		h.put("/x/"+name, "<script>alert(1)</script>")
	}
	_, at := h.link(apitype.NewLink{Path: "/x"})
	for name, kind := range files {
		for _, query := range []string{"", "?inline=true"} {
			a := h.stranger(http.MethodGet, at+"/content/"+name+query, "")
			show := "attachment"
			if query != "" && kind == "image/png" {
				show = "inline"
			}
			if got := a.Header; got.Get("Content-Type") != kind || !strings.HasPrefix(got.Get("Content-Disposition"), show) || got.Get("X-Content-Type-Options") != "nosniff" ||
				got.Get("Content-Security-Policy") != "sandbox; default-src 'none'" || got.Get("Hive-Root") != "" || got.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s%s: %d %v", name, query, a.StatusCode, got)
			}
		}
	}
}

func TestLinkWithPassword(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/docs/a", "hello")
	l, at := h.link(apitype.NewLink{Path: "/docs", Password: password})
	a := h.stranger(http.MethodGet, at, "")
	if p := decode[apitype.PublicLink](t, a); !p.NeedsPassword || p.Name != "" || p.Owner != "" || bytes.Contains(a.body, []byte("docs")) {
		t.Errorf("got %s", a.body)
	}
	for _, path := range []string{"/list/", "/content/a", "/archive/", "/content/none"} {
		wantProblem(t, h.stranger(http.MethodGet, at+path, ""), 401, "password_required")
	}
	unlock := func(password string, headers ...string) answer {
		headers = append([]string{"Content-Type", "application/json"}, headers...)
		return h.stranger(http.MethodPost, at+"/password", `{"password":"`+password+`"}`, headers...)
	}
	wantProblem(t, unlock("wrong"), 401, "wrong_password")
	wantProblem(t, unlock(password, "Sec-Fetch-Site", "cross-site"), 403, "cross_origin")
	cookies := unlock(password).Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Path != at {
		t.Fatalf("got %v", cookies)
	}
	cookie := cookies[0].Name + "=" + cookies[0].Value
	if a := h.stranger(http.MethodGet, at+"/content/a", "", "Cookie", cookie); string(a.body) != "hello" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	slowed := false
	for range 8 { // five are free, and the wait doubles
		a := unlock("wrong")
		slowed = slowed || a.StatusCode == 429 && a.Header.Get("Retry-After") != ""
	}
	if !slowed {
		t.Error("who guesses is not slowed")
	}
	if log := h.log.String(); strings.Contains(log, password) || strings.Contains(log, at) || !strings.Contains(log, "/public/…/password") {
		t.Errorf("the password or the token is in the log:\n%s", log)
	}
	if a := h.ask(http.MethodDelete, "/api/v1/links/1", nil); a.StatusCode != 204 || l.ID != 1 {
		t.Errorf("%d", a.StatusCode)
	}
	wantProblem(t, h.stranger(http.MethodGet, at, "", "Cookie", cookie), 404, "not_found")
}

// TestLinkWithPictures: a small picture is no use, and there is none where uses are counted.
func TestLinkWithPictures(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/docs/in/a.png", pngOf(t, 600, 300))
	h.put("/docs/b.txt", "text")
	l, at := h.link(apitype.NewLink{Path: "/docs"})
	list := func(at string) apitype.PublicEntry {
		return decode[apitype.Page[apitype.PublicEntry]](t, h.stranger(http.MethodGet, at+"/list/in", "")).Items[0]
	}
	if !list(at).Thumbnail {
		t.Error("it has no picture")
	}
	h.making()
	h.thumbnail("/docs/in/a.png")
	a := h.stranger(http.MethodGet, at+"/thumbnails/in/a.png", "")
	if cfg, _, err := image.DecodeConfig(bytes.NewReader(a.body)); err != nil || cfg.Width != 256 || a.Header.Get("X-Robots-Tag") == "" {
		t.Errorf("%d: %+v %v %v", a.StatusCode, cfg, err, a.Header)
	}
	wantProblem(t, h.stranger(http.MethodGet, at+"/thumbnails/b.txt", ""), 404, "no_thumbnail")
	if links := decode[apitype.Page[apitype.Link]](t, h.ask(http.MethodGet, "/api/v1/links", nil)); links.Items[0].Used != 0 || links.Items[0].ID != l.ID {
		t.Errorf("got %+v", links)
	}
	_, counted := h.link(apitype.NewLink{Path: "/docs", Uses: 1})
	if p := decode[apitype.PublicLink](t, h.stranger(http.MethodGet, counted, "")); !p.Counted || list(counted).Thumbnail {
		t.Errorf("got %+v", p)
	}
	wantProblem(t, h.stranger(http.MethodGet, counted+"/thumbnails/in/a.png", ""), 404, "no_thumbnail")
	_, locked := h.link(apitype.NewLink{Path: "/docs", Password: password})
	wantProblem(t, h.stranger(http.MethodGet, locked+"/thumbnails/in/a.png", ""), 401, "password_required")
}

// TestLinkUsedUp: a link that was used up answers as one that never was.
func TestLinkUsedUp(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/docs/a", "hello")
	_, at := h.link(apitype.NewLink{Path: "/docs", Uses: 1})
	if a := h.stranger(http.MethodGet, at+"/content/a", "", "Range", "bytes=0-1"); string(a.body) != "he" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := h.stranger(http.MethodGet, at+"/content/a", "", "Range", "bytes=2-"); string(a.body) != "llo" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	never := decode[apitype.Problem](t, h.stranger(http.MethodGet, "/api/v1/public/AAAAAAAAAAAAAAAAAAAAAAAAAAA", ""))
	for _, path := range []string{"", "/list/", "/content/a", "/content/none", "/archive/"} {
		p := wantProblem(t, h.stranger(http.MethodGet, at+path, ""), 404, "not_found")
		if p.Detail != never.Detail {
			t.Errorf("%s: %q, of no link %q", path, p.Detail, never.Detail)
		}
	}
	if p := wantProblem(t, h.stranger(http.MethodGet, at+"/content/none", "", "Range", "bytes=0-"), 404, "not_found"); p.Detail != never.Detail {
		t.Errorf("%q", p.Detail)
	}
}

func TestLinkForUploads(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.put("/inbox/a.txt", "mine")
	l, at := h.link(apitype.NewLink{Path: "/inbox", Mode: "upload", Uses: 2})
	a := h.stranger(http.MethodPut, at+"/content/a.txt", "theirs")
	if b := decode[apitype.Brought](t, a); a.StatusCode != 201 || b != (apitype.Brought{Name: "a.txt", Size: 6}) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	c := h.client(h.token)
	if got := string(read(t, c, "/inbox/a.txt")) + string(read(t, c, "/inbox/a (2).txt")); got != "minetheirs" {
		t.Errorf("got %q", got)
	}
	for _, path := range []string{"/list/", "/content/a.txt", "/archive/"} {
		wantProblem(t, h.stranger(http.MethodGet, at+path, ""), 403, "not_allowed")
	}
	wantProblem(t, h.stranger(http.MethodPut, at+"/content/sub/x", "x"), 400, "invalid_path")
	wantProblem(t, h.stranger(http.MethodPut, at+"/content/", "x"), 400, "invalid_path")
	wantProblem(t, h.stranger(http.MethodPut, at+"/content/x", "x", "Content-Range", "bytes 0-0/2"), 415, "unsupported_media_type")
	if a := h.stranger(http.MethodPut, at+"/content/b", "b"); a.StatusCode != 201 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	wantProblem(t, h.stranger(http.MethodPut, at+"/content/c", "c"), 404, "not_found")
	if got, err := c.Links.Set(t.Context(), l.ID, apitype.LinkChange{Uses: new(int64)}); err != nil || got.Uses != 0 || got.Used != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}
