package hivetest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/catalog"
)

// User is somebody at a hive, in whose name a story is told. A step that fails ends the test; Try gives its error instead.
type User struct {
	Hive *Hive
	Name string
	ID   int64

	t testing.TB
}

// User returns the user of the hive with this name, made at the first call.
func (h *Hive) User(name string) *User {
	h.t.Helper()
	u, err := h.Accounts.ByName(h.t.Context(), name)
	if errors.Is(err, account.ErrNotFound) {
		u, err = h.Accounts.Create(h.t.Context(), account.NewUser{Name: name, Password: "correct horse battery staple"})
	}
	if err != nil {
		h.t.Fatalf("user %s: %v", name, err)
	}
	return &User{Hive: h, Name: name, ID: u.ID, t: h.t}
}

// Who is how users of other hives write u's name.
func (u *User) Who() string { return u.Name + "@" + u.Hive.ID.String() }

// Actor is u for package catalog.
func (u *User) Actor() catalog.Actor { return catalog.Actor{User: u.ID} }

// Home is u's tree.
func (u *User) Home() *catalog.Tree {
	u.t.Helper()
	home, err := u.Hive.Catalog.Home(u.t.Context(), u.Actor())
	u.check("home", "/", err)
	return home
}

func (u *User) check(what, path string, err error) {
	u.t.Helper()
	if err != nil {
		u.t.Fatalf("%s: %s %s: %v", u.Name, what, path, err)
	}
}

func (u *User) path(text string) catalog.Path {
	u.t.Helper()
	path, err := catalog.ParsePath(text)
	u.check("path", text, err)
	return path
}

// Put writes a file; folders above it are made.
func (u *User) Put(path, content string) {
	u.t.Helper()
	u.check("put", path, u.TryPut(path, content))
}

// TryPut is Put with its error.
func (u *User) TryPut(path, content string) error {
	u.t.Helper()
	_, _, err := u.Home().Put(u.t.Context(), u.path(path), strings.NewReader(content), catalog.PutOptions{Parents: true})
	return err
}

// Read returns the content of a file.
func (u *User) Read(path string) string {
	u.t.Helper()
	content, err := u.TryRead(path)
	u.check("read", path, err)
	return content
}

// TryRead is Read with its error.
func (u *User) TryRead(path string) (string, error) {
	u.t.Helper()
	_, r, err := u.Home().Open(u.t.Context(), u.path(path), 0)
	if err != nil {
		return "", err
	}
	var content bytes.Buffer
	_, err = io.Copy(&content, r)
	return content.String(), errors.Join(err, r.Close())
}

// List returns the names in a folder, those of folders with a slash at the end.
func (u *User) List(path string) []string {
	u.t.Helper()
	names, err := u.TryList(path)
	u.check("list", path, err)
	return names
}

// TryList is List with its error.
func (u *User) TryList(path string) ([]string, error) {
	u.t.Helper()
	names := []string{}
	opts := catalog.ListOptions{Limit: 1000}
	for {
		page, err := u.Home().List(u.t.Context(), u.path(path), opts)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Entries {
			names = append(names, shown(e))
		}
		if opts.After = page.Next; page.Next == "" {
			slices.Sort(names)
			return names, nil
		}
	}
}

func shown(e catalog.Entry) string {
	if e.Kind == catalog.KindFolder {
		return e.Name + "/"
	}
	return e.Name
}

// Files returns all files below a folder with their content, by their path from there.
func (u *User) Files(folder string) map[string]string {
	u.t.Helper()
	files, err := u.TryFiles(folder)
	u.check("read all of", folder, err)
	return files
}

// TryFiles is Files with its error.
func (u *User) TryFiles(folder string) (map[string]string, error) {
	u.t.Helper()
	files := map[string]string{}
	for e, err := range u.Home().Walk(u.t.Context(), u.path(folder)) {
		if err != nil {
			return nil, err
		}
		if e.Kind == catalog.KindFolder {
			continue
		}
		content, err := u.TryRead(e.Path)
		if err != nil {
			return nil, err
		}
		files[strings.TrimPrefix(strings.TrimPrefix(e.Path, folder), "/")] = content
	}
	return files, nil
}

// Stat returns an entry.
func (u *User) Stat(path string) catalog.Entry {
	u.t.Helper()
	e, err := u.Home().Stat(u.t.Context(), u.path(path))
	u.check("stat", path, err)
	return e
}

// Mkdir makes a folder and those above it.
func (u *User) Mkdir(path string) {
	u.t.Helper()
	_, err := u.Home().Mkdir(u.t.Context(), u.path(path), true)
	u.check("mkdir", path, err)
}

// Move moves or renames an entry.
func (u *User) Move(from, to string) {
	u.t.Helper()
	_, err := u.Home().Move(u.t.Context(), u.path(from), u.path(to), catalog.TransferOptions{})
	u.check("move", from, err)
}

// Remove moves an entry to the trash, or unmounts it.
func (u *User) Remove(path string) {
	u.t.Helper()
	u.check("remove", path, u.TryRemove(path))
}

// TryRemove is Remove with its error.
func (u *User) TryRemove(path string) error {
	u.t.Helper()
	_, err := u.Home().Remove(u.t.Context(), u.path(path), catalog.RemoveOptions{})
	return err
}

// Eventually waits until check gives no error, and fails with its last error when that takes longer than within. Under
// virtual time the waiting costs nothing.
func Eventually(t testing.TB, within time.Duration, check func() error) {
	t.Helper()
	const pause = 20 * time.Millisecond
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("not within %s: %v", within, err)
		case <-tick.C:
		}
	}
}
