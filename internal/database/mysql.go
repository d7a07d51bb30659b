package database

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/schema"
)

// mysqlConfig makes MySQL and MariaDB behave as the other two do: strict about values, bytewise about text, and counting
// the rows an UPDATE found, changed or not.
func mysqlConfig(u *url.URL) (*mysql.Config, error) {
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.DBName = strings.Trim(u.Path, "/")
	cfg.Net, cfg.Addr = "tcp", address(u, "3306")
	cfg.Collation = "utf8mb4_bin"
	cfg.ClientFoundRows = true
	cfg.InterpolateParams = true
	cfg.Logger = &mysql.NopLogger{}
	cfg.Params = map[string]string{
		"sql_mode":                 "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
		"innodb_lock_wait_timeout": "20",
	}
	for key, values := range u.Query() {
		switch key {
		case "socket":
			cfg.Net, cfg.Addr = "unix", values[0]
		case "tls":
			cfg.TLSConfig = values[0]
		default:
			return nil, fmt.Errorf("%w: unknown parameter: there are socket and tls", ErrDSN)
		}
	}
	switch cfg.TLSConfig {
	case "", "true", "false", "preferred", "skip-verify":
		return cfg, nil
	}
	return nil, fmt.Errorf("%w: tls is true, false, preferred or skip-verify", ErrDSN)
}

func (d *DB) openMySQL(ctx context.Context, src source) error {
	cfg, err := mysqlConfig(src.url)
	if err != nil {
		return err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	return d.openServer(ctx, sql.OpenDB(connector), func() schema.Dialect { return mysqldialect.New() })
}
