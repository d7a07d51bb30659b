package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/uptrace/bun"
)

const (
	password = "correct horse battery"
	other    = "staple staple staple"
	address  = "192.0.2.1"
)

// cheap is a cost for tests.
var cheap = account.Argon{Memory: 64, Time: 1, Threads: 1}

// accounts are Accounts under test, on one of the databases.
type accounts struct {
	*account.Accounts
	t  *testing.T
	db *database.DB
}

// each runs f on every database.
func each(t *testing.T, cfg account.Config, f func(t *testing.T, a accounts)) {
	t.Parallel()
	cfg.Argon = cheap
	databasetest.Each(t, func(t *testing.T, db *database.DB) { f(t, open(t, db, cfg)) })
}

func open(t *testing.T, db *database.DB, cfg account.Config) accounts {
	t.Helper()
	a, err := account.New(db, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return accounts{a, t, db}
}

func (a accounts) create(name string, admin bool) account.User {
	a.t.Helper()
	user, err := a.Create(a.t.Context(), account.NewUser{Name: name, Password: password, Admin: admin})
	if err != nil {
		a.t.Fatal(err)
	}
	return user
}

// login starts a session from a device and returns its secret.
func (a accounts) login(name, device string) string {
	a.t.Helper()
	secret, _, _, err := a.Login(a.t.Context(), account.Login{Name: name, Password: password, Device: device, Address: address})
	if err != nil {
		a.t.Fatal(err)
	}
	return secret
}

func (a accounts) identity(secret string) account.Identity {
	a.t.Helper()
	id, err := a.Authenticate(a.t.Context(), secret)
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

// exec changes the database behind the package's back.
func (a accounts) exec(statement string, args ...any) {
	a.t.Helper()
	if err := a.db.Write(a.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}); err != nil {
		a.t.Fatal(err)
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	for _, cfg := range []account.Config{
		{Registration: "maybe"},
		{Quota: -2},
		{SessionLife: -time.Second},
		{Hashes: -1},
		{Argon: account.Argon{Memory: 64, Time: 0, Threads: 1}},
		{Argon: account.Argon{Memory: 64, Time: 1}},
		{Argon: account.Argon{Memory: 7, Time: 1, Threads: 1}},
		{Argon: account.Argon{Memory: 1 << 30, Time: 1, Threads: 1}},
	} {
		_, err := account.New(db, cfg)
		wantErr(t, err, account.ErrInvalid)
	}
	a, err := account.New(db, account.Config{})
	if err != nil || a.Registration() != account.Closed {
		t.Errorf("got %v, %v", a, err)
	}
}
