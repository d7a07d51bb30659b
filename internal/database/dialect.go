package database

// Dialect is a kind of database. MariaDB counts as MySQL.
type Dialect int

// The kinds of database a hive runs on.
const (
	SQLite Dialect = iota
	Postgres
	MySQL
)

// String is the name of the dialect in lower case.
func (d Dialect) String() string {
	return [...]string{"sqlite", "postgres", "mysql"}[d]
}
