// Package databasetest gives tests real, empty, migrated databases of every kind.
//
// SQLite is always there. PostgreSQL and MariaDB are there when HIVE_TEST_POSTGRES and HIVE_TEST_MARIADB hold DSNs of
// a user who may create databases; .ci/databases starts both and prints them. It owns no fixtures.
package databasetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/melissiproject/hive/internal/database"
)

// servers are the environment variables that name a server, by the name of the subtest.
var servers = []struct{ name, variable, drop string }{
	{"postgres", "HIVE_TEST_POSTGRES", " WITH (FORCE)"},
	{"mariadb", "HIVE_TEST_MARIADB", ""},
}

// Each runs f as a subtest on every kind of database, a new one each, removed at the end. Databases that are not
// there show as skipped.
func Each(t *testing.T, f func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, New(t)) })
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			admin := os.Getenv(server.variable)
			if admin == "" {
				t.Skip(server.variable + " is not set")
			}
			f(t, open(t, create(t, admin, server.drop)))
		})
	}
}

// New is an empty SQLite database, closed at the end of the test.
func New(t testing.TB) *database.DB {
	t.Helper()
	return open(t, "sqlite:"+filepath.Join(t.TempDir(), "hive.db"))
}

func open(t testing.TB, dsn string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// create makes a database of a random name on a server and returns its DSN.
func create(t testing.TB, admin, drop string) string {
	t.Helper()
	name := "hive_test_" + strings.ToLower(rand.Text())
	server, err := database.Open(t.Context(), database.Config{DSN: admin})
	if err != nil {
		t.Fatal(err)
	}
	conn := server.Read()
	if _, err := conn.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := conn.ExecContext(context.Background(), "DROP DATABASE "+name+drop); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	dsn, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	dsn.Path = "/" + name
	return dsn.String()
}
