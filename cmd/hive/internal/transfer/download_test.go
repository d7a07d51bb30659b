package transfer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
)

func TestNamesFromAHiveStayInTheTarget(t *testing.T) {
	names := []string{"../up", "..", ".", "", "/abs", "a/b", "nul\x00", "good"}
	var page apitype.Page[apitype.Entry]
	for _, name := range names {
		page.Items = append(page.Items, apitype.Entry{Name: name, Kind: apitype.KindFile, Size: 1}, apitype.Entry{Name: name + "-folder/..", Kind: apitype.KindFolder})
	}
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/folders/top": answer(t, page),
		"GET /api/v1/files/":      func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") },
	})
	dir := t.TempDir()
	d := NewDownload(Options{Remote: files})
	if err := d.Tree(t.Context(), "/top", filepath.Join(dir, "in")); err != nil {
		t.Fatal(err)
	}
	if got, want := d.Failures.Load(), int64(2*len(names)-1); got != want || !errors.Is(d.Err(), ErrName) {
		t.Errorf("%d failures, first %v; want %d", got, d.Err(), want)
	}
	if diff := cmp.Diff([]string{"in", "in/good"}, everything(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBrokenDownloadGoesOn(t *testing.T) {
	const content = "0123456789"
	var asked []string
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/files/f": func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Header.Get("Range"))
			begin := 0
			if from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
				begin, _ = strconv.Atoi(strings.TrimSuffix(from, "-"))
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-9/10", begin))
			}
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Content-Length", strconv.Itoa(10-begin))
			if begin > 0 {
				w.WriteHeader(http.StatusPartialContent)
			}
			fmt.Fprint(w, content[begin:begin+min(4, 10-begin)]) // and the connection breaks
		},
	})
	var got strings.Builder
	d := NewDownload(Options{Remote: files})
	if err := d.Writer(t.Context(), &got, "/f", 0); err != nil {
		t.Fatal(err)
	}
	if got.String() != content || d.Bytes.Load() != 10 {
		t.Errorf("got %q, counted %d", got.String(), d.Bytes.Load())
	}
	if diff := cmp.Diff([]string{"", "bytes=4-", "bytes=8-"}, asked); diff != "" {
		t.Error(diff)
	}
}

func TestDownloadThatChangedIsNotGluedTogether(t *testing.T) {
	n := 0
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/files/f": func(w http.ResponseWriter, _ *http.Request) {
			n++
			w.Header().Set("ETag", strconv.Quote(strconv.Itoa(n)))
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "01234")
		},
	})
	dir := t.TempDir()
	d := NewDownload(Options{Remote: files})
	err := d.File(t.Context(), apitype.Entry{Path: "/f", Size: 10}, filepath.Join(dir, "f"), 0)
	if !errors.Is(err, errChanged) {
		t.Errorf("got %v, want errChanged", err)
	}
	if left := everything(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDownloadThatNeverComesFurtherEnds(t *testing.T) {
	var n atomic.Int64
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/files/f": func(w http.ResponseWriter, _ *http.Request) {
			n.Add(1)
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Content-Range", "bytes 0-9/10")
			w.Header().Set("Content-Length", "10")
			w.WriteHeader(http.StatusPartialContent)
		},
	})
	if err := NewDownload(Options{Remote: files}).Writer(t.Context(), &strings.Builder{}, "/f", 0); err == nil {
		t.Error("a download of nothing succeeded")
	}
	if n.Load() != 1+resumes {
		t.Errorf("asked %d times", n.Load())
	}
}

func TestInterruptedDownloadLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/folders/x": answer(t, apitype.Page[apitype.Entry]{Items: []apitype.Entry{{Name: "a", Kind: apitype.KindFile, Size: 10}}}),
		"GET /api/v1/files/": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "begun")
			w.(http.Flusher).Flush()
			cancel()
			<-r.Context().Done()
		},
	})
	dir := t.TempDir()
	if err := NewDownload(Options{Remote: files}).Tree(ctx, "/x", dir); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := everything(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSafeName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, ".hidden": true, "a b": true, "...": true, "a\\b": filepath.Separator == '/', "é🐝": true,
		"": false, ".": false, "..": false, "a/b": false, "/a": false, "a\x00": false, "../a": false,
	} {
		if got := CheckName(name) == nil; got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
