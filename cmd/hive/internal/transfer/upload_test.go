package transfer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
)

// shelf is a hive that keeps what is put.
type shelf struct {
	mu    sync.Mutex
	files map[string]string
	made  []string
}

func (s *shelf) routes() map[string]http.HandlerFunc {
	s.files = map[string]string{}
	return map[string]http.HandlerFunc{
		"GET /api/v1/entries/": problem(404, apitype.CodeNotFound),
		"PUT /api/v1/folders/": func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.made = append(s.made, strings.TrimPrefix(r.URL.Path, "/api/v1/folders"))
			fmt.Fprint(w, "{}")
		},
		"PUT /api/v1/files/": func(w http.ResponseWriter, r *http.Request) {
			raw, err := io.ReadAll(r.Body)
			if err != nil || r.URL.Query().Get("parents") != "true" {
				problem(400, apitype.CodeBodyTruncated)(w, r)
				return
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.files[strings.TrimPrefix(r.URL.Path, "/api/v1/files")] = string(raw)
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, "{}")
		},
	}
}

func TestEmptyFoldersAreMadeAndOthersComeWithTheirFiles(t *testing.T) {
	var s shelf
	files := hostile(t, s.routes())
	dir := t.TempDir()
	err := errors.Join(os.MkdirAll(filepath.Join(dir, "full", "of", "files"), 0o700), os.MkdirAll(filepath.Join(dir, "empty", "er"), 0o700),
		os.WriteFile(filepath.Join(dir, "full", "of", "files", "f"), []byte("x"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if err := NewUpload(Options{Remote: files}).Tree(t.Context(), dir, "/to"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/to/empty/er"}, s.made); diff != "" {
		t.Errorf("folders: %s", diff)
	}
	if diff := cmp.Diff(map[string]string{"/to/full/of/files/f": "x"}, s.files); diff != "" {
		t.Errorf("files: %s", diff)
	}
}

func TestPipesAreStreamedByNameAndSkippedInTrees(t *testing.T) {
	var s shelf
	files := hostile(t, s.routes())
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []string
	u := NewUpload(Options{Remote: files, Warn: func(format string, args ...any) { warned = append(warned, fmt.Sprintf(format, args...)) }})
	if err := u.Tree(t.Context(), dir, "/to"); err != nil {
		t.Fatal(err)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "pipe: skipped") || len(s.files) > 0 {
		t.Errorf("warned %q, put %v", warned, s.files)
	}
	go func() {
		if err := os.WriteFile(pipe, []byte("through the pipe"), 0o600); err != nil {
			t.Error(err)
		}
	}()
	u = NewUpload(Options{Remote: files})
	if err := u.File(t.Context(), pipe, "/piped"); err != nil {
		t.Fatal(err)
	}
	if got := s.files["/piped"]; got != "through the pipe" || u.AllBytes.Load() != -1 || u.Bytes.Load() != 16 {
		t.Errorf("got %q, %d of %d bytes", got, u.Bytes.Load(), u.AllBytes.Load())
	}
}

func TestUploadOfWhatIsNotThere(t *testing.T) {
	u := NewUpload(Options{Remote: hostile(t, new(shelf).routes())})
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if err := u.File(t.Context(), nowhere, "/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("file: %v", err)
	}
	if err := u.Tree(t.Context(), nowhere, "/x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("tree: %v", err)
	}
	if err := u.File(t.Context(), t.TempDir(), "/x"); err == nil {
		t.Error("a folder is put as a file")
	}
}

func TestFolderThatCannotBeReadIsAFailureOfItsOwn(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("as root every folder can be read; the error is made by a folder that goes away")
	}
	var s shelf
	u := NewUpload(Options{Remote: hostile(t, s.routes())})
	if err := u.check(t.Context(), "x", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}); err != nil {
		t.Errorf("ends all: %v", err)
	}
	if !errors.Is(u.Err(), fs.ErrPermission) || u.Failures.Load() != 1 {
		t.Errorf("noted: %v", u.Err())
	}
	if err := u.check(t.Context(), "x", &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}); err == nil {
		t.Error("a full disk does not end all")
	}
}

func TestLinksThatLeadInCirclesAreFound(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700), os.Mkdir(filepath.Join(dir, "c"), 0o700)); err != nil {
		t.Fatal(err)
	}
	u := NewUpload(Options{})
	for link, tt := range map[string]struct {
		to   string
		loop bool
	}{
		"a/up": {"..", true}, "a/b/self": {".", true}, "a/b/root": {"/", true}, "a/b/side": {"../../c", false}, "a/sibling": {"b", false},
	} {
		name := filepath.Join(dir, link)
		if err := os.Symlink(tt.to, name); err != nil {
			t.Fatal(err)
		}
		_, err := u.enter(name, []string{dir})
		if got := errors.Is(err, ErrLoop); got != tt.loop {
			t.Errorf("%s -> %s: %v", link, tt.to, err)
		}
	}
}

func TestNamesThatAreOneOnTheHiveDoNotMerge(t *testing.T) {
	t.Parallel()
	var s shelf
	dir := t.TempDir()
	composed, decomposed := "caf\u00e9", "cafe\u0301"
	for _, name := range []string{composed + ".txt", decomposed + ".txt", composed + "/in", decomposed + "/in", "other"} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var failed []string
	u := NewUpload(Options{Remote: hostile(t, s.routes()), Failed: func(_ string, err error) { failed = append(failed, err.Error()) }})
	if err := u.Tree(t.Context(), dir, "/to"); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(u.Err(), ErrSameName) || u.Failures.Load() != 2 || len(s.files) != 3 {
		t.Errorf("%d failures, %v; put %v", u.Failures.Load(), u.Err(), s.files)
	}
	if all := strings.Join(failed, "\n"); !strings.Contains(all, `"caf\u00e9.txt"`) || !strings.Contains(all, `"cafe\u0301.txt"`) {
		t.Errorf("got %s; want both names", all)
	}
}
