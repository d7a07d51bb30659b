package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// These tests go through the client, so they test both ends of each route.

func TestOwnAccount(t *testing.T) {
	h := newHive(t)
	c, err := client.New(h.url, client.Options{User: "alice", Password: password, Device: "laptop"})
	h.must(err)
	h.put("/f", "content")
	mine, err := c.Account.Get(t.Context())
	h.must(err)
	if mine.User.Name != "alice" || mine.User.Quota != -1 || mine.Usage.Used != 7 || mine.Usage.Files != 1 || len(mine.Scopes) == 0 {
		t.Errorf("%+v", mine)
	}
	devices, err := c.Account.Devices(t.Context())
	h.must(err)
	if len(devices) != 1 || devices[0].Name != "laptop" {
		t.Fatalf("%+v", devices)
	}
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	issued, err := c.Account.CreateToken(t.Context(), apitype.NewToken{Name: "backup", Scopes: []string{"files:read"}, Expires: &expires})
	h.must(err)
	tokens, err := c.Account.Tokens(t.Context())
	h.must(err)
	kinds := map[string]int{}
	for _, token := range tokens {
		kinds[token.Kind]++
		if token.Name == "backup" && (!token.Expires.Equal(expires) || token.Current || !cmp.Equal(token.Scopes, []string{"files:read"})) {
			t.Errorf("%+v", token)
		}
	}
	if kinds["token"] != 1 || kinds["session"] != 2 {
		t.Errorf("%+v", tokens)
	}
	h.must(c.Account.RevokeToken(t.Context(), issued.Token.ID))
	if _, err := h.client(issued.Secret).Account.Get(t.Context()); !errors.Is(err, client.ErrTokenInvalid) {
		t.Errorf("got %v", err)
	}
	if err := c.Account.RevokeToken(t.Context(), issued.Token.ID); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := c.Account.SetPassword(t.Context(), "wrong password", "another password"); !errors.Is(err, client.ErrWrongPassword) {
		t.Errorf("got %v", err)
	}
	h.must(c.Account.SetPassword(t.Context(), password, "another password"))
	if _, err := c.Account.Get(t.Context()); err != nil {
		t.Errorf("the session that changed it ended: %v", err)
	}
	if _, err := h.client(h.token).Account.Get(t.Context()); !errors.Is(err, client.ErrTokenInvalid) {
		t.Errorf("other sessions go on: %v", err)
	}
	h.must(c.Account.RemoveDevice(t.Context(), devices[0].ID))
}

func TestUsers(t *testing.T) {
	h := newHive(t)
	root := h.client(h.admin)
	quota := int64(1000)
	bob, err := root.Users.Create(t.Context(), apitype.NewUser{Name: "bob", Password: password, Quota: &quota})
	h.must(err)
	if bob.Name != "bob" || bob.Quota != quota || bob.Admin || bob.ID == 0 || bob.Created.IsZero() {
		t.Errorf("%+v", bob)
	}
	var names []string
	for user, err := range root.Users.All(t.Context()) {
		h.must(err)
		names = append(names, user.Name)
	}
	if diff := cmp.Diff([]string{"alice", "bob", "root"}, names); diff != "" {
		t.Error(diff)
	}
	page, err := root.Users.Page(t.Context(), "", 2)
	if err != nil || page.Next != "bob" {
		t.Errorf("%+v %v", page, err)
	}
	yes, no := true, false
	bob, err = root.Users.Update(t.Context(), "bob", apitype.UserChange{Admin: &yes})
	if err != nil || !bob.Admin || bob.Quota != quota {
		t.Errorf("%+v %v", bob, err)
	}
	h.must(root.Users.SetPassword(t.Context(), "bob", "another password"))
	c := h.client("")
	if _, err := c.Login(t.Context(), "bob", password); !errors.Is(err, client.ErrWrongPassword) {
		t.Errorf("got %v", err)
	}
	_, err = c.Login(t.Context(), "bob", "another password")
	h.must(err)
	_, _, err = c.Files.Put(t.Context(), "/f", strings.NewReader("content"), client.PutOptions{})
	h.must(err)
	h.must(root.Users.Delete(t.Context(), "bob"))
	if _, err := root.Users.Get(t.Context(), "bob"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Files.Stat(t.Context(), "/f"); !errors.Is(err, client.ErrTokenInvalid) {
		t.Errorf("got %v", err)
	}
	for root0, err := range h.catalog.Roots(t.Context()) {
		t.Errorf("%s is still named, %v", root0, err)
	}
	if _, err := root.Users.Update(t.Context(), "root", apitype.UserChange{Admin: &no}); !errors.Is(err, client.ErrLastAdmin) {
		t.Errorf("got %v", err)
	}
	if err := root.Users.Delete(t.Context(), "root"); !errors.Is(err, client.ErrLastAdmin) {
		t.Errorf("got %v", err)
	}
}

func TestRegistrationCodes(t *testing.T) {
	h := newHive(t)
	root := h.client(h.admin)
	issued, err := root.Users.CreateCode(t.Context(), apitype.NewRegistrationCode{Uses: 3})
	h.must(err)
	codes, err := root.Users.Codes(t.Context())
	if err != nil || len(codes) != 1 || codes[0].ID != issued.Code.ID || codes[0].Left != 3 || issued.Secret == "" {
		t.Errorf("%+v %v", codes, err)
	}
	h.must(root.Users.RevokeCode(t.Context(), issued.Code.ID))
	if codes, err := root.Users.Codes(t.Context()); err != nil || len(codes) > 0 {
		t.Errorf("%+v %v", codes, err)
	}
}

func TestFilesByClient(t *testing.T) {
	h := newHive(t)
	c := h.client(h.token)
	exec, mtime := true, time.Date(2020, 5, 17, 12, 30, 0, 123456789, time.UTC)
	content := noise(3 << 20)
	e, created, err := c.Files.Put(t.Context(), "/a/b/ü 📷%2F#?.bin", bytes.NewReader(content), client.PutOptions{Parents: true, Exec: &exec, MTime: mtime})
	h.must(err)
	if !created || e.Size != int64(len(content)) || !e.Exec || !e.MTime.Equal(mtime) {
		t.Errorf("%v %+v", created, e)
	}
	got, err := c.Files.Open(t.Context(), e.Path, client.OpenOptions{})
	h.must(err)
	raw, err := io.ReadAll(got)
	h.must(err)
	h.must(got.Close())
	if !bytes.Equal(raw, content) || got.Length != e.Size || got.ETag != e.ETag || got.Root != e.Root || !got.MTime.Equal(mtime) || !got.Exec || got.Revision != 1 {
		t.Errorf("%d bytes, %+v", len(raw), got)
	}
	same, err := c.Files.Open(t.Context(), e.Path, client.OpenOptions{IfNoneMatch: e.ETag})
	if err != nil || !same.NotModified {
		t.Errorf("%+v %v", same, err)
	}
	part, err := c.Files.Open(t.Context(), e.Path, client.OpenOptions{Range: "bytes=10-19"})
	h.must(err)
	if raw, err := io.ReadAll(part); err != nil || !bytes.Equal(raw, content[10:20]) || part.Range != fmt.Sprintf("bytes 10-19/%d", len(content)) {
		t.Errorf("%d bytes of %s, %v", len(raw), part.Range, err)
	}
	moved, err := c.Files.Move(t.Context(), apitype.Transfer{From: e.Path, To: "/moved"})
	if err != nil || moved.ID != e.ID || moved.Root != e.Root || moved.Path != "/moved" {
		t.Errorf("%+v %v", moved, err)
	}
	copied, err := c.Files.Copy(t.Context(), apitype.Transfer{From: "/moved", To: "/copied"})
	if err != nil || copied.ID == e.ID || copied.Root != e.Root {
		t.Errorf("%+v %v", copied, err)
	}
	if _, err := c.Files.Copy(t.Context(), apitype.Transfer{From: "/moved", To: "/copied"}); !errors.Is(err, client.ErrExists) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Files.Copy(t.Context(), apitype.Transfer{From: "/moved", To: "/copied", Overwrite: true}); err != nil {
		t.Errorf("got %v", err)
	}
	folder, err := c.Files.Mkdir(t.Context(), "/a/b/c/d", true)
	if err != nil || folder.Kind != apitype.KindFolder {
		t.Errorf("%+v %v", folder, err)
	}
	var names []string
	for e, err := range c.Files.All(t.Context(), "/", client.ListOptions{Limit: 1}) {
		h.must(err)
		names = append(names, e.Name)
	}
	if diff := cmp.Diff([]string{"a", "copied", "moved"}, names); diff != "" {
		t.Error(diff)
	}
	found, err := c.Files.Search(t.Context(), "OVE", "", 10)
	if err != nil || len(found.Items) != 1 || found.Items[0].Path != "/moved" {
		t.Errorf("%+v %v", found, err)
	}
	no := false
	changed, err := c.Files.SetMeta(t.Context(), "/moved", apitype.Meta{Exec: &no}, client.Condition{IfMatch: moved.ETag})
	if err != nil || changed.Exec || !changed.MTime.Equal(mtime) {
		t.Errorf("%+v %v", changed, err)
	}
}

// counted counts what is read of it.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func TestRefusalBeforeTheBody(t *testing.T) {
	h := newHive(t)
	h.put("/file", "content")
	body := &counted{Reader: bytes.NewReader(noise(8 << 20))}
	_, _, err := h.client(h.token).Files.Put(t.Context(), "/file/below", body, client.PutOptions{})
	if !errors.Is(err, client.ErrNotFolder) || body.n > 0 {
		t.Errorf("got %v after %d bytes", err, body.n)
	}
}

func TestRevisionsAndTrash(t *testing.T) {
	h := newHive(t)
	c := h.client(h.token)
	for _, content := range []string{"one", "two", "three"} {
		h.put("/f", content)
	}
	var numbers []int64
	for r, err := range c.History.Revisions(t.Context(), "/f") {
		h.must(err)
		numbers = append(numbers, r.Number)
	}
	if diff := cmp.Diff([]int64{3, 2, 1}, numbers); diff != "" {
		t.Error(diff)
	}
	e, err := c.History.RestoreRevision(t.Context(), "/f", 1)
	if err != nil || e.Revision != 4 || e.Size != 3 {
		t.Errorf("%+v %v", e, err)
	}
	h.must(c.History.DeleteRevision(t.Context(), "/f", 2))
	if err := c.History.DeleteRevision(t.Context(), "/f", 2); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}

	trashed, err := c.Files.Remove(t.Context(), "/f", client.Condition{})
	h.must(err)
	if trashed.ID == 0 || trashed.Path != "/f" || trashed.Kind != apitype.KindFile {
		t.Errorf("%+v", trashed)
	}
	var ids []int64
	for item, err := range c.History.Trash(t.Context()) {
		h.must(err)
		ids = append(ids, item.ID)
	}
	if diff := cmp.Diff([]int64{trashed.ID}, ids); diff != "" {
		t.Error(diff)
	}
	back, err := c.History.Restore(t.Context(), trashed.ID, "/back")
	if err != nil || back.Path != "/back" || back.Revision != 4 {
		t.Errorf("%+v %v", back, err)
	}
	for _, path := range []string{"/x", "/y"} {
		h.put(path, path)
		if trashed, err = c.Files.Remove(t.Context(), path, client.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	h.must(c.History.Purge(t.Context(), trashed.ID))
	if _, err := c.History.Restore(t.Context(), trashed.ID, ""); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	h.must(c.History.EmptyTrash(t.Context()))
	for item := range c.History.Trash(t.Context()) {
		t.Errorf("%+v is still there", item)
	}
}

func TestWatchByClient(t *testing.T) {
	h := newHive(t)
	c := h.client(h.token)
	h.put("/0", "x")
	n := 0
	for change, err := range c.History.Watch(within(t), 0) {
		h.must(err)
		if want := fmt.Sprint("/", n); change.EntryKind == apitype.KindFile && change.Path != want {
			t.Fatalf("got %s, want %s", change.Path, want)
		} else if change.EntryKind != apitype.KindFile {
			continue
		}
		if n++; n == 4 {
			break
		}
		h.put(fmt.Sprint("/", n), "x")
	}
}
