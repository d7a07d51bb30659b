package account_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

func TestReset(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("bob", false)
		a.create("eve", false)
		secret := a.login("bob", "")
		root := audit.By(t.Context(), audit.Origin{User: 9, Name: "root"})
		first, _, err := a.Resets().Make(root, "bob")
		if err != nil {
			t.Fatal(err)
		}
		code, expires, err := a.Resets().Make(root, "Bob")
		if err != nil || time.Until(expires) < 23*time.Hour {
			t.Fatalf("%v, %v", expires, err)
		}
		use := func(name, code, password string) error {
			return a.Resets().Use(t.Context(), name, code, password, address)
		}
		wantErr(t, use("bob", first, other), account.ErrCode) // the second took its place
		wantErr(t, use("eve", code, other), account.ErrCode)
		wantErr(t, use("nobody2", code, other), account.ErrCode)
		wantErr(t, use("bob", code, "short"), account.ErrPassword)
		if err := a.try("bob", ""); err != nil {
			t.Errorf("the old password until then: %v", err)
		}
		if err := use("BOB", strings.ToLower(strings.ReplaceAll(code, "-", " ")), other); err != nil {
			t.Fatal(err)
		}
		wantErr(t, use("bob", code, password), account.ErrCode)
		wantErr(t, a.try("bob", ""), account.ErrWrongPassword)
		wantErr(t, a.CheckPassword(t.Context(), "bob", other, address), nil)
		wantErr(t, second(a.Authenticate(t.Context(), secret)), account.ErrTokenInvalid)
		_, _, err = a.Resets().Make(root, "nobody2")
		wantErr(t, err, account.ErrNotFound)
		records := a.records()
		if !slices.Contains(records, `bob password.change bob ok {"by_code":true}`) || !strings.HasPrefix(records[3], "root password.reset bob ok") {
			t.Errorf("%q", records)
		}
		for _, line := range records {
			if strings.Contains(line, code) {
				t.Errorf("the code in %s", line)
			}
		}
	})
}

func TestResetIsForOne(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("bob", false)
		code, _, err := a.Resets().Make(t.Context(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		var done atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if a.Resets().Use(t.Context(), "bob", code, other, address) == nil {
					done.Add(1)
				}
			})
		}
		all.Wait()
		if done.Load() != 1 {
			t.Errorf("%d set a password", done.Load())
		}
	})
}

func TestResetEndsAndIsThrottled(t *testing.T) {
	t.Parallel()
	a := open(t, databasetest.New(t), account.Config{Argon: cheap})
	a.create("bob", false)
	code, _, err := a.Resets().Make(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		wantErr(t, a.Resets().Use(t.Context(), "bob", "AAAA-AAAA-AAAA-AAAA", other, address), account.ErrCode)
	}
	wantErr(t, a.Resets().Use(t.Context(), "bob", code, other, address), account.ErrTooManyAttempts)
	account.Forgive(a.Accounts)
	a.exec("UPDATE password_resets SET expires = ?", database.At(time.Now().Add(-time.Second)))
	wantErr(t, a.Resets().Use(t.Context(), "bob", code, other, address), account.ErrCode)
}

func TestResetEndsWithANewPassword(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("bob", false)
		code, _, err := a.Resets().Make(t.Context(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		if err := a.SetPassword(t.Context(), "bob", other, 0); err != nil {
			t.Fatal(err)
		}
		wantErr(t, a.Resets().Use(t.Context(), "bob", code, password, address), account.ErrCode)
		wantErr(t, a.CheckPassword(t.Context(), "bob", other, address), nil)
	})
}
