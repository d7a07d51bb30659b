// Package labtest lets a test program stand in for hive, in ways that are right
// and wrong: programs that look for faults must be shown to find them.
//
// A test of the lab calls Main from TestMain and runs its own executable as the
// hive, with Env(mode) in its environment. What a pretender keeps is one file in
// its data folder, which survives a kill unless the mode says otherwise.
package labtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Modes of a pretender.
const (
	Good     = "good"
	Exits    = "exits"    // as soon as it is started
	Never    = "never"    // is it ready
	Stubborn = "stubborn" // it does not stop when it is asked to
	Denies   = "denies"   // sign-in
	Forgets  = "forgets"  // most writes, when it is killed
	Halves   = "halves"   // contents, by their first byte
	Fails    = "fails"    // after some files, with status 500
	Unwell   = "unwell"   // fsck finds something
)

const variable = "LABTEST_MODE"

// Env is the environment that makes the test program a pretender.
func Env(mode string) []string { return []string{variable + "=" + mode} }

// Main runs the tests, or is the hive that one of them started.
func Main(m *testing.M) {
	mode := os.Getenv(variable)
	if mode == "" {
		os.Exit(m.Run())
	}
	if err := run(mode, os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(mode string, args []string) error {
	switch args[0] {
	case "init": // --data DIR …
		return os.Mkdir(args[2], 0o700)
	case "fsck":
		if mode == Unwell {
			return fmt.Errorf("block missing")
		}
		return nil
	case "put", "get": // -r FROM TO
		return transfer(args[0], args[2], args[3])
	case "serve": // --data DIR --http ADDR
		return serve(mode, args[2], args[4])
	}
	return fmt.Errorf("%q is not pretended", args)
}

func serve(mode, data, addr string) error {
	if mode == Exits {
		return fmt.Errorf("giving up")
	}
	s := &store{mode: mode, file: filepath.Join(data, "files.json"), Files: map[string][][]byte{}}
	if b, err := os.ReadFile(s.file); err == nil {
		if err := json.Unmarshal(b, &s.Files); err != nil {
			return err
		}
	}
	srv := &http.Server{Addr: addr, Handler: s.handler(), ReadHeaderTimeout: time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	for {
		select {
		case err := <-failed:
			return err
		case <-stop:
			if mode != Stubborn {
				return nil
			}
		}
	}
}

// store is the files of a pretender, each with all its revisions.
type store struct {
	mode, file string

	mu     sync.Mutex
	writes int
	Files  map[string][][]byte
}

func (s *store) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.mode == Never {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("POST /api/v1/login", func(w http.ResponseWriter, _ *http.Request) {
		if s.mode != Denies {
			fmt.Fprint(w, `{"token": "secret"}`)
		}
	})
	mux.HandleFunc("PUT /api/v1/folders/", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /api/v1/folders/", s.list)
	mux.HandleFunc("PUT /api/v1/files/", s.put)
	mux.HandleFunc("GET /api/v1/files/", s.get)
	return mux
}

func (s *store) put(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mode == Halves && len(body) > 1 {
		s.Files[r.URL.Path] = append(s.Files[r.URL.Path], body[1:])
	} else {
		s.Files[r.URL.Path] = append(s.Files[r.URL.Path], body)
	}
	const many = 50
	if s.writes++; s.mode != Forgets || s.writes%many == 0 {
		s.save()
	}
	const some = 20
	if s.mode == Fails && len(s.Files) > some {
		http.Error(w, "out of luck", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"size": %d, "revision": %d}`, len(body), len(s.Files[r.URL.Path]))
}

// save replaces the file in one step, as a store that can be killed must.
func (s *store) save() {
	b, err := json.Marshal(s.Files)
	if err == nil {
		err = os.WriteFile(s.file+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(s.file+".new", s.file)
	}
	if err != nil {
		panic(err)
	}
}

func (s *store) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	revisions := s.Files[r.URL.Path]
	n := len(revisions)
	if text := r.URL.Query().Get("revision"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	if n == 0 || n > len(revisions) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%d-root"`, n))
	_, _ = w.Write(revisions[n-1])
}

// list gives the names of all files below a folder, and no cursor.
func (s *store) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	folder := strings.Replace(r.URL.Path, "/folders/", "/files/", 1) + "/"
	var page struct {
		Names []string `json:"names"`
	}
	for path := range s.Files {
		if name, below := strings.CutPrefix(path, folder); below {
			page.Names = append(page.Names, name)
		}
	}
	_ = json.NewEncoder(w).Encode(page)
}
