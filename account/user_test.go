package account_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/melissiproject/hive/account"
	"golang.org/x/sync/errgroup"
)

func TestCreate(t *testing.T) {
	each(t, account.Config{Quota: 1 << 30}, func(t *testing.T, a accounts) {
		got, err := a.Create(t.Context(), account.NewUser{Name: "Alice.B", Password: password, Quota: new(int64(0))})
		if err != nil {
			t.Fatal(err)
		}
		want := account.User{ID: got.ID, Name: "alice.b", Quota: 0, Created: time.Now().UTC()}
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(time.Minute)); diff != "" || got.ID == 0 {
			t.Errorf("(-want +got)\n%s", diff)
		}
		for name, find := range map[string]func() (account.User, error){
			"name":       func() (account.User, error) { return a.ByName(t.Context(), "alice.b") },
			"upper case": func() (account.User, error) { return a.ByName(t.Context(), "ALICE.B") },
			"number":     func() (account.User, error) { return a.ByID(t.Context(), got.ID) },
		} {
			if found, err := find(); err != nil || found != got {
				t.Errorf("by %s: got %+v, %v, want %+v", name, found, err, got)
			}
		}
		if bob := a.create("bob", true); bob.Quota != 1<<30 || !bob.Admin {
			t.Errorf("got %+v", bob)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		for _, test := range []struct {
			user account.NewUser
			want error
		}{
			{account.NewUser{Name: "alice", Password: password}, account.ErrNameTaken},
			{account.NewUser{Name: "ALICE", Password: password}, account.ErrNameTaken},
			{account.NewUser{Name: "a b", Password: password}, account.ErrName},
			{account.NewUser{Name: "bob", Password: "short"}, account.ErrPassword},
			{account.NewUser{Name: "bob", Password: password, Quota: new(int64(-2))}, account.ErrInvalid},
		} {
			_, err := a.Create(t.Context(), test.user)
			wantErr(t, err, test.want)
		}
		if users, err := a.List(t.Context(), "", 10); err != nil || len(users) != 1 {
			t.Errorf("got %v, %v", users, err)
		}
	})
}

func TestNotFound(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		alice, ctx := a.create("alice", false), t.Context()
		_, byName := a.ByName(ctx, "bob")
		_, byBadName := a.ByName(ctx, "not a name")
		_, byID := a.ByID(ctx, alice.ID+1)
		_, update := a.Update(ctx, "bob", account.Change{})
		_, quota := a.Quota(ctx, a.db.Read(), alice.ID+1)
		for what, err := range map[string]error{
			"ByName": byName, "ByName of a bad name": byBadName, "ByID": byID, "Update": update, "Quota": quota,
			"SetPassword":  a.SetPassword(ctx, "bob", password, 0),
			"Delete":       a.Delete(ctx, "bob"),
			"Revoke":       a.Revoke(ctx, alice.ID, 1),
			"RemoveDevice": a.RemoveDevice(ctx, alice.ID, 1),
			"RevokeCode":   a.Codes().Revoke(ctx, 1),
		} {
			if !errors.Is(err, account.ErrNotFound) {
				t.Errorf("%s: got %v", what, err)
			}
		}
	})
}

func TestListIsPagedByName(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		want := []string{"0day", "a", "a-b", "a.b", "a0", "a_b", "ab", "b"}
		for _, i := range []int{3, 0, 7, 1, 5, 2, 6, 4} {
			a.create(want[i], false)
		}
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			page, err := a.List(t.Context(), after, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, user := range page {
				got = append(got, user.Name)
			}
			if len(page) < 3 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestUpdate(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		before := a.create("alice", false)
		a.create("root", true)
		got, err := a.Update(t.Context(), "Alice", account.Change{Quota: new(int64(5)), Admin: new(true)})
		want := before
		want.Quota, want.Admin = 5, true
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if got, err = a.Update(t.Context(), "alice", account.Change{}); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if quota, err := a.Quota(t.Context(), a.db.Read(), want.ID); err != nil || quota != 5 {
			t.Errorf("got %d, %v", quota, err)
		}
		_, err = a.Update(t.Context(), "alice", account.Change{Quota: new(int64(-2))})
		wantErr(t, err, account.ErrInvalid)
	})
}

func TestLastAdminStays(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("root", true)
		a.create("gone", true)
		a.create("alice", false)
		if _, err := a.Update(t.Context(), "gone", account.Change{Disabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		_, demote := a.Update(t.Context(), "root", account.Change{Admin: new(false)})
		_, disable := a.Update(t.Context(), "root", account.Change{Disabled: new(true)})
		for _, err := range []error{demote, disable, a.Delete(t.Context(), "root")} {
			wantErr(t, err, account.ErrLastAdmin)
		}
		if _, err := a.Update(t.Context(), "root", account.Change{Quota: new(int64(1))}); err != nil {
			t.Error(err)
		}
		if err := a.Delete(t.Context(), "alice"); err != nil {
			t.Error(err)
		}
		if _, err := a.Update(t.Context(), "gone", account.Change{Disabled: new(false)}); err != nil {
			t.Error(err)
		}
		if err := a.Delete(t.Context(), "root"); err != nil {
			t.Error(err)
		}
	})
}

// TestLastAdminsCannotRemoveEachOther at the same time.
func TestLastAdminsCannotRemoveEachOther(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		for _, name := range names {
			a.create(name, true)
		}
		var group errgroup.Group
		for i, name := range names {
			group.Go(func() error {
				var err error
				if i%2 == 0 {
					_, err = a.Update(t.Context(), name, account.Change{Admin: new(false)})
				} else {
					err = a.Delete(t.Context(), name)
				}
				if errors.Is(err, account.ErrLastAdmin) {
					err = nil
				}
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		users, err := a.List(t.Context(), "", 10)
		admins := slices.DeleteFunc(users, func(u account.User) bool { return !u.Admin })
		if err != nil || len(admins) != 1 {
			t.Errorf("got admins %v, %v", admins, err)
		}
	})
}

func TestDeleteTakesAllWithIt(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		alice := a.create("alice", false)
		secret := a.login("alice", "laptop")
		if err := a.Delete(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		_, err := a.Authenticate(t.Context(), secret)
		wantErr(t, err, account.ErrTokenInvalid)
		again := a.create("alice", false)
		if again.ID <= alice.ID {
			t.Errorf("number %d was given again as %d", alice.ID, again.ID)
		}
		if devices, err := a.Devices(t.Context(), again.ID); err != nil || len(devices) != 0 {
			t.Errorf("got %v, %v", devices, err)
		}
	})
}
