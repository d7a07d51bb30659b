package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/database"
)

func readOnly(name string) account.NewToken {
	return account.NewToken{Name: name, Scopes: account.Scopes{account.ScopeRead}}
}

func TestCreateToken(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		session := a.identity(a.login("alice", "laptop"))
		until := time.Now().Add(time.Hour)
		secret, token, err := a.CreateToken(t.Context(), session, account.NewToken{
			Name: " nightly backup ", Scopes: account.Scopes{account.ScopeWrite, account.ScopeRead, account.ScopeWrite}, Expires: &until,
		})
		if err != nil {
			t.Fatal(err)
		}
		if token.Name != "nightly backup" || token.Session || token.Device != 0 || !token.Expires.Equal(until) || token.LastUsed != nil {
			t.Errorf("got %+v", token)
		}
		id := a.identity(secret)
		if id.User != session.User || id.Token != token.ID || id.Session || id.Scopes.String() != "files:read files:write" {
			t.Errorf("got %+v", id)
		}
		tokens, err := a.Tokens(t.Context(), session.User.ID)
		if err != nil || len(tokens) != 2 || tokens[0].ID != token.ID || tokens[0].LastUsed == nil || !tokens[1].Session {
			t.Errorf("got %+v, %v", tokens, err)
		}
	})
}

func TestCreateTokenRefuses(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		session := a.identity(a.login("alice", ""))
		reader := session
		reader.Scopes = account.Scopes{account.ScopeRead, account.ScopeAccount}
		past, never := time.Now().Add(-time.Second), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, test := range []struct {
			what string
			by   account.Identity
			new  account.NewToken
			want error
		}{
			{"no name", session, readOnly(" "), account.ErrInvalid},
			{"control character", session, readOnly("a\nb"), account.ErrInvalid},
			{"no scope", session, account.NewToken{Name: "x"}, account.ErrInvalid},
			{"unknown scope", session, account.NewToken{Name: "x", Scopes: account.Scopes{"root"}}, account.ErrInvalid},
			{"scopes in one", session, account.NewToken{Name: "x", Scopes: account.Scopes{"files:read root"}}, account.ErrInvalid},
			{"past", session, account.NewToken{Name: "x", Scopes: reader.Scopes, Expires: &past}, account.ErrInvalid},
			{"too far away", session, account.NewToken{Name: "x", Scopes: reader.Scopes, Expires: &never}, account.ErrInvalid},
			{"more than it has", reader, account.NewToken{Name: "x", Scopes: account.Scopes{account.ScopeWrite}}, account.ErrScope},
			{"admin of no admin", session, account.NewToken{Name: "x", Scopes: account.Scopes{account.ScopeAdmin}}, account.ErrScope},
		} {
			t.Run(test.what, func(t *testing.T) {
				_, _, err := a.CreateToken(t.Context(), test.by, test.new)
				wantErr(t, err, test.want)
			})
		}
	})
}

func TestARevokedTokenMakesNoOther(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		alice := a.create("alice", false)
		session := a.identity(a.login("alice", ""))
		if err := a.Revoke(t.Context(), alice.ID, session.Token); err != nil {
			t.Fatal(err)
		}
		_, _, err := a.CreateToken(t.Context(), session, readOnly("late"))
		wantErr(t, err, account.ErrTokenInvalid)
	})
}

func TestTokensOfAUserAreBounded(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		session := account.Identity{User: a.create("alice", false), Scopes: account.AllScopes()}
		for i := range 1000 {
			a.exec("INSERT INTO tokens (hash, user_id, session, name, scopes, created) VALUES (?, ?, ?, ?, ?, ?)",
				fmt.Appendf(nil, "hash %d", i), session.User.ID, false, "x", "account", database.Now())
		}
		_, _, err := a.CreateToken(t.Context(), session, readOnly("one more"))
		wantErr(t, err, account.ErrInvalid)
	})
}

func TestRevokeIsForOwnTokens(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		alice, bob := a.create("alice", false), a.create("bob", false)
		secret := a.login("alice", "")
		token := a.identity(secret).Token
		wantErr(t, a.Revoke(t.Context(), bob.ID, token), account.ErrNotFound)
		a.identity(secret)
		if err := a.Revoke(t.Context(), alice.ID, token); err != nil {
			t.Fatal(err)
		}
		_, err := a.Authenticate(t.Context(), secret)
		wantErr(t, err, account.ErrTokenInvalid)
	})
}

func TestAuthenticateRefuses(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		secret := a.login("alice", "")
		for _, bad := range []string{"", "hive_", secret[:len(secret)-1], secret + "A", secret[:len(secret)-2] + "xx", "x" + secret[1:], password} {
			_, err := a.Authenticate(t.Context(), bad)
			wantErr(t, err, account.ErrTokenInvalid)
		}
		if _, err := a.Update(t.Context(), "alice", account.Change{Disabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		_, err := a.Authenticate(t.Context(), secret)
		wantErr(t, err, account.ErrDisabled)
		a.exec("UPDATE tokens SET expires = ?", database.Now())
		_, err = a.Authenticate(t.Context(), secret)
		wantErr(t, err, account.ErrTokenExpired)
	})
}

func TestAdminScopeEndsWithTheAdmin(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("root", true)
		a.create("alice", true)
		session := a.login("alice", "")
		token, _, err := a.CreateToken(t.Context(), a.identity(session), account.NewToken{Name: "x", Scopes: account.Scopes{account.ScopeAdmin, account.ScopeRead}})
		if err != nil {
			t.Fatal(err)
		}
		for _, admin := range []bool{true, false} {
			if _, err := a.Update(t.Context(), "alice", account.Change{Admin: &admin}); err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{session, token} {
				if got := a.identity(secret).Scopes.Has(account.ScopeAdmin); got != admin {
					t.Errorf("admin %t: got scopes %s", admin, a.identity(secret).Scopes)
				}
			}
		}
	})
}

// TestUseIsNoted every five minutes, and then a session lives on while a token does not.
func TestUseIsNoted(t *testing.T) {
	each(t, account.Config{SessionLife: time.Hour}, func(t *testing.T, a accounts) {
		alice := a.create("alice", false)
		session := a.login("alice", "laptop")
		until := time.Now().Add(time.Hour)
		token, _, err := a.CreateToken(t.Context(), a.identity(session), account.NewToken{Name: "x", Scopes: account.Scopes{account.ScopeRead}, Expires: &until})
		if err != nil {
			t.Fatal(err)
		}
		for _, ago := range []time.Duration{time.Minute, 10 * time.Minute} {
			used, ends := database.At(time.Now().Add(-ago)), database.At(until.Add(-ago))
			a.exec("UPDATE tokens SET last_used = ?, expires = ?", used, ends)
			a.exec("UPDATE devices SET last_seen = ?", used)
			a.identity(session)
			a.identity(token)
			noted := ago > 5*time.Minute
			tokens, err := a.Tokens(t.Context(), alice.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range tokens {
				if !got.LastUsed.Equal(used.Time) != noted {
					t.Errorf("%s ago: last used %s, was %s", ago, got.LastUsed, used)
				}
				if !got.Expires.Equal(ends.Time) != (noted && got.Session) {
					t.Errorf("%s ago: ends %s, was %s", ago, got.Expires, ends)
				}
			}
			devices, err := a.Devices(t.Context(), alice.ID)
			if err != nil || !devices[0].LastSeen.Equal(used.Time) != noted {
				t.Errorf("%s ago: got %+v, %v", ago, devices, err)
			}
		}
	})
}

func TestEndedSessionsAreNotListed(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		alice := a.create("alice", false)
		session := a.identity(a.login("alice", ""))
		if _, _, err := a.CreateToken(t.Context(), session, readOnly("x")); err != nil {
			t.Fatal(err)
		}
		a.exec("UPDATE tokens SET expires = ?", database.Now())
		tokens, err := a.Tokens(t.Context(), alice.ID)
		if err != nil || len(tokens) != 1 || tokens[0].Session {
			t.Errorf("got %+v, %v", tokens, err)
		}
	})
}

func TestDevices(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		alice, bob := a.create("alice", false), a.create("bob", false)
		phone, laptop := a.identity(a.login("alice", "phone")), a.login("alice", "laptop")
		if again := a.identity(a.login("alice", "phone")); again.Device != phone.Device || again.Token == phone.Token {
			t.Errorf("got %+v after %+v", again, phone)
		}
		if others := a.identity(a.login("bob", "phone")); others.Device == phone.Device {
			t.Error("two users share a device")
		}
		devices, err := a.Devices(t.Context(), alice.ID)
		names := slices.Collect(func(yield func(string) bool) {
			for _, device := range devices {
				yield(device.Name)
			}
		})
		if err != nil || !slices.Equal(names, []string{"phone", "laptop"}) {
			t.Errorf("got %q, %v", names, err)
		}
		wantErr(t, a.RemoveDevice(t.Context(), bob.ID, phone.Device), account.ErrNotFound)
		if err := a.RemoveDevice(t.Context(), alice.ID, phone.Device); err != nil {
			t.Fatal(err)
		}
		a.identity(laptop)
		if tokens, err := a.Tokens(t.Context(), alice.ID); err != nil || len(tokens) != 1 {
			t.Errorf("got %+v, %v", tokens, err)
		}
	})
}
