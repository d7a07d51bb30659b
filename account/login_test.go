package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/melissiproject/hive/account"
	"golang.org/x/sync/errgroup"
)

func TestLogin(t *testing.T) {
	each(t, account.Config{SessionLife: time.Hour}, func(t *testing.T, a accounts) {
		alice := a.create("alice", false)
		secret, session, user, err := a.Login(t.Context(), account.Login{Name: "Alice", Password: password, Device: " my\tlaptop ", Address: address})
		if err != nil {
			t.Fatal(err)
		}
		if user != alice || !strings.HasPrefix(secret, "hive_") || len(secret) < 40 {
			t.Errorf("got %q for %+v", secret, user)
		}
		if left := time.Until(*session.Expires); !session.Session || session.Name != "my laptop" || left > time.Hour || left < 59*time.Minute {
			t.Errorf("got %+v", session)
		}
		got := a.identity(secret)
		if got.User != alice || got.Token != session.ID || got.Device != session.Device || got.Device == 0 || !got.Session {
			t.Errorf("got %+v", got)
		}
		if got.Scopes.Has(account.ScopeAdmin) || !got.Scopes.Has(account.ScopeWrite) {
			t.Errorf("got scopes %s", got.Scopes)
		}
	})
}

func TestLoginRefuses(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		a.create("bob", false)
		if _, err := a.Update(t.Context(), "bob", account.Change{Disabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name, password string
			want           error
		}{
			{"alice", other, account.ErrWrongPassword},
			{"alice", "", account.ErrWrongPassword},
			{"nobody.here", password, account.ErrWrongPassword},
			{"not a name", password, account.ErrWrongPassword},
			{"bob", other, account.ErrWrongPassword},
			{"bob", password, account.ErrDisabled},
		} {
			secret, _, _, err := a.Login(t.Context(), account.Login{Name: test.name, Password: test.password, Address: address})
			wantErr(t, err, test.want)
			if secret != "" {
				t.Errorf("got a secret for %s", test.name)
			}
		}
	})
}

func TestPasswordIsTheSameTypedElsewhere(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		if _, err := a.Create(t.Context(), account.NewUser{Name: "alice", Password: "Stra\u00dfencafe\u0301 🐝"}); err != nil {
			t.Fatal(err)
		}
		if err := a.CheckPassword(t.Context(), "alice", "Stra\u00dfencaf\u00e9 🐝", address); err != nil {
			t.Error(err)
		}
		wantErr(t, a.CheckPassword(t.Context(), "alice", "strassencafe 🐝", address), account.ErrWrongPassword)
	})
}

func TestLoginIsThrottled(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		for range 5 {
			wantErr(t, a.CheckPassword(t.Context(), "alice", other, address), account.ErrWrongPassword)
		}
		_, _, _, err := a.Login(t.Context(), account.Login{Name: "alice", Password: password, Address: address})
		var later *account.TooManyAttempts
		if !errors.As(err, &later) || later.RetryAfter < time.Second || !errors.Is(err, account.ErrTooManyAttempts) {
			t.Errorf("got %v", err)
		}
		if err := a.CheckPassword(t.Context(), "alice", password, "192.0.2.2"); err != nil {
			t.Errorf("from another address: %v", err)
		}
	})
}

// TestManyLoginsAtOnceDoNotOvertakeTheThrottle, however many wait for their turn to be hashed.
func TestManyLoginsAtOnceDoNotOvertakeTheThrottle(t *testing.T) {
	each(t, account.Config{Hashes: 2}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		var tried atomic.Int64
		var group errgroup.Group
		for range 50 {
			group.Go(func() error {
				err := a.CheckPassword(t.Context(), "alice", other, address)
				if errors.Is(err, account.ErrWrongPassword) {
					tried.Add(1)
				} else if !errors.Is(err, account.ErrTooManyAttempts) {
					return err
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		if got := tried.Load(); got < 5 || got > 6 {
			t.Errorf("%d passwords were tried", got)
		}
	})
}

func TestLoginGivesUpWhenCancelled(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 10 {
			wantErr(t, a.CheckPassword(ctx, "alice", other, address), context.Canceled)
		}
		if err := a.CheckPassword(t.Context(), "alice", password, address); err != nil {
			t.Errorf("was counted: %v", err)
		}
	})
}

func TestSetPasswordEndsTheRest(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		kept, ended := a.login("alice", ""), a.login("alice", "phone")
		token, _, err := a.CreateToken(t.Context(), a.identity(ended), account.NewToken{Name: "backup", Scopes: account.Scopes{account.ScopeRead}})
		if err != nil {
			t.Fatal(err)
		}
		keep := a.identity(kept).Token
		wantErr(t, a.SetPassword(t.Context(), "alice", "short", keep), account.ErrPassword)
		if err := a.SetPassword(t.Context(), "alice", other, keep); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{ended, token} {
			_, err := a.Authenticate(t.Context(), secret)
			wantErr(t, err, account.ErrTokenInvalid)
		}
		a.identity(kept)
		wantErr(t, a.CheckPassword(t.Context(), "alice", password, address), account.ErrWrongPassword)
		if err := a.CheckPassword(t.Context(), "alice", other, address); err != nil {
			t.Error(err)
		}
	})
}

// TestLoginRacesWithSetPassword: no session begun with the old password outlives the change.
func TestLoginRacesWithSetPassword(t *testing.T) {
	each(t, account.Config{Hashes: 8}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		secrets := make(chan string, 100)
		var group errgroup.Group
		for i := range 8 {
			group.Go(func() error {
				for {
					from := fmt.Sprintf("192.0.2.%d", i)
					secret, _, _, err := a.Login(t.Context(), account.Login{Name: "alice", Password: password, Address: from})
					if errors.Is(err, account.ErrWrongPassword) {
						return nil
					}
					if err != nil {
						return err
					}
					select {
					case secrets <- secret:
					default:
					}
				}
			})
		}
		<-secrets
		if err := a.SetPassword(t.Context(), "alice", other, 0); err != nil {
			t.Error(err)
		}
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
		alice, err := a.ByName(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		if tokens, err := a.Tokens(t.Context(), alice.ID); err != nil || len(tokens) != 0 {
			t.Errorf("%d sessions live on, %v", len(tokens), err)
		}
	})
}

func TestLoginRenewsAHashOfAnotherCost(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		stored := func() (encoded string) {
			if err := a.db.Read().QueryRowContext(t.Context(), "SELECT password FROM users").Scan(&encoded); err != nil {
				t.Fatal(err)
			}
			return encoded
		}
		before := stored()
		if a.login("alice", ""); stored() != before {
			t.Error("hashed again at the same cost")
		}
		dearer, err := account.New(a.db, account.Config{Argon: account.Argon{Memory: 128, Time: 2, Threads: 1}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, _, _, err := dearer.Login(t.Context(), account.Login{Name: "alice", Password: password}); err != nil {
				t.Fatal(err)
			}
		}
		if got := stored(); !strings.HasPrefix(got, "$argon2id$v=19$m=128,t=2,p=1$") {
			t.Errorf("got %s", got)
		}
	})
}

func TestDamagedHashIsAnError(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("alice", false)
		a.exec("UPDATE users SET password = ?", "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA")
		err := a.CheckPassword(t.Context(), "alice", password, address)
		if err == nil || errors.Is(err, account.ErrWrongPassword) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSessionsOfAUserAreBounded(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		alice := a.create("alice", false)
		first := a.login("alice", "device 0")
		for i := range 260 {
			a.login("alice", fmt.Sprintf("device %d", i%255))
		}
		tokens, err := a.Tokens(t.Context(), alice.ID)
		if err != nil || len(tokens) != 250 {
			t.Errorf("got %d sessions, %v", len(tokens), err)
		}
		devices, err := a.Devices(t.Context(), alice.ID)
		if err != nil || len(devices) != 250 {
			t.Errorf("got %d devices, %v", len(devices), err)
		}
		_, err = a.Authenticate(t.Context(), first)
		wantErr(t, err, account.ErrTokenInvalid)
	})
}
