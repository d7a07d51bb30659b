package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/melissiproject/hive/internal/lab/labtest"
	"github.com/melissiproject/hive/internal/lab/server"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// TestNoHive wants the demo to say what the hive said last, and to leave nothing behind.
func TestNoHive(t *testing.T) {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	var out strings.Builder
	err = run(t.Context(), binary, labtest.Env(labtest.Exits), &out)
	if !errors.Is(err, server.ErrExited) || !strings.Contains(err.Error(), "log of alice's hive\ngiving up") {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := run(t.Context(), filepath.Join(t.TempDir(), "missing"), nil, &out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: got %v", err)
	}
}

func TestQuoted(t *testing.T) {
	for want, args := range map[string][]string{
		"put - /a":          {"put", "-", "/a"},
		"get '/from alice'": {"get", "/from alice"},
		`'it'\''s' ''`:      {"it's", ""},
	} {
		if got := quoted(args); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNames(t *testing.T) {
	if right := has("b", "a"); !right([]string{"a", "b"}) || right([]string{"a"}) || right([]string{"a", "c"}) {
		t.Error("has")
	}
	for name, want := range map[string]bool{
		"dates-1 (conflict, bob, 2026-11-24).txt": true,
		"dates-1.txt":                        false,
		"dates-10 (conflict, bob, 2026).txt": false,
		"dates-1 (conflict, bob, 2026).pdf":  false,
	} {
		if got := isConflict(name, "dates-1.txt"); got != want {
			t.Errorf("%s: got %t", name, got)
		}
	}
	var s stage
	s.out = new(strings.Builder)
	p := &person{stage: &s, name: "bob"}
	p.show("hive ls /", "a/\nb")
	s.step("%s", "next")
	want := "     bob$ hive ls /\n          a/\n          b\n\n── next\n"
	if got := s.out.(*strings.Builder).String(); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
