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
	"github.com/uptrace/bun"
)

// server is a kind of database that runs beside the tests. A schema is PostgreSQL's cheap way to an empty database.
type server struct {
	name, variable, create, drop string
	choose                       func(dsn *url.URL, database string)
}

var servers = []server{
	{
		"postgres", "HIVE_TEST_POSTGRES", "CREATE SCHEMA ?", "DROP SCHEMA ? CASCADE",
		func(dsn *url.URL, database string) {
			query := dsn.Query()
			query.Set("search_path", database)
			dsn.RawQuery = query.Encode()
		},
	},
	{
		"mariadb", "HIVE_TEST_MARIADB", "CREATE DATABASE ?", "DROP DATABASE ?",
		func(dsn *url.URL, database string) { dsn.Path = "/" + database },
	},
}

// Each runs f as a subtest on every kind of database, a new one each, removed at the end. Databases that are not
// there show as skipped.
func Each(t *testing.T, f func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, New(t)) })
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			if os.Getenv(s.variable) == "" {
				t.Skip(s.variable + " is not set")
			}
			f(t, open(t, database.Config{DSN: s.new(t)}))
		})
	}
}

// New is an empty SQLite database, closed at the end of the test.
func New(t testing.TB) *database.DB {
	t.Helper()
	return Telling(t, nil)
}

// Telling is New with a database that tells its statements.
func Telling(t testing.TB, told func(statement string)) *database.DB {
	t.Helper()
	return open(t, database.Config{DSN: "sqlite:" + filepath.Join(t.TempDir(), "hive.db"), Told: told})
}

func open(t testing.TB, cfg database.Config) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), cfg)
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

// new makes a database of a random name and returns its DSN.
func (s server) new(t testing.TB) string {
	t.Helper()
	dsn, err := url.Parse(os.Getenv(s.variable))
	if err != nil {
		t.Fatalf("%s is not a URL", s.variable)
	}
	admin, err := database.Open(t.Context(), database.Config{DSN: dsn.String()})
	if err != nil {
		t.Fatal(err)
	}
	name := "hive_test_" + strings.ToLower(rand.Text())
	if _, err := admin.Read().ExecContext(t.Context(), s.create, bun.Ident(name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Read().ExecContext(context.Background(), s.drop, bun.Ident(name)); err != nil {
			t.Error(err)
		}
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
	s.choose(dsn, name)
	return dsn.String()
}
