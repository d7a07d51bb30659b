package transfer

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// put puts a file and gives the bytes that travelled.
func (b *bees) put(w *wire, name, remote string) int64 {
	b.Helper()
	u := NewUpload(b.over(w))
	if err := u.File(b.Context(), name, remote); err != nil || u.Bytes.Load() != big || u.Files.Load() != 1 {
		b.Errorf("%v; %d bytes counted", err, u.Bytes.Load())
	}
	return w.bytes.Load()
}

// breakPut interrupts the put of a file in its midst.
func (b *bees) breakPut(name, remote string) {
	b.Helper()
	ctx, w := stopping(b.T, big/2)
	if err := NewUpload(b.over(w)).File(ctx, name, remote); !errors.Is(err, context.Canceled) {
		b.Fatalf("got %v", err)
	}
}

func TestPutGoesOn(t *testing.T) {
	t.Parallel()
	b, data, dir := newBees(t), noise(1), t.TempDir()
	name := filepath.Join(dir, "cafe\u0301")
	save(t, name, data)
	b.breakPut(name, "/new/cafe\u0301")
	b.stop()
	b.start()
	w := new(wire)
	u := NewUpload(b.over(w))
	if err := u.Tree(t.Context(), dir, "/new"); err != nil || u.Err() != nil || u.Bytes.Load() != big || u.Files.Load() != 1 {
		t.Errorf("%v, %v; %d bytes counted", err, u.Err(), u.Bytes.Load())
	}
	if sent := w.bytes.Load(); sent > big/2+tenth {
		t.Errorf("%d bytes travelled again", sent)
	}
	b.wantThere("/new/cafe\u0301", data)
}

func TestPutGoesOnAsOftenAsTheConnectionBreaks(t *testing.T) {
	t.Parallel()
	b, data, name := newBees(t), noise(2), filepath.Join(t.TempDir(), "f")
	save(t, name, data)
	if sent := b.put(cutting(3*tenth), name, "/f"); sent > big+5*tenth {
		t.Errorf("%d bytes travelled", sent)
	}
	b.wantThere("/f", data)
}

// TestPutNeverMixes: what a hive has of a file that is another one by now becomes no part of it, whatever its time says.
func TestPutNeverMixes(t *testing.T) {
	t.Parallel()
	b, data, name := newBees(t), noise(3), filepath.Join(t.TempDir(), "f")
	at := time.Unix(1e9, 0)
	for _, path := range []string{"/same-time", "/later"} {
		save(t, name, data)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
		b.breakPut(name, path)
		data[0]++
		save(t, name, data)
		if path == "/same-time" {
			if err := os.Chtimes(name, at, at); err != nil {
				t.Fatal(err)
			}
		}
		uploads := b.over(new(wire)).Uploads
		browser, err := uploads.Begin(t.Context(), path, client.PutOptions{Length: big, MTime: at})
		if err != nil {
			t.Fatal(err)
		}
		b.put(new(wire), name, path)
		if err := uploads.Drop(t.Context(), browser.ID); err != nil {
			t.Errorf("the upload of a browser: %v", err)
		}
		b.wantThere(path, data)
	}
}

// TestPutInOneGoWhereThereIsNoOther: whatever a hive refuses, the file arrives, and counts once.
func TestPutInOneGoWhereThereIsNoOther(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "f")
	if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, resumable)); err != nil {
		t.Fatal(err)
	}
	begun := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/api/v1/tus/x")
		w.WriteHeader(http.StatusCreated)
	}
	none := answer(t, apitype.Page[apitype.Upload]{})
	for what, routes := range map[string]map[string]http.HandlerFunc{
		"an old hive": {},
		"too many":    {"GET /api/v1/tus": none, "POST /api/v1/tus": problem(409, apitype.CodeTooManyUploads)},
		"a refusal":   {"GET /api/v1/tus": none, "POST /api/v1/tus": begun, "PATCH /api/v1/tus/x": problem(404, apitype.CodeNotFound)},
		"no progress": {
			"POST /api/v1/tus": begun, "PATCH /api/v1/tus/x": problem(500, apitype.CodeInternal),
			"HEAD /api/v1/tus/x": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Upload-Offset", "0") },
		},
	} {
		var s shelf
		all := s.routes()
		for pattern, handler := range routes {
			all[pattern] = handler
		}
		c := hostileClient(t, all)
		u := NewUpload(Options{Remote: c.Files, Uploads: c.Uploads})
		if err := u.File(t.Context(), name, "/f"); err != nil || len(s.files["/f"]) != resumable || u.Bytes.Load() != resumable || u.Files.Load() != 1 {
			t.Errorf("%s: %d bytes arrived, %d counted, %v", what, len(s.files["/f"]), u.Bytes.Load(), err)
		}
	}
}
