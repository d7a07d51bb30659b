// Package web holds the page of a hive: what a browser shows at /.
//
// It owns the sources of the page (src, built by npm into dist), how they are served, and the headers under which a browser
// runs them. It knows nothing of the API, which the page uses as any other program does.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed all:dist
var built embed.FS

// policy lets the page run its own files and nothing else: no code or style within documents, nothing from other hosts.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; " +
	"font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// headers are on everything that Page serves.
var headers = map[string]string{
	"Content-Security-Policy":      policy,
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
}

// places are the first parts of the paths that the page itself understands. They all get its one document; so does who wants a
// document of another path, as one that is not there.
var places = []string{
	"", "account", "admin", "files", "hives", "invitation", "links", "register", "s", "search", "shared", "sign-in", "trash",
}

// encodings are how a file may lie beside itself, the best first.
var encodings = []struct{ name, extension string }{{"br", ".br"}, {"gzip", ".gz"}}

// Page serves the page. It is safe for concurrent use.
type Page struct {
	files map[string]*file // by path without the leading slash
}

// file is one file with its encodings.
type file struct {
	kind      string
	immutable bool // its name changes with its content
	plain     []byte
	encoded   map[string][]byte
	tag       string
}

// New gives the page that was built into the program.
func New() (*Page, error) {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return newPage(dist)
}

func newPage(dist fs.FS) (*Page, error) {
	p := &Page{files: map[string]*file{}}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || encodingOf(name) != "" || name == "README.txt" {
			return err
		}
		p.files[name], err = read(dist, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return p, nil
}

func encodingOf(name string) string {
	for _, e := range encodings {
		if path.Ext(name) == e.extension {
			return e.name
		}
	}
	return ""
}

func read(dist fs.FS, name string) (*file, error) {
	plain, err := fs.ReadFile(dist, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(plain)
	f := &file{
		kind: kindOf(name), immutable: strings.HasPrefix(name, "assets/"),
		plain: plain, encoded: map[string][]byte{}, tag: hex.EncodeToString(sum[:8]),
	}
	for _, e := range encodings {
		if body, err := fs.ReadFile(dist, name+e.extension); err == nil {
			f.encoded[e.name] = body
		}
	}
	return f, nil
}

// kindOf does not ask the machine, whose tables may say anything.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// Serve answers r where it is for the page, and says whether it was.
func (p *Page) Serve(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	name, status := strings.TrimPrefix(r.URL.Path, "/"), http.StatusOK
	f, ok := p.files[name]
	if !ok {
		first, _, _ := strings.Cut(name, "/")
		if !slices.Contains(places, first) {
			if !strings.Contains(r.Header.Get("Accept"), "text/html") {
				return false
			}
			status = http.StatusNotFound // a person is told so by the page
		}
		if f, ok = p.files["index.html"]; !ok {
			notBuilt(w)
			return true
		}
	}
	f.serve(w, r, status)
	return true
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	for name, value := range headers {
		h.Set(name, value)
	}
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	if f.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, encoding := f.choose(r.Header.Get("Accept-Encoding"))
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", fmt.Sprintf(`"%s%s"`, f.tag, encoding))
	if status == http.StatusOK && strings.Contains(r.Header.Get("If-None-Match"), h.Get("ETag")) {
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the client may be gone
	}
}

// choose gives the body in the best encoding that the client takes.
func (f *file) choose(accepted string) (body []byte, encoding string) {
	for _, e := range encodings {
		if body, ok := f.encoded[e.name]; ok && takes(accepted, e.name) {
			return body, e.name
		}
	}
	return f.plain, ""
}

// takes says whether an Accept-Encoding names the encoding and does not forbid it.
func takes(accepted, encoding string) bool {
	for part := range strings.SplitSeq(accepted, ",") {
		name, q, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if strings.EqualFold(name, encoding) {
			return strings.Trim(strings.TrimPrefix(q, "q="), "0.") != "" || q == ""
		}
	}
	return false
}

func notBuilt(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("The page was not built into this program: make build does that. The API is at /api/v1.\n"))
}
