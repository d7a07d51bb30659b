package database

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// source is a parsed DSN.
type source struct {
	dialect Dialect
	path    string   // SQLite
	url     *url.URL // the others
}

// parseDSN never puts the DSN or a part of it in an error: it can hold a password, even where it does not parse.
func parseDSN(dsn string) (source, error) {
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		return parseSQLite(rest)
	case "postgres", "postgresql":
		return parseURL(Postgres, dsn)
	case "mysql", "mariadb":
		return parseURL(MySQL, dsn)
	}
	return source{}, fmt.Errorf("%w: its scheme is not sqlite, postgres, mysql or mariadb", ErrDSN)
}

func parseSQLite(path string) (source, error) {
	if path == "" || strings.HasPrefix(path, ":") || strings.ContainsRune(path, 0) {
		return source{}, fmt.Errorf("%w: sqlite: needs the path of a file", ErrDSN)
	}
	return source{dialect: SQLite, path: path}, nil
}

func parseURL(dialect Dialect, dsn string) (source, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Opaque != "" {
		return source{}, fmt.Errorf("%w: not a URL of the form %s://USER:PW@HOST:PORT/DB", ErrDSN, dialect)
	}
	if strings.Trim(u.Path, "/") == "" {
		return source{}, fmt.Errorf("%w: names no database", ErrDSN)
	}
	src := source{dialect: dialect, url: u}
	if dialect == MySQL {
		_, err = mysqlConfig(u)
	} else {
		_, err = postgresConfig(u)
	}
	return src, err
}

// address is where a URL without a socket points.
func address(u *url.URL, port string) string {
	return net.JoinHostPort(cmp.Or(u.Hostname(), "localhost"), cmp.Or(u.Port(), port))
}
