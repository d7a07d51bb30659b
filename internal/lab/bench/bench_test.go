package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/labtest"
	"github.com/melissiproject/hive/internal/lab/machine"
)

func TestTable(t *testing.T) {
	b := newTable()
	b.against("upload", figures.Series{2 * time.Second}, 1024*figures.MiB, "dd", figures.Series{time.Second}, 2.5)
	b.against("download", figures.Series{4 * time.Second}, 1024*figures.MiB, "nginx", figures.Series{time.Second}, 3)
	b.against("upload", figures.Series{time.Second}, 0, "nginx", nil, 3)
	b.within("tree in", figures.Series{time.Minute}, "files", 5*time.Second)
	b.limit("memory", memory{anonymous: 80 * figures.MiB, resident: 99 * figures.MiB}, 80)
	b.limit("memory", memory{}, 80)
	var out strings.Builder
	if err := b.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"what value detail beside ratio target met",
		"upload 2.00 s 512 MiB/s, 2.00 s to 2.00 s dd 1.00 s 2.00 ≤ 2.5 × dd yes",
		"download 4.00 s 256 MiB/s, 4.00 s to 4.00 s nginx 1.00 s 4.00 ≤ 3.0 × nginx NO",
		"upload 1.00 s 1.00 s to 1.00 s nginx is missing ≤ 3.0 × nginx",
		"tree in 60.00 s files ≤ 5s NO",
		"memory 80 MB 80 MB anonymous, 99 MB resident ≤ 80 MB yes",
		"memory - no /proc on this machine",
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseStatus(t *testing.T) {
	got, err := parseStatus("Name:\thive\nVmRSS:\t   2048 kB\nRssAnon:\t   1024 kB\nRssFile:\t 512 kB\n")
	if err != nil || got != (memory{anonymous: 1 << 20, resident: 2 << 20}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "VmRSS:\t1 kB\n", "VmRSS:\tx kB\nRssAnon:\t1 kB\n"} {
		if _, err := parseStatus(text); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

func TestWatch(t *testing.T) {
	if _, err := memoryOf(os.Getpid()); err != nil {
		t.Skipf("no /proc/PID/status on this machine: %v", err)
	}
	peak := watch(t.Context(), os.Getpid())
	if got := peak(); got.anonymous == 0 || got.resident < got.anonymous {
		t.Errorf("got %v", got)
	}
}

// TestNginx moves a file through a real nginx with the client of the bench.
func TestNginx(t *testing.T) {
	web, err := startNginx(t.Context(), t.TempDir())
	if errors.Is(err, errNoNginx) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(t.TempDir(), "source")
	want, err := random(source, 3*figures.MiB+7)
	if err != nil {
		t.Fatal(err)
	}
	r := newRemote(web.url, "")
	if err := r.put(t.Context(), "in/file", source); err != nil {
		t.Fatal(err)
	}
	if got, err := r.sum(t.Context(), "in/file", 3*figures.MiB+7); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
	if err := r.get(t.Context(), "in/file", io.Discard, 1); err == nil {
		t.Error("another size than expected: got no error")
	}
	if err := r.done(t.Context(), http.MethodDelete, "in/file", http.NoBody, 0); err != nil {
		t.Error(err)
	}
	if err := r.get(t.Context(), "in/file", io.Discard, 1); !errors.Is(err, errStatus) {
		t.Errorf("after a delete: got %v, want errStatus", err)
	}
	if err := web.stop(); err != nil {
		t.Error(err)
	}
}

func TestRandom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "random")
	first, err := random(name, 1000)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := sha256.Sum256(b); len(b) != 1000 || !slices.Equal(got[:], first) {
		t.Errorf("got %d bytes, hash %x, want %x", len(b), got, first)
	}
	if second, err := random(name, 1000); err != nil || slices.Equal(first, second) {
		t.Errorf("a second file has the same bytes (%v)", err)
	}
}

func TestPeersFail(t *testing.T) {
	if err := dd(t.Context(), filepath.Join(t.TempDir(), "none"), "/dev/null"); err == nil {
		t.Error("dd of no file: got no error")
	}
	if machine.Has("no-such-program") {
		t.Error("found a program that is not there")
	}
}

// TestFolder fills a folder on a server that only counts, and pages through it.
func TestFolder(t *testing.T) {
	var made atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /folders/large", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("PUT /files/large/{name}", func(w http.ResponseWriter, r *http.Request) {
		if made.Add(1); r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("GET /folders/large", func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"": "a", "a": "b"}[r.URL.Query().Get("after")]
		fmt.Fprintf(w, `{"next": %q}`, next)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	hive := newRemote(srv.URL+"/", "secret")
	if err := fill(t.Context(), hive, 100); err != nil || made.Load() != 100 {
		t.Errorf("made %d files: %v", made.Load(), err)
	}
	if got, err := pages(t.Context(), hive); err != nil || !slices.Equal(got, []string{"", "a", "b"}) {
		t.Errorf("pages: got %q, %v", got, err)
	}
	if err := fill(t.Context(), newRemote(srv.URL+"/", "wrong"), 100); !errors.Is(err, errStatus) {
		t.Errorf("refused files: got %v, want errStatus", err)
	}
}

func TestMain(m *testing.M) { labtest.Main(m) }

// TestRun measures a pretender from end to end.
func TestRun(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tree := t.TempDir()
	for _, name := range []string{"a", "b/c", "b/d"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(tree, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for mode, want := range map[string][]string{
		labtest.Good:   {"upload", "download", "memory idle", "memory peak, upload of 2 MiB", "3 files", "diff -r finds nothing", "small files in", "list a page, p99"},
		labtest.Halves: {"got 1048575 bytes, want 1048576"},
		labtest.Fails:  {"out of luck"},
		labtest.Exits:  {"giving up"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			var out strings.Builder
			err := run(t.Context(), options{
				binary: binary, env: labtest.Env(mode), dir: dir, runs: 2, size: figures.MiB, big: 2 * figures.MiB, tree: tree, entries: 50,
			}, &out)
			if (err == nil) != (mode == labtest.Good) {
				t.Errorf("got error %v", err)
			}
			text := fmt.Sprint(out.String(), err)
			for _, line := range want {
				if !strings.Contains(text, line) {
					t.Errorf("%q is not in the output:\n%s", line, text)
				}
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestRunWithoutHive(t *testing.T) {
	dir := t.TempDir()
	if err := run(context.Background(), options{binary: filepath.Join(dir, "none"), dir: dir}, io.Discard); err == nil {
		t.Error("got no error")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
