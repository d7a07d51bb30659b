package account_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// withKey is a hive that can keep secrets.
var withKey = account.Config{Key: bytes.Repeat([]byte{7}, account.KeyBytes)}

// code is what an app shows, so long from now.
func code(t *testing.T, secret account.Secret, in time.Duration) string {
	t.Helper()
	c, err := totp.GenerateCode(secret.Text, time.Now().Add(in))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// withTOTP turns the second factor of a new user on.
func (a accounts) withTOTP(name string) (account.User, account.Secret, []string) {
	a.t.Helper()
	user := a.create(name, false)
	secret, err := a.TOTP().Begin(a.t.Context(), user, password, address, "My: hive")
	if err != nil {
		a.t.Fatal(err)
	}
	codes, err := a.TOTP().Confirm(a.t.Context(), user, code(a.t, secret, 0), address)
	if err != nil {
		a.t.Fatal(err)
	}
	user, err = a.ByName(a.t.Context(), name)
	if err != nil || !user.TOTP {
		a.t.Fatalf("%+v, %v", user, err)
	}
	return user, secret, codes
}

func (a accounts) try(name, code string) error {
	_, _, _, err := a.Login(a.t.Context(), account.Login{Name: name, Password: password, Code: code, Address: address})
	return err
}

func TestSecondFactor(t *testing.T) {
	each(t, withKey, func(t *testing.T, a accounts) {
		bob := a.create("bob", false)
		wantErr(t, second(a.TOTP().Begin(t.Context(), bob, other, address, "hive")), account.ErrWrongPassword)
		wantErr(t, second(a.TOTP().Confirm(t.Context(), bob, "123456", address)), account.ErrNotFound)
		secret, err := a.TOTP().Begin(t.Context(), bob, password, address, "My: hive")
		if err != nil || !strings.HasPrefix(secret.URI, "otpauth://totp/") || !strings.Contains(secret.URI, secret.Text) {
			t.Fatalf("%+v, %v", secret, err)
		}
		if err := a.try("bob", ""); err != nil {
			t.Errorf("not confirmed yet, and asked for: %v", err)
		}
		wantErr(t, second(a.TOTP().Confirm(t.Context(), bob, "000000", address)), account.ErrTOTP)
		codes, err := a.TOTP().Confirm(t.Context(), bob, code(t, secret, 0), address)
		if err != nil || len(codes) != 10 {
			t.Fatalf("%q, %v", codes, err)
		}
		bob, _ = a.ByName(t.Context(), "bob")
		if f, err := a.TOTP().Of(t.Context(), bob); err != nil || !f.On || f.Left != 10 || time.Since(f.Since) > time.Hour {
			t.Errorf("%+v, %v", f, err)
		}
		wantErr(t, second(a.TOTP().Begin(t.Context(), bob, password, address, "hive")), account.ErrExists)

		wantErr(t, a.try("bob", ""), account.ErrTOTPRequired)
		wantErr(t, a.try("bob", "12345678"), account.ErrTOTP)
		next := code(t, secret, 30*time.Second)
		if err := a.try("bob", next[:3]+" "+next[3:]); err != nil {
			t.Errorf("the right code: %v", err)
		}
		wantErr(t, a.try("bob", next), account.ErrTOTP) // again
		if err := a.try("bob", strings.ToLower(strings.ReplaceAll(codes[3], "-", " "))); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		wantErr(t, a.try("bob", codes[3]), account.ErrTOTP)
		if f, err := a.TOTP().Of(t.Context(), bob); err != nil || f.Left != 9 {
			t.Errorf("%+v, %v", f, err)
		}
		wantErr(t, a.TOTP().End(t.Context(), bob, other, codes[4], address), account.ErrWrongPassword)
		wantErr(t, a.TOTP().End(t.Context(), bob, password, "", address), account.ErrTOTPRequired)
		if err := a.TOTP().End(t.Context(), bob, password, codes[4], address); err != nil {
			t.Error(err)
		}
		wantErr(t, a.TOTP().End(t.Context(), bob, password, codes[5], address), account.ErrNotFound)
		if err := a.try("bob", ""); err != nil {
			t.Errorf("turned off, and asked for: %v", err)
		}
		off, _ := a.ByName(t.Context(), "bob")
		if f, err := a.TOTP().Of(t.Context(), off); err != nil || f != (account.Factor{}) {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

// second is the error of a pair.
func second[T any](_ T, err error) error { return err }

func TestAdminTakesTheSecondFactorOff(t *testing.T) {
	each(t, withKey, func(t *testing.T, a accounts) {
		a.withTOTP("bob")
		root := audit.By(t.Context(), audit.Origin{User: 9, Name: "root"})
		if err := a.TOTP().Reset(root, "bob"); err != nil {
			t.Fatal(err)
		}
		wantErr(t, a.TOTP().Reset(root, "bob"), account.ErrNotFound)
		wantErr(t, a.TOTP().Reset(root, "nobody2"), account.ErrNotFound)
		if err := a.try("bob", ""); err != nil {
			t.Error(err)
		}
		records := a.records()
		if !slices.Contains(records, "root totp.reset bob ok {}") || !slices.Contains(records, " totp.on bob ok {}") {
			t.Errorf("%q", records)
		}
	})
}

// TestOneCodeOneSignIn: of many who have the same code at the same time, one gets in.
func TestOneCodeOneSignIn(t *testing.T) {
	each(t, withKey, func(t *testing.T, a accounts) {
		_, secret, codes := a.withTOTP("bob")
		for _, c := range []string{codes[0], code(t, secret, 30*time.Second)} {
			var in atomic.Int32
			var all sync.WaitGroup
			for range 4 { // as many as the throttle lets by
				all.Go(func() {
					if a.try("bob", c) == nil {
						in.Add(1)
					}
				})
			}
			all.Wait()
			if in.Load() != 1 {
				t.Errorf("%d got in", in.Load())
			}
			account.Forgive(a.Accounts)
		}
	})
}

// TestCodesCannotBeGuessed: a right password forgives no wrong code, from whatever address.
func TestCodesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	cfg := withKey
	cfg.Argon = cheap
	a := open(t, databasetest.New(t), cfg)
	_, _, codes := a.withTOTP("bob")
	var err error
	for i := range 6 {
		_, _, _, err = a.Login(t.Context(), account.Login{Name: "bob", Password: password, Code: "00000" + string(rune('0'+i)), Address: spread(i << 8)})
	}
	later, ok := errors.AsType[*account.TooManyAttempts](err)
	if !ok || later.RetryAfter < time.Second {
		t.Fatalf("got %v", err)
	}
	wantErr(t, a.try("bob", codes[0]), account.ErrTooManyAttempts)
	account.Forgive(a.Accounts)
	if err := a.try("bob", codes[0]); err != nil {
		t.Error(err)
	}
}

func TestSecretsAreSealed(t *testing.T) {
	each(t, withKey, func(t *testing.T, a accounts) {
		_, secret, codes := a.withTOTP("bob")
		var sealed []byte
		if err := a.db.Read().NewSelect().Table("totp").Column("secret").Scan(t.Context(), &sealed); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sealed, []byte(secret.Text)) {
			t.Error("the secret lies open")
		}
		// Under another key, or in the row of another user, it opens nothing; recovery codes do.
		changed := withKey
		changed.Argon, changed.Key = cheap, bytes.Repeat([]byte{8}, account.KeyBytes)
		b := open(t, a.db, changed)
		wantErr(t, b.try("bob", code(t, secret, 30*time.Second)), account.ErrTOTP)
		eve := a.create("eve", false)
		a.exec("UPDATE totp SET user_id = ?", eve.ID)
		wantErr(t, second(a.TOTP().Confirm(t.Context(), eve, code(t, secret, 30*time.Second), address)), account.ErrTOTP)
		if err := b.try("bob", codes[0]); err != nil {
			t.Error(err)
		}
		for _, line := range a.records() {
			for _, c := range append(codes, secret.Text) {
				if strings.Contains(line, c) {
					t.Errorf("a secret in %s", line)
				}
			}
		}
	})
}

func TestNoKeyNoSecondFactor(t *testing.T) {
	t.Parallel()
	a := open(t, databasetest.New(t), account.Config{Argon: cheap})
	bob := a.create("bob", false)
	if _, err := a.TOTP().Begin(t.Context(), bob, password, address, "hive"); err == nil {
		t.Error("no error")
	}
	wantErr(t, account.Config{Key: []byte("short")}.Validate(), account.ErrInvalid)
}

func TestAppPasswords(t *testing.T) {
	each(t, withKey, func(t *testing.T, a accounts) {
		bob, _, codes := a.withTOTP("bob")
		eve := a.create("eve", false)
		secret, _, _, err := a.Login(t.Context(), account.Login{Name: "bob", Password: password, Code: codes[0], Address: address})
		if err != nil {
			t.Fatal(err)
		}
		who := a.identity(secret)
		p, token, err := a.AppPasswords().Create(t.Context(), who, account.NewToken{Name: "phone"})
		if err != nil || token.Scopes.String() != "files:read files:write" || strings.Count(p, "-") != 4 {
			t.Fatalf("%q %+v %v", p, token, err)
		}
		at := audit.By(t.Context(), audit.Origin{Address: "192.0.2.7"})
		for _, typed := range []string{p, strings.ToUpper(p), strings.ReplaceAll(p, "-", "")} {
			id, err := a.AppPasswords().Authenticate(at, "Bob", typed)
			if err != nil || id.User.ID != bob.ID || id.Session || id.Scopes.Has(account.ScopeAccount) || id.Token != token.ID {
				t.Errorf("%+v, %v", id, err)
			}
		}
		list, err := a.AppPasswords().List(t.Context(), bob.ID)
		if err != nil || len(list) != 1 || list[0].Address != "192.0.2.7" || list[0].LastUsed == nil {
			t.Errorf("%+v, %v", list, err)
		}
		for _, wrong := range [][2]string{{"eve", p}, {"bob", password}, {"bob", secret}, {"bob", ""}, {"bo b", p}, {"bob", strings.Repeat("x", 5000)}} {
			wantErr(t, second(a.AppPasswords().Authenticate(t.Context(), wrong[0], wrong[1])), account.ErrTokenInvalid)
		}
		wantErr(t, second(a.Authenticate(t.Context(), p)), account.ErrTokenInvalid)
		if _, _, _, err := a.Login(t.Context(), account.Login{Name: "bob", Password: p, Code: codes[1], Address: address}); !errors.Is(err, account.ErrWrongPassword) {
			t.Errorf("a session by an app password: %v", err)
		}
		if tokens, err := a.Tokens(t.Context(), bob.ID); err != nil || len(tokens) != 1 {
			t.Errorf("%+v, %v", tokens, err)
		}
		wantErr(t, a.Revoke(t.Context(), bob.ID, token.ID), account.ErrNotFound)
		wantErr(t, a.AppPasswords().Revoke(t.Context(), bob.ID, who.Token), account.ErrNotFound)
		wantErr(t, a.AppPasswords().Revoke(t.Context(), eve.ID, token.ID), account.ErrNotFound)
		if err := a.AppPasswords().Revoke(t.Context(), bob.ID, token.ID); err != nil {
			t.Error(err)
		}
		wantErr(t, second(a.AppPasswords().Authenticate(t.Context(), "bob", p)), account.ErrTokenInvalid)
	})
}

func TestAppPasswordsDoNoMoreThanWhoMakesThem(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("bob", false)
		all := a.identity(a.login("bob", ""))
		for _, c := range []struct {
			has, asks account.Scopes
			want      error
		}{
			{account.Scopes{account.ScopeAccount}, nil, account.ErrScope},
			{account.Scopes{account.ScopeAccount, account.ScopeWrite}, nil, account.ErrScope},
			{account.Scopes{account.ScopeAccount, account.ScopeWrite}, account.Scopes{account.ScopeRead}, account.ErrScope},
			{account.Scopes{account.ScopeAccount, account.ScopeWrite}, account.Scopes{account.ScopeWrite}, nil},
			{all.Scopes, nil, nil},
		} {
			by := all
			by.Scopes = c.has
			_, _, err := a.AppPasswords().Create(t.Context(), by, account.NewToken{Name: "phone", Scopes: c.asks})
			wantErr(t, err, c.want)
		}
	})
}

func TestAppPasswordsDoFilesOnly(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("bob", true)
		who := a.identity(a.login("bob", ""))
		for _, scopes := range []account.Scopes{{account.ScopeAdmin}, {account.ScopeRead, account.ScopeAccount}, {"x"}} {
			_, _, err := a.AppPasswords().Create(t.Context(), who, account.NewToken{Name: "x", Scopes: scopes})
			wantErr(t, err, account.ErrInvalid)
		}
		p, _, err := a.AppPasswords().Create(t.Context(), who, account.NewToken{Name: "reader", Scopes: account.Scopes{account.ScopeRead}})
		if err != nil {
			t.Fatal(err)
		}
		if id, err := a.AppPasswords().Authenticate(t.Context(), "bob", p); err != nil || id.Scopes.String() != "files:read" {
			t.Errorf("%+v, %v", id, err)
		}
		if err := a.SetPassword(t.Context(), "bob", other, 0); err != nil {
			t.Fatal(err)
		}
		_, err = a.AppPasswords().Authenticate(t.Context(), "bob", p)
		wantErr(t, err, account.ErrTokenInvalid)
	})
}
