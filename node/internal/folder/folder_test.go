package folder

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func touch(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	check := func(want error) {
		t.Helper()
		if err := Check(dir, "one", "two"); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	check(ErrNone)
	touch(t, filepath.Join(dir, "one"), "")
	check(ErrNone)
	touch(t, filepath.Join(dir, "two"), "")
	check(nil)
	for _, text := range []string{"", "x", "0", "2"} {
		touch(t, filepath.Join(dir, Version), text)
		check(ErrVersion)
	}
	if err := Mark(dir); err != nil {
		t.Fatal(err)
	}
	check(nil)
}

func TestMakeKeepsTheModeOfAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	touch(t, filepath.Join(dir, "mine"), "")
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestReplace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	touch(t, name+".new", "left by a crash")
	for _, text := range []string{"one", "two"} {
		if err := Replace(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v; want the file alone", left, err)
	}
}
