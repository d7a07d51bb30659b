package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/lab/labtest"
	"github.com/melissiproject/hive/internal/lab/server"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// tree is a small one to share.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a/1", "a/2", "a/b/3", "a/b/4", "5"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte("this is "+name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestNoHive wants the story to say what the hive said last, and to leave nothing behind.
func TestNoHive(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := options{binary: binary, env: labtest.Env(labtest.Exits), dir: t.TempDir(), tree: tree(t), within: time.Minute}
	if err := run(t.Context(), o, io.Discard); !errors.Is(err, server.ErrExited) {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(o.dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	o.tree = filepath.Join(o.dir, "missing")
	if err := run(t.Context(), o, io.Discard); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no tree: got %v", err)
	}
	o.within = 0
	if err := run(t.Context(), o, io.Discard); err == nil {
		t.Error("no time: got no error")
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	s := &story{options: options{tree: tree(t)}}
	if err := s.measure(); err != nil || s.files != 5 || s.entries != 7 || s.size != int64(len("this is ")*5+len("a/1a/2a/b/3a/b/45")) {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestSome(t *testing.T) {
	t.Parallel()
	s := &story{want: tree(t)}
	if got, err := s.some(); err != nil || !slices.Equal(got, []string{"5", "a/1", "a/2", "a/b/3", "a/b/4"}) {
		t.Errorf("got %q, %v", got, err)
	}
	s.want = t.TempDir()
	if _, err := s.some(); err == nil {
		t.Error("an empty tree: got no error")
	}
}

// TestCompare wants what is missing, too much or other to be found.
func TestCompare(t *testing.T) {
	t.Parallel()
	for mode, fault := range map[string]string{labtest.Good: "", labtest.Halves: "differ"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			binary, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			s := &story{options: options{binary: binary, env: labtest.Env(mode)}, dir: t.TempDir(), want: tree(t), out: &out, began: time.Now()}
			defer s.close()
			if s.bob, err = s.hive(t.Context(), "bob", nil); err != nil {
				t.Fatal(err)
			}
			if err := s.bob.Client(t.Context(), "put", "-r", s.want, mount); err != nil {
				t.Fatal(err)
			}
			finds(t, s, fault)
			if fault != "" {
				return
			}
			if err := s.bob.Put(t.Context(), mount+"/a/1 (conflict, bob).txt", "again"); err != nil {
				t.Fatal(err)
			}
			finds(t, s, "Only in")
			if !strings.Contains(out.String(), "diff -r, which finds nothing: ") || !strings.Contains(s.logs(), "log of bob's hive") {
				t.Errorf("got %s", out.String())
			}
		})
	}
}

func finds(t *testing.T, s *story, fault string) {
	t.Helper()
	err := s.equal(t.Context(), "bob", s.bob)
	if fault == "" && err != nil || fault != "" && (err == nil || !strings.Contains(err.Error(), fault)) {
		t.Errorf("got %v, want %q", err, fault)
	}
}
