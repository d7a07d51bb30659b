package link_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/link"
)

const password = "correct horse battery"

// fixture is links on real parts, with the users alice and bob.
type fixture struct {
	*testing.T
	*link.Links
	alice, bob account.User
	tree       *catalog.Tree // of alice
}

func each(t *testing.T, test func(fixture)) {
	t.Helper()
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) { test(newFixture(t, db)) })
}

func newFixture(t *testing.T, db *database.DB) fixture {
	t.Helper()
	accounts := must(account.New(db, account.Config{Argon: account.Argon{Memory: 64, Time: 1, Threads: 1}}))(t)
	names := must(catalog.New(db, blocktest.New(t), catalog.Config{Quota: accounts.Quota}))(t)
	stores := link.Stores{DB: db, Accounts: accounts, Catalog: names}
	f := fixture{T: t, Links: must(link.New(stores, ed25519.NewKeyFromSeed(make([]byte, 32))))(t)}
	f.alice = must(accounts.Create(t.Context(), account.NewUser{Name: "alice", Password: password}))(t)
	f.bob = must(accounts.Create(t.Context(), account.NewUser{Name: "bob", Password: password}))(t)
	f.tree = must(names.Home(t.Context(), catalog.Actor{User: f.alice.ID}))(t)
	f.put("/docs/a", "hello")
	f.put("/docs/sub/b", "world")
	f.put("/private", "secret")
	return f
}

func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func path(t testing.TB, s string) catalog.Path {
	t.Helper()
	return must(catalog.ParsePath(s))(t)
}

func (f fixture) put(name, content string) {
	f.Helper()
	_, _, err := f.tree.Put(f.Context(), path(f, name), strings.NewReader(content), catalog.PutOptions{Parents: true})
	must(0, err)(f)
}

func (f fixture) create(n link.NewLink) link.Link {
	f.Helper()
	return must(f.Create(f.Context(), f.alice.ID, n))(f)
}

func (f fixture) visit(l link.Link) (*link.Visit, error) {
	return f.Visit(f.Context(), link.Visitor{Token: l.Token, Address: "192.0.2.1"})
}

func (f fixture) wantError(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("got error %v, want %v", err, want)
	}
}

func (f fixture) read(v *link.Visit, name string) string {
	f.Helper()
	_, r, err := v.Tree.Open(f.Context(), path(f, name), 0)
	if err != nil {
		return err.Error()
	}
	defer r.Close()
	return string(must(io.ReadAll(r))(f))
}

// TestLinkFollowsItsEntry: it is of the entry, not of the path, rests in the trash, and ends with the entry.
func TestLinkFollowsItsEntry(t *testing.T) {
	each(t, func(f fixture) {
		l := f.create(link.NewLink{Path: "/docs"})
		v := must(f.visit(l))(f)
		if got := f.read(v, "/sub/b"); got != "world" || v.Owner != "alice" {
			f.Errorf("got %q of %s", got, v.Owner)
		}
		must(f.tree.Mkdir(f.Context(), path(f, "/deep/er"), true))(f)
		must(f.tree.Move(f.Context(), path(f, "/docs"), path(f, "/deep/er/papers"), catalog.TransferOptions{}))(f)
		f.put("/docs/a", "another")
		if got := f.read(must(f.visit(l))(f), "/a"); got != "hello" {
			f.Errorf("got %q", got)
		}
		if list := must(f.List(f.Context(), f.alice.ID, "", 0, 10))(f); len(list) != 1 || list[0].Path != "/deep/er/papers" || list[0].Token != l.Token {
			f.Errorf("got %+v", list)
		}
		if list := must(f.List(f.Context(), f.alice.ID, "/docs", 0, 10))(f); len(list) != 0 {
			f.Errorf("got %+v", list)
		}
		trashed := must(f.tree.Remove(f.Context(), path(f, "/deep"), catalog.RemoveOptions{}))(f)
		_, err := f.visit(l)
		f.wantError(err, link.ErrNotFound)
		must(f.tree.RestoreTrash(f.Context(), trashed.ID, nil))(f)
		must(f.visit(l))(f)
		must(f.tree.Remove(f.Context(), path(f, "/deep"), catalog.RemoveOptions{}))(f)
		must(0, f.tree.EmptyTrash(f.Context()))(f)
		must(0, f.Tidy(f.Context(), time.Now()))(f)
		if list := must(f.List(f.Context(), f.alice.ID, "", 0, 10))(f); len(list) != 0 {
			f.Errorf("got %+v", list)
		}
	})
}

// TestLinkShowsNothingElse: nobody gets out of what a link leads to, and a file can be one.
func TestLinkShowsNothingElse(t *testing.T) {
	each(t, func(f fixture) {
		v := must(f.visit(f.create(link.NewLink{Path: "/docs/sub"})))(f)
		for _, name := range []string{"/a", "/private", "/docs/a", "/sub/b"} {
			if got := f.read(v, name); !strings.Contains(got, "not found") {
				f.Errorf("%s: %q", name, got)
			}
		}
		_, _, err := v.Tree.Put(f.Context(), path(f, "/new"), strings.NewReader("x"), catalog.PutOptions{})
		f.wantError(err, catalog.ErrReadOnly)
		_, err = v.Tree.Remove(f.Context(), path(f, "/b"), catalog.RemoveOptions{})
		f.wantError(err, catalog.ErrReadOnly)
		_, err = catalog.AddTo(f.Context(), v.Tree, "new", strings.NewReader("x"), 1)
		f.wantError(err, catalog.ErrReadOnly)
		file := must(f.visit(f.create(link.NewLink{Path: "/docs/a"})))(f)
		if got := f.read(file, "/"); got != "hello" {
			f.Errorf("got %q", got)
		}
		if top := must(file.Tree.Stat(f.Context(), catalog.Path{}))(f); top.Name != "a" || top.Kind != catalog.KindFile {
			f.Errorf("got %+v", top)
		}
		_, err = file.Tree.Stat(f.Context(), path(f, "/x"))
		f.wantError(err, catalog.ErrNotFolder)
	})
}

// TestLinkHidesSharesOfOthers: what somebody else shares with the owner is not the owner's to publish.
func TestLinkHidesSharesOfOthers(t *testing.T) {
	each(t, func(f fixture) {
		bobs := must(f.Catalog.Home(f.Context(), catalog.Actor{User: f.bob.ID}))(f)
		_, _, err := bobs.Put(f.Context(), path(f, "/mine/x"), strings.NewReader("bob's"), catalog.PutOptions{Parents: true})
		must(0, err)(f)
		folder := must(bobs.Stat(f.Context(), path(f, "/mine")))(f)
		m := catalog.Mount{Space: folder.Space, Root: folder.ID, Role: catalog.RoleWriter, Ref: "share"}
		must(f.Catalog.Mount(f.Context(), catalog.Actor{User: f.alice.ID}, path(f, "/docs/bobs"), m))(f)
		for _, at := range []string{"/docs/bobs", "/docs/bobs/x"} {
			_, err := f.Create(f.Context(), f.alice.ID, link.NewLink{Path: at})
			f.wantError(err, catalog.ErrMounted)
		}
		v := must(f.visit(f.create(link.NewLink{Path: "/docs"})))(f)
		if got := f.read(v, "/bobs/x"); !strings.Contains(got, "not found") {
			f.Errorf("got %q", got)
		}
		var names []string
		for e, err := range v.Tree.Walk(f.Context(), catalog.Path{}) {
			names = append(names, must(e, err)(f).Path)
		}
		if got := strings.Join(names, " "); got != "/ /a /sub /sub/b" {
			f.Errorf("got %s", got)
		}
	})
}

// TestLinkEnds: by its time, its uses, its owner, and by hand. All look like a link that never was.
func TestLinkEnds(t *testing.T) {
	each(t, func(f fixture) {
		gone := func(l link.Link) {
			f.Helper()
			_, err := f.visit(l)
			f.wantError(err, link.ErrNotFound)
		}
		gone(link.Link{Token: "AAAAAAAAAAAAAAAAAAAAAAAAAAA"})
		gone(link.Link{Token: strings.Repeat("A", 10_000)})
		past, soon := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		_, err := f.Create(f.Context(), f.alice.ID, link.NewLink{Path: "/docs", Expires: &past})
		f.wantError(err, link.ErrInvalid)
		l := f.create(link.NewLink{Path: "/docs", Expires: &soon})
		must(f.visit(l))(f)
		must(0, f.DB.Write(f.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE links SET expires = ? WHERE id = ?", database.At(past), l.ID)
			return err
		}))(f)
		gone(l)
		must(f.Set(f.Context(), f.alice.ID, l.ID, link.Change{NoExpiry: true}))(f)
		must(f.visit(l))(f)

		_, err = f.Set(f.Context(), f.bob.ID, l.ID, link.Change{NoExpiry: true})
		f.wantError(err, link.ErrNotFound)
		f.wantError(f.Remove(f.Context(), f.bob.ID, l.ID), link.ErrNotFound)
		disabled := true
		must(f.Accounts.Update(f.Context(), "alice", account.Change{Disabled: &disabled}))(f)
		gone(l)
		disabled = false
		must(f.Accounts.Update(f.Context(), "alice", account.Change{Disabled: &disabled}))(f)
		must(f.visit(l))(f)
		must(0, f.Remove(f.Context(), f.alice.ID, l.ID))(f)
		gone(l)
		l = f.create(link.NewLink{Path: "/docs"})
		must(0, f.Accounts.Delete(f.Context(), "alice"))(f)
		gone(l)
	})
}

// TestUses: a download counts once, whatever its parts, and goes on when it was the last one.
func TestUses(t *testing.T) {
	each(t, func(f fixture) {
		l := f.create(link.NewLink{Path: "/docs", Uses: 2})
		v := must(f.visit(l))(f)
		f.wantError(v.Download(f.Context(), "a", true), nil)
		f.wantError(v.Download(f.Context(), "a", true), nil)
		f.wantError(v.Download(f.Context(), "b", true), nil)
		if v = must(f.visit(l))(f); !v.Spent || v.Used != 2 {
			f.Errorf("%+v", v.Link)
		}
		f.wantError(v.Download(f.Context(), "a", true), nil)
		f.wantError(v.Download(f.Context(), "a", false), link.ErrNotFound)
		f.wantError(v.Download(f.Context(), "c", true), link.ErrNotFound)
		f.wantError(v.GiveBack(f.Context()), nil)
		f.wantError(v.Use(f.Context()), nil)
		f.wantError(v.Use(f.Context()), link.ErrNotFound)
		other := must(f.Visit(f.Context(), link.Visitor{Token: l.Token, Address: "192.0.2.2"}))(f)
		f.wantError(other.Download(f.Context(), "a", true), link.ErrNotFound)
	})
}

// TestPassword: what proves it is bound to the link and the password, and guesses of strangers do not keep visitors out.
func TestPassword(t *testing.T) {
	each(t, func(f fixture) {
		_, err := f.Create(f.Context(), f.alice.ID, link.NewLink{Path: "/docs", Password: "short"})
		f.wantError(err, account.ErrPassword)
		l := f.create(link.NewLink{Path: "/docs", Password: password})
		other := f.create(link.NewLink{Path: "/docs", Password: password})
		v := must(f.visit(l))(f)
		f.wantError(v.For(link.Download), link.ErrPassword)
		_, _, err = v.Unlock(f.Context(), "wrong")
		f.wantError(err, account.ErrWrongPassword)
		cookie, expires, err := v.Unlock(f.Context(), password)
		if err != nil || time.Until(expires) > 13*time.Hour {
			f.Fatalf("%v, %v", expires, err)
		}
		open := func(l link.Link, cookie string) error {
			v := must(f.Visit(f.Context(), link.Visitor{Token: l.Token, Cookie: cookie, Address: "192.0.2.1"}))(f)
			return v.For(link.Download)
		}
		f.wantError(open(l, cookie), nil)
		f.wantError(open(other, cookie), link.ErrPassword)
		f.wantError(open(l, cookie[1:]), link.ErrPassword)
		f.wantError(open(l, cookie[:5]+"_"+cookie[6:]), link.ErrPassword)
		fresh := "another password"
		must(f.Set(f.Context(), f.alice.ID, l.ID, link.Change{Password: &fresh}))(f)
		f.wantError(open(l, cookie), link.ErrPassword)
		none := ""
		must(f.Set(f.Context(), f.alice.ID, l.ID, link.Change{Password: &none}))(f)
		f.wantError(open(l, ""), nil)
	})
}

func TestGuessesOfStrangers(t *testing.T) {
	t.Parallel()
	f := newFixture(t, databasetest.New(t))
	l := f.create(link.NewLink{Path: "/docs", Password: password})
	guess := func(address, password string) error {
		v, err := f.Visit(context.Background(), link.Visitor{Token: l.Token, Address: address})
		if err == nil {
			_, _, err = v.Unlock(f.Context(), password)
		}
		return err
	}
	for range 5 {
		f.wantError(guess("192.0.2.1", "wrong"), account.ErrWrongPassword)
	}
	f.wantError(guess("192.0.2.1", password), account.ErrTooManyAttempts)
	f.wantError(guess("192.0.2.2", password), nil)
	for i := range 120 { // from everywhere
		_ = guess(string(rune('1'+i%9))+".0.0."+string(rune('1'+i/15)), "wrong")
	}
	later, ok := errors.AsType[*account.TooManyAttempts](guess("198.51.100.1", password))
	if ok && later.RetryAfter > 6*time.Second {
		f.Errorf("a visitor waits %s for the guesses of others", later.RetryAfter)
	}
}

// TestTooFast: one address, and all addresses together, are slowed.
func TestTooFast(t *testing.T) {
	t.Parallel()
	f := newFixture(t, databasetest.New(t))
	l := f.create(link.NewLink{Path: "/docs"})
	ask := func(address string, n int) (err error) {
		for range n {
			if _, err = f.Visit(f.Context(), link.Visitor{Token: l.Token, Address: address}); err != nil {
				return err
			}
		}
		return nil
	}
	f.wantError(ask("192.0.2.1", 5000), link.ErrTooFast)
	f.wantError(ask("192.0.2.2", 1), nil)
}

// TestUploadLink: files come, replace nothing, and count against the owner.
func TestUploadLink(t *testing.T) {
	each(t, func(f fixture) {
		_, err := f.Create(f.Context(), f.alice.ID, link.NewLink{Path: "/private", Mode: link.Upload})
		f.wantError(err, catalog.ErrNotFolder)
		l := f.create(link.NewLink{Path: "/docs/sub", Mode: link.Upload})
		v := must(f.visit(l))(f)
		f.wantError(v.For(link.Download), link.ErrMode)
		add := func(name, content string) error {
			_, err := catalog.AddTo(f.Context(), v.Tree, name, strings.NewReader(content), 0)
			return err
		}
		for i := range 13 {
			f.wantError(add("b", string(rune('a'+i))), nil)
		}
		f.wantError(add("../x", "x"), catalog.ErrPath)
		f.wantError(add("x/y", "x"), catalog.ErrPath)
		page := must(f.tree.List(f.Context(), path(f, "/docs/sub"), catalog.ListOptions{}))(f)
		if len(page.Entries) != 14 || page.Entries[0].Author != f.alice.ID {
			f.Errorf("%d entries", len(page.Entries))
		}
		_, r, err := f.tree.Open(f.Context(), path(f, "/docs/sub/b"), 0)
		if got := string(must(io.ReadAll(must(r, err)(f)))(f)); got != "world" {
			f.Errorf("b became %q", got)
		}
		r.Close()
		must(f.tree.Stat(f.Context(), path(f, "/docs/sub/b (2)")))(f)
		changes := must(f.tree.Changes(f.Context(), 0, 100))(f)
		if last := changes[len(changes)-1]; !strings.HasPrefix(last.Path, "/docs/sub/b") {
			f.Errorf("the log says %s", last.Path)
		}
		quota := int64(30)
		must(f.Accounts.Update(f.Context(), "alice", account.Change{Quota: &quota}))(f)
		f.wantError(add("big", strings.Repeat("x", 31)), catalog.ErrQuota)
		must(f.Set(f.Context(), f.alice.ID, l.ID, link.Change{Mode: new(link.Download)}))(f)
	})
}
