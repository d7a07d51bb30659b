package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func testPage(t *testing.T) *Page {
	t.Helper()
	p, err := newPage(fstest.MapFS{
		"README.txt":            {Data: []byte("for people")},
		"index.html":            {Data: []byte("<!doctype html>")},
		"assets/app-1a2b.js":    {Data: []byte("let a = 1")},
		"assets/app-1a2b.js.br": {Data: []byte("brotli")},
		"assets/app-1a2b.js.gz": {Data: []byte("gzip")},
		"icon.svg":              {Data: []byte("<svg/>")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask gives the answer, and whether the request was for the page.
func ask(p *Page, method, target string, header ...string) (*http.Response, string, bool) {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	ours := p.Serve(w, r)
	return w.Result(), w.Body.String(), ours
}

func TestServe(t *testing.T) {
	t.Parallel()
	p := testPage(t)
	for _, c := range []struct {
		name, method, target, accept string
		ours                         bool
		body, kind, encoding, cache  string
	}{
		{"top", "GET", "/", "", true, "<!doctype html>", "text/html; charset=utf-8", "", "no-cache"},
		{"a place", "GET", "/files/photos/a.js", "br", true, "<!doctype html>", "text/html; charset=utf-8", "", "no-cache"},
		{"a link", "GET", "/s/abc", "", true, "<!doctype html>", "text/html; charset=utf-8", "", "no-cache"},
		{"an asset", "GET", "/assets/app-1a2b.js", "", true, "let a = 1", "text/javascript; charset=utf-8", "", "public, max-age=31536000, immutable"},
		{"brotli", "GET", "/assets/app-1a2b.js", "gzip, br", true, "brotli", "text/javascript; charset=utf-8", "br", "public, max-age=31536000, immutable"},
		{"gzip", "GET", "/assets/app-1a2b.js", "gzip;q=1.0, br;q=0", true, "gzip", "text/javascript; charset=utf-8", "gzip", "public, max-age=31536000, immutable"},
		{"head", "HEAD", "/icon.svg", "", true, "", "image/svg+xml", "", "no-cache"},
		{"an asset that is not there", "GET", "/assets/app-0.js", "", false, "", "", "", ""},
		{"the compressed file itself", "GET", "/assets/app-1a2b.js.br", "", false, "", "", "", ""},
		{"the API", "GET", "/api/v1/nothing", "", false, "", "", "", ""},
		{"nothing", "GET", "/nothing", "", false, "", "", "", ""},
		{"for people", "GET", "/README.txt", "", false, "", "", "", ""},
		{"up", "GET", "/../page.go", "", false, "", "", "", ""},
		{"a write", "POST", "/", "", false, "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, body, ours := ask(p, c.method, c.target, "Accept-Encoding", c.accept)
			if ours != c.ours {
				t.Fatalf("for the page: %v", ours)
			}
			h := got.Header
			if body != c.body || h.Get("Content-Type") != c.kind || h.Get("Content-Encoding") != c.encoding || h.Get("Cache-Control") != c.cache {
				t.Errorf("%q %v", body, h)
			}
		})
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	p := testPage(t)
	first, _, _ := ask(p, "GET", "/")
	again, body, _ := ask(p, "GET", "/", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("%d %q", again.StatusCode, body)
	}
	if other, _, _ := ask(p, "GET", "/icon.svg"); other.Header.Get("ETag") == first.Header.Get("ETag") {
		t.Error("two files have one ETag")
	}
}

// TestNoSuchPlace: a browser shows the page, which says that there is nothing; a program gets no document.
func TestNoSuchPlace(t *testing.T) {
	t.Parallel()
	p := testPage(t)
	home, want, _ := ask(p, "GET", "/")
	got, body, ours := ask(p, "GET", "/nothing", "Accept", "text/html,*/*;q=0.8", "If-None-Match", home.Header.Get("ETag"))
	if !ours || got.StatusCode != http.StatusNotFound || body != want {
		t.Errorf("%v: %d %q", ours, got.StatusCode, body)
	}
	if _, _, ours := ask(p, "GET", "/assets/old.js", "Accept", "*/*"); ours {
		t.Error("a script that is no more is the document")
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	got, _, _ := ask(testPage(t), "GET", "/")
	if got.Header.Get("X-Frame-Options") != "DENY" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", got.Header)
	}
	csp := got.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("no %s in %s", part, csp)
		}
	}
	for _, part := range []string{"unsafe", "http:", "https:", "*"} {
		if strings.Contains(csp, part) {
			t.Errorf("%s in %s", part, csp)
		}
	}
}

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	p, err := newPage(fstest.MapFS{"README.txt": {}})
	if err != nil {
		t.Fatal(err)
	}
	if got, body, ours := ask(p, "GET", "/"); !ours || got.StatusCode != http.StatusNotFound || !strings.Contains(body, "make build") {
		t.Errorf("%d %q %v", got.StatusCode, body, ours)
	}
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if p.files["index.html"] == nil {
		t.Skip("the page was not built: make page")
	}
	got, body, ours := ask(p, "GET", "/")
	if !ours || got.StatusCode != http.StatusOK {
		t.Fatalf("the program answers %d at /, %v", got.StatusCode, ours)
	}
	scripts := regexp.MustCompile(`src="(/assets/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(scripts) == 0 {
		t.Fatalf("the page has no script: %s", body)
	}
	for _, script := range scripts {
		if got, _, ours := ask(p, "GET", script[1]); !ours || got.StatusCode != http.StatusOK {
			t.Errorf("%s of the page: %d, %v", script[1], got.StatusCode, ours)
		}
	}
}
