package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// hostile is a hive that answers what the test wants. The real one is met in the scripts of cmd/hive.
func hostile(t *testing.T, routes map[string]http.HandlerFunc) *client.Files {
	t.Helper()
	return hostileClient(t, routes).Files
}

func hostileClient(t *testing.T, routes map[string]http.HandlerFunc) *client.Client {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return reach(t, server.URL)
}

func reach(t *testing.T, url string) *client.Client {
	t.Helper()
	c, err := client.New(url, client.Options{Token: "x", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func answer(t *testing.T, v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
}

func problem(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"status": %d, "code": %q}`, status, code)
	}
}

// everything lists what is in a folder.
func everything(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, name); rel != "." {
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// tree makes a local folder with that many files.
func tree(t *testing.T, files int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, "f"+strconv.Itoa(i)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUploadEndsWhenGoingOnMakesNoSense(t *testing.T) {
	for _, code := range []string{apitype.CodeTokenExpired, apitype.CodeDiskReserve} {
		var puts atomic.Int64
		status := map[string]int{apitype.CodeTokenExpired: 401, apitype.CodeDiskReserve: 507}[code]
		files := hostile(t, map[string]http.HandlerFunc{
			"GET /api/v1/entries/": problem(404, apitype.CodeNotFound),
			"PUT /api/v1/files/": func(w http.ResponseWriter, r *http.Request) {
				puts.Add(1)
				problem(status, code)(w, r)
			},
		})
		u := NewUpload(Options{Remote: files, Workers: 2})
		err := u.Tree(t.Context(), tree(t, 500), "/x")
		var e *client.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("got %v, want %s", err, code)
		}
		if puts.Load() > 100 {
			t.Errorf("%s: tried %d files", code, puts.Load())
		}
	}
}

func TestUploadGoesOnAfterAFileThatFails(t *testing.T) {
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/entries/": problem(404, apitype.CodeNotFound),
		"PUT /api/v1/files/": func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "7") {
				problem(507, apitype.CodeQuotaExceeded)(w, r)
				return
			}
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, "{}")
		},
	})
	failed := make(chan string, 100)
	u := NewUpload(Options{Remote: files, Failed: func(path string, _ error) { failed <- filepath.Base(path) }})
	if err := u.Tree(t.Context(), tree(t, 20), "/x"); err != nil {
		t.Fatal(err)
	}
	if u.Files.Load() != 18 || u.Failures.Load() != 2 || len(failed) != 2 || !errors.Is(u.Err(), client.ErrQuota) {
		t.Errorf("%d put, %d failed (%d told), first: %v", u.Files.Load(), u.Failures.Load(), len(failed), u.Err())
	}
}

func TestUploadToNowhereEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	u := NewUpload(Options{Remote: reach(t, "http://"+l.Addr().String()).Files})
	if err := u.Tree(t.Context(), tree(t, 3), "/x"); err == nil || !hopeless(err) {
		t.Errorf("got %v", err)
	}
}

func TestInterruptedUploadLeavesNoWorker(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/entries/": problem(404, apitype.CodeNotFound),
		"PUT /api/v1/files/": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // a server sees that its client has gone only after the body
			cancel()
			<-r.Context().Done()
		},
	})
	if err := NewUpload(Options{Remote: files}).Tree(ctx, tree(t, 500), "/x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLargeFilesAreStreamedAndCountedOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(name, make([]byte, buffered+1), 0o600); err != nil {
		t.Fatal(err)
	}
	tries, size := 0, 0
	files := hostile(t, map[string]http.HandlerFunc{
		"PUT /api/v1/files/f": func(w http.ResponseWriter, r *http.Request) {
			if tries++; tries == 1 {
				problem(503, apitype.CodeStopping)(w, r)
				return
			}
			for buf := make([]byte, 4096); ; {
				k, err := r.Body.Read(buf)
				if size += k; err != nil {
					break
				}
			}
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, "{}")
		},
	})
	u := NewUpload(Options{Remote: files})
	if err := u.File(t.Context(), name, "/f"); err == nil {
		t.Fatal("the client does not try again here, so this must fail")
	}
	if err := u.File(t.Context(), name, "/f"); err != nil || size != buffered+1 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func TestMeteredTakesBackWhatIsSentAgain(t *testing.T) {
	var n Counters
	m := &metered{r: strings.NewReader("0123456789"), counters: &n}
	for range 2 {
		if _, err := m.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Read(make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
	}
	if n.Bytes.Load() != 4 {
		t.Errorf("counted %d", n.Bytes.Load())
	}
	if _, err := (&metered{r: onlyReader{m}, counters: &n}).Seek(0, 0); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a pipe seeks: %v", err)
	}
}

func TestWalkVisitsEachFolderOnce(t *testing.T) {
	var visits [7]atomic.Int64
	err := walk(t.Context(), folder{path: "."}, func(_ context.Context, f folder, push func(folder)) error {
		depth := strings.Count(f.path, "/")
		if f.path == "." {
			depth = -1
		}
		visits[depth+1].Add(1)
		if depth < 4 {
			for i := range 3 {
				push(folder{path: path.Join(f.path, strconv.Itoa(i))})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for depth, want := range []int64{1, 3, 9, 27, 81, 243, 0} {
		if got := visits[depth].Load(); got != want {
			t.Errorf("depth %d: %d folders, want %d", depth, got, want)
		}
	}
}

func TestWalkEndsWithTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	err := walk(t.Context(), folder{path: "."}, func(ctx context.Context, f folder, push func(folder)) error {
		if f.path == "x" {
			return broken
		}
		if f.path == "." {
			push(folder{path: "x"})
			push(folder{path: "y"})
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestTimesOfSkippedFilesDecide(t *testing.T) {
	at := time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC)
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	if err := errors.Join(os.WriteFile(name, []byte("x"), 0o600), os.Chtimes(name, at, at)); err != nil {
		t.Fatal(err)
	}
	var puts, lists atomic.Int64
	files := hostile(t, map[string]http.HandlerFunc{
		"GET /api/v1/entries/x": answer(t, apitype.Entry{Kind: apitype.KindFolder}),
		"GET /api/v1/folders/x": func(w http.ResponseWriter, r *http.Request) {
			e := apitype.Entry{Name: "f", Kind: apitype.KindFile, Size: 1, MTime: at}
			if lists.Add(1) == 2 {
				e.MTime = at.Add(1)
			}
			answer(t, apitype.Page[apitype.Entry]{Items: []apitype.Entry{e}})(w, r)
		},
		"PUT /api/v1/files/x/f": func(w http.ResponseWriter, r *http.Request) {
			puts.Add(1)
			if got := r.URL.Query().Get("mtime"); got != "2001-02-03T04:05:06.000000007Z" {
				t.Errorf("mtime is sent as %s", got)
			}
			fmt.Fprint(w, "{}")
		},
	})
	for _, want := range []int64{0, 1} {
		if err := NewUpload(Options{Remote: files}).Tree(t.Context(), dir, "/x"); err != nil {
			t.Fatal(err)
		}
		if got := puts.Load(); got != want {
			t.Errorf("%d files sent, want %d", got, want)
		}
	}
}
