package account_test

import (
	"testing"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

func BenchmarkAuthenticate(b *testing.B) {
	a, err := account.New(databasetest.New(b), account.Config{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.Create(b.Context(), account.NewUser{Name: "alice", Password: password}); err != nil {
		b.Fatal(err)
	}
	secret, _, _, err := a.Login(b.Context(), account.Login{Name: "alice", Password: password})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := a.Authenticate(b.Context(), secret); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLogin is at the default cost of a password hash.
func BenchmarkLogin(b *testing.B) {
	a, err := account.New(databasetest.New(b), account.Config{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.Create(b.Context(), account.NewUser{Name: "alice", Password: password}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, _, err := a.Login(b.Context(), account.Login{Name: "alice", Password: password}); err != nil {
			b.Fatal(err)
		}
	}
}
