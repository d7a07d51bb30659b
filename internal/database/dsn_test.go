package database_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/melissiproject/hive/internal/database"
)

func TestDSN(t *testing.T) {
	t.Parallel()
	for dsn, valid := range map[string]bool{
		"sqlite:hive.db":        true,
		"sqlite:/var/lib/a b?c": true,
		"postgres://user:pw@host:5432/hive?sslmode=disable": true,
		"postgresql://user@/hive?host=/run/postgresql":      true,
		"mysql://user:pw@host:3306/hive":                    true,
		"mariadb://user@/hive?socket=/run/mysqld.sock":      true,
		"mysql://user@[::1]/hive?tls=skip-verify":           true,

		"":                                 false,
		"hive.db":                          false,
		"sqlite:":                          false,
		"sqlite::memory:":                  false,
		"sqlite:a\x00b":                    false,
		"postgres:hive":                    false,
		"postgres://user@host":             false,
		"postgres://user@host:port/hive":   false,
		"postgres://host/hive?sslmode=x":   false,
		"mysql://user@host/":               false,
		"mysql://user:p%w@host/hive":       false,
		"mysql://user@host/hive?charset=x": false,
		"mysql://user@host/hive?tls=maybe": false,
		"oracle://user@host/hive":          false,
	} {
		err := database.Config{DSN: dsn}.Validate()
		if valid && err != nil || !valid && !errors.Is(err, database.ErrDSN) {
			t.Errorf("%q: got %v", dsn, err)
		}
	}
}

// FuzzDSN looks for a panic, and for a password in an error.
func FuzzDSN(f *testing.F) {
	f.Add("postgres://user:", "@host:1/hive?sslmode=disable")
	f.Add("mysql://user:", "@host:port/hive")
	f.Add("mariadb://:", "%zz@[::1]/?tls=x&socket=")
	f.Add("sqlite:", "")
	f.Fuzz(func(t *testing.T, before, after string) {
		const password = "Correct-Horse"
		err := database.Config{DSN: before + password + after}.Validate()
		if err != nil && strings.Contains(err.Error(), password) {
			t.Error(err)
		}
	})
}
