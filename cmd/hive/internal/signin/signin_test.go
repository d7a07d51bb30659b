package signin

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// home gives the test a home of its own.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", "")
	return dir
}

func open(t *testing.T) *Logins {
	t.Helper()
	l, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLoginsAreKept(t *testing.T) {
	home(t)
	l := open(t)
	if l.Current != "" || len(l.Hives) != 0 {
		t.Fatalf("a new home has %+v", l)
	}
	for _, url := range []string{"http://a", "http://b"} {
		if err := l.Set(url, Login{User: "anna", Token: "secret of " + url}); err != nil {
			t.Fatal(err)
		}
	}
	l = open(t)
	if l.Current != "http://b" || l.Hives["http://a"].Token != "secret of http://a" {
		t.Errorf("%+v", l)
	}
	if err := l.Remove("http://b"); err != nil {
		t.Fatal(err)
	}
	if l = open(t); l.Current != "http://a" || len(l.Hives) != 1 {
		t.Errorf("after Remove: %+v", l)
	}
	if err := l.Remove("http://a"); err != nil {
		t.Fatal(err)
	}
	if l = open(t); l.Current != "" || len(l.Hives) != 0 {
		t.Errorf("after the last Remove: %+v", l)
	}
}

func TestFileIsForItsOwnerOnly(t *testing.T) {
	dir := home(t)
	l := open(t)
	if err := l.Set("http://a", Login{Token: "secret"}); err != nil {
		t.Fatal(err)
	}
	name := l.name
	if !strings.HasPrefix(name, dir) {
		t.Fatalf("file is %s", name)
	}
	for path, want := range map[string]os.FileMode{name: 0o600, filepath.Dir(name): 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".logins-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBrokenFileIsNamedAndNotReplaced(t *testing.T) {
	home(t)
	l := open(t)
	if err := l.Set("http://a", Login{Token: "secret"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.name, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(); err == nil || !strings.Contains(err.Error(), l.name) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestEmptyObjectIsNoLogin(t *testing.T) {
	home(t)
	l := open(t)
	if err := os.MkdirAll(filepath.Dir(l.name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.name, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t).Set("http://a", Login{}); err != nil {
		t.Error(err)
	}
}

func TestWithoutAHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	l := open(t)
	if len(l.Hives) != 0 {
		t.Errorf("%+v", l)
	}
	if err := l.Set("http://a", Login{}); !errors.Is(err, errHomeless) {
		t.Errorf("got %v, want errHomeless", err)
	}
}
