package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test program stand in for hive, in ways that are right and
// wrong: a program that looks for faults must be shown to find them.
func TestMain(m *testing.M) {
	mode := os.Getenv("PRETEND")
	if mode == "" {
		os.Exit(m.Run())
	}
	os.Exit(pretend(mode, os.Args[1:]))
}

// pretender is a hive as it looks from outside, with the fault that mode names.
type pretender struct {
	mode, data string
	mu         sync.Mutex
	writes     int
	revisions  map[string][][]byte
}

func pretend(mode string, args []string) int {
	data := args[2]
	switch args[0] {
	case "init":
		return code(os.Mkdir(data, 0o700))
	case "fsck":
		if mode == "fsck" {
			fmt.Println("block missing")
			return 4
		}
		return 0
	}
	p := &pretender{mode: mode, data: data, revisions: map[string][][]byte{}}
	if b, err := os.ReadFile(p.file()); err == nil {
		if err := json.Unmarshal(b, &p.revisions); err != nil {
			return code(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /api/v1/login", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"token": "t"}`) })
	mux.HandleFunc("PUT /api/v1/folders/", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("PUT /api/v1/files/", p.put)
	mux.HandleFunc("GET /api/v1/files/", p.get)
	srv := &http.Server{Addr: args[4], Handler: mux, ReadHeaderTimeout: time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	select {
	case err := <-failed:
		return code(err)
	case <-stop:
		return 0
	}
}

func code(err error) int {
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func (p *pretender) file() string { return filepath.Join(p.data, "files.json") }

func (p *pretender) put(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	list := append(p.revisions[r.URL.Path], body)
	if p.mode == "halves" && len(body) > 1 {
		list[len(list)-1] = body[1:]
	}
	p.revisions[r.URL.Path] = list
	if p.writes++; p.mode != "forgets" || p.writes%50 == 0 {
		p.save()
	}
	if p.mode == "fails" && len(p.revisions) > 20 {
		http.Error(w, "out of luck", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"size": %d, "revision": %d}`, len(body), len(list))
}

// save replaces the file in one step, as a store that can be killed must.
func (p *pretender) save() {
	b, err := json.Marshal(p.revisions)
	if err == nil {
		err = os.WriteFile(p.file()+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(p.file()+".new", p.file())
	}
	if err != nil {
		panic(err)
	}
}

func (p *pretender) get(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.revisions[r.URL.Path]
	n := len(list)
	if revision := r.URL.Query().Get("revision"); revision != "" {
		n, _ = strconv.Atoi(revision)
	}
	if n == 0 || n > len(list) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%d-root"`, n))
	_, _ = w.Write(list[n-1])
}

// try runs a short campaign against a pretender and returns what it printed.
func try(t *testing.T, mode string) (string, error) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = run(t.Context(), options{
		binary: binary, env: []string{"PRETEND=" + mode}, dir: t.TempDir(), rounds: 3, writers: 2, seed: 1,
	}, &out)
	return out.String(), err
}

func TestCampaign(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode string
		want []string // in the report
		err  error
	}{
		{"good", []string{"lost                 0\n", "damaged              0\n", "rounds               3\n", "fsck                 clean\n"}, nil},
		{"forgets", []string{"lost: /", " was acknowledged, newest is ", "the folder is kept"}, errFound},
		{"halves", []string{"has other bytes than were acknowledged"}, errFound},
		{"fails", []string{"misbehaved: PUT", "out of luck"}, errFound},
		{"fsck", []string{"block missing"}, errFound},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			t.Parallel()
			got, err := try(t, tt.mode)
			if !errors.Is(err, tt.err) {
				t.Errorf("got error %v, want %v", err, tt.err)
			}
			if i := slices.IndexFunc(tt.want, func(s string) bool { return !strings.Contains(got, s) }); i >= 0 {
				t.Errorf("%q is not in the report:\n%s", tt.want[i], got)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	c := newCampaign(nil, options{seed: 1}, io.Discard)
	var empty, big int
	w := newWriter(c, nil, 1, 0, budget(1<<40))
	for range 2000 {
		n := len(w.body())
		if n > largest {
			t.Fatalf("got %d bytes", n)
		}
		if n == 0 {
			empty++
		}
		if n > 1<<20 {
			big++
		}
	}
	if empty < 50 || big < 50 {
		t.Errorf("got %d empty and %d big files of 2000", empty, big)
	}
	w = newWriter(c, nil, 1, 0, budget(0))
	for range 200 {
		if n := len(w.body()); n > small {
			t.Fatalf("got %d bytes after the share was used up", n)
		}
	}
}
