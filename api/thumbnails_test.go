package api_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// making runs the worker.
func (h *hive) making() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.thumbs.Run(ctx) }()
	h.t.Cleanup(func() { stop(); <-done })
}

// thumbnail asks until it is made.
func (h *hive) thumbnail(path string, headers ...string) answer {
	h.t.Helper()
	for ctx := within(h.t); ctx.Err() == nil; {
		if a := h.ask(http.MethodGet, "/api/v1/thumbnails"+path, nil, headers...); a.StatusCode != http.StatusAccepted {
			return a
		} else if a.Header.Get("Retry-After") == "" || len(a.body) > 0 {
			h.t.Fatalf("%v %s", a.Header, a.body)
		}
	}
	h.t.Fatal("it is not made")
	return answer{}
}

func pngOf(t *testing.T, w, h int) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestThumbnailMayBeKept is about what a browser shows without asking: never the picture of another file, or another user.
func TestThumbnailMayBeKept(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	h.making()
	old := h.put("/a.png", pngOf(t, 20, 10))
	_, err := h.client(h.token).Files.Remove(t.Context(), "/a.png", client.Condition{})
	h.must(err)
	e := h.put("/a.png", pngOf(t, 10, 20))
	if e.Revision != old.Revision {
		t.Fatalf("got %+v", e)
	}
	for query, kept := range map[string]bool{"revision=1": false, "root=" + old.Root: false, "root=": false, "root=" + e.Root: true, "revision=1&root=" + e.Root: true} {
		a := h.thumbnail("/a.png?" + query)
		cfg, _, err := image.DecodeConfig(bytes.NewReader(a.body))
		if err != nil || cfg.Width != 10 || a.Header.Get("Vary") != "Authorization, Cookie" {
			t.Errorf("%s: %d %+v %v %v", query, a.StatusCode, cfg, err, a.Header)
		}
		if got := strings.HasSuffix(a.Header.Get("Cache-Control"), "immutable"); got != kept {
			t.Errorf("%s: %v", query, a.Header)
		}
	}
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	h := newHive(t)
	if e := h.put("/a.png", pngOf(t, 2000, 1000)); !e.Thumbnail {
		t.Errorf("got %+v", e)
	}
	if e := h.put("/b.txt", "text"); e.Thumbnail {
		t.Errorf("got %+v", e)
	}
	h.put("/c.jpg", "no picture")
	if a := h.ask(http.MethodGet, "/api/v1/thumbnails/a.png", nil); a.StatusCode != http.StatusAccepted {
		t.Errorf("before anybody works: %d", a.StatusCode)
	}
	h.making()
	a := h.thumbnail("/a.png")
	if cfg, kind, err := image.DecodeConfig(bytes.NewReader(a.body)); err != nil || cfg.Width != 256 || cfg.Height != 128 || a.Header.Get("Content-Type") != "image/"+kind {
		t.Errorf("%d: %+v %s %v %v", a.StatusCode, cfg, kind, err, a.Header)
	}
	if a.Header.Get("Cache-Control") != "private, no-cache" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", a.Header)
	}
	if again := h.thumbnail("/a.png", "If-None-Match", a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("%d", again.StatusCode)
	}
	if large := h.thumbnail("/a.png?size=large&revision=1"); large.StatusCode != 200 || large.Header.Get("ETag") == a.Header.Get("ETag") {
		t.Errorf("%d %v", large.StatusCode, large.Header)
	}
	// Moved, replaced and copied, it is where the content is.
	c := h.client(h.token)
	_, err := c.Files.Move(t.Context(), apitype.Transfer{From: "/a.png", To: "/moved.png"})
	h.must(err)
	if moved := h.ask(http.MethodGet, "/api/v1/thumbnails/moved.png", nil); moved.Header.Get("ETag") != a.Header.Get("ETag") {
		t.Errorf("%d %v", moved.StatusCode, moved.Header)
	}
	wantProblem(t, h.thumbnail("/b.txt"), 404, "no_thumbnail")
	wantProblem(t, h.thumbnail("/c.jpg"), 404, "no_thumbnail")
	wantProblem(t, h.thumbnail("/a.png"), 404, "not_found")
	wantProblem(t, h.thumbnail("/moved.png?size=huge"), 422, "invalid")
	wantProblem(t, h.thumbnail("/moved.png?revision=7"), 404, "not_found")
	wantProblem(t, h.ask(http.MethodGet, "/api/v1/thumbnails/moved.png", nil, "Authorization", "Bearer "+h.admin), 404, "not_found")

	r, err := c.Files.Thumbnail(t.Context(), "/moved.png", "small", 1)
	h.must(err)
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, a.body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_, err = c.Files.Thumbnail(t.Context(), "/b.txt", "small", 0)
	if !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
