package database

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// IsUnique reports whether err says that a row with the same unique key exists.
func IsUnique(err error) bool {
	return hasCode(err,
		[]int{sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY},
		[]string{"23505"}, // unique_violation
		[]uint16{1062},    // ER_DUP_ENTRY
	)
}

// isDeadlock reports whether the server chose the transaction as the victim of a deadlock or of a serialization
// conflict, so that it can simply be tried again. SQLite has none: its writers take turns.
func isDeadlock(err error) bool {
	return hasCode(err,
		nil,
		[]string{"40P01", "40001"}, // deadlock_detected, serialization_failure
		[]uint16{1213, 1020},       // ER_LOCK_DEADLOCK, ER_CHECKREAD
	)
}

// full gives an error that says that the disk of the database is full that of the system too: syscall.ENOSPC.
func full(err error) error {
	if err == nil || errors.Is(err, syscall.ENOSPC) {
		return err
	}
	is := hasCode(err,
		[]int{sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE},
		[]string{"53100"},    // disk_full
		[]uint16{1021, 1114}, // ER_DISK_FULL, ER_RECORD_FILE_FULL
	)
	if !is {
		return err
	}
	return fmt.Errorf("%w: %w", syscall.ENOSPC, err)
}

func hasCode(err error, lite []int, postgres []string, maria []uint16) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return slices.Contains(lite, e.Code())
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains(postgres, e.Code)
	}
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return slices.Contains(maria, e.Number)
	}
	return false
}
