package node

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

func openTestUsers(t *testing.T, cfg Config) *Users {
	t.Helper()
	users, err := OpenUsers(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := users.Close(); err != nil {
			t.Error(err)
		}
	})
	return users
}

func userNames(t *testing.T, users *Users) (names []string) {
	t.Helper()
	for u, err := range users.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, u.Name)
	}
	return names
}

func TestLostPasswordIsReplacedBesideAHiveThatRuns(t *testing.T) {
	cfg := made(t)
	n, _, _ := running(t, cfg)
	users := openTestUsers(t, cfg)
	if err := users.SetPassword(t.Context(), "anna", "another password"); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(n.URL(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Login(t.Context(), "anna", password); !errors.Is(err, client.ErrWrongPassword) {
		t.Errorf("old password: got %v, want ErrWrongPassword", err)
	}
	if _, err := c.Login(t.Context(), "anna", "another password"); err != nil {
		t.Error(err)
	}
}

func TestUsersOfAStoppedHive(t *testing.T) {
	cfg := made(t)
	users := openTestUsers(t, cfg)
	quota := int64(1 << 30)
	bob, err := users.Create(t.Context(), apitype.NewUser{Name: "Bob", Password: password, Quota: &quota})
	if err != nil || bob.Name != "bob" || bob.Quota != quota || bob.Admin {
		t.Fatalf("%+v, %v", bob, err)
	}
	if diff := cmp.Diff([]string{"anna", "bob"}, userNames(t, users)); diff != "" {
		t.Error(diff)
	}
	no := true
	if bob, err = users.Update(t.Context(), "bob", apitype.UserChange{Disabled: &no}); err != nil || !bob.Disabled {
		t.Errorf("%+v, %v", bob, err)
	}
	if err := users.Delete(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"anna"}, userNames(t, users)); diff != "" {
		t.Error(diff)
	}
}

func TestDeletingAUserFreesTheirFiles(t *testing.T) {
	cfg := made(t)
	n, c, _ := running(t, cfg)
	if _, err := c.Users.Create(t.Context(), apitype.NewUser{Name: "bob", Password: password}); err != nil {
		t.Fatal(err)
	}
	bob, err := client.New(n.URL(), client.Options{User: "bob", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Close()
	put(t, bob, "/a/b", "his")
	if err := openTestUsers(t, cfg).Delete(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	if err := n.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if storage, err := c.Storage(t.Context()); err != nil || storage.Blocks != 0 {
		t.Errorf("%d blocks are left, %v", storage.Blocks, err)
	}
}

func TestUserErrorsHaveTheCodesOfTheAPI(t *testing.T) {
	users := openTestUsers(t, made(t))
	ctx, no := t.Context(), false
	for name, tt := range map[string]struct {
		do   func() error
		want string
	}{
		"taken": {func() error {
			_, err := users.Create(ctx, apitype.NewUser{Name: "anna", Password: password})
			return err
		}, apitype.CodeNameTaken},
		"name": {func() error {
			_, err := users.Create(ctx, apitype.NewUser{Name: "a b", Password: password})
			return err
		}, apitype.CodeInvalid},
		"password":   {func() error { return users.SetPassword(ctx, "anna", "short") }, apitype.CodeInvalid},
		"unknown":    {func() error { return users.SetPassword(ctx, "eve", password) }, apitype.CodeNotFound},
		"delete":     {func() error { return users.Delete(ctx, "eve") }, apitype.CodeNotFound},
		"last admin": {func() error { _, err := users.Update(ctx, "anna", apitype.UserChange{Admin: &no}); return err }, apitype.CodeLastAdmin},
		"the last":   {func() error { return users.Delete(ctx, "anna") }, apitype.CodeLastAdmin},
	} {
		var f *Failure
		if err := tt.do(); !errors.As(err, &f) || f.Code != tt.want || f.Error() == "" {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

func TestUsersStopWhenTheContextEnds(t *testing.T) {
	users := openTestUsers(t, made(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range users.All(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}

func TestUsersWithoutHive(t *testing.T) {
	cfg := Default()
	cfg.Data = t.TempDir()
	if _, err := OpenUsers(t.Context(), cfg); !errors.Is(err, ErrNotInitialised) {
		t.Errorf("got %v, want ErrNotInitialised", err)
	}
}
