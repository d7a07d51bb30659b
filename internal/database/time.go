package database

import (
	"database/sql/driver"
	"fmt"
	"math"
	"time"
)

// Time is a time as the database keeps it: nanoseconds since 1970 in UTC, a 64-bit integer, the same on every database.
// The zero Time is NULL. Years run from 1678 to 2262.
type Time struct {
	time.Time
}

// Now is the present time.
func Now() Time { return At(time.Now()) }

// At is t as the database gives it back: in UTC, without a monotonic clock reading.
func At(t time.Time) Time { return Time{t.Round(0).UTC()} }

// Pointer is the time, or nil for NULL.
func (t Time) Pointer() *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t.Time
}

// Value writes the time into a query.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	if t.Before(time.Unix(0, math.MinInt64)) || t.After(time.Unix(0, math.MaxInt64)) {
		return nil, fmt.Errorf("database: time out of range: year %d", t.Year())
	}
	return t.UnixNano(), nil
}

// Scan reads the time out of a row.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case int64:
		*t = Time{time.Unix(0, v).UTC()}
	default:
		return fmt.Errorf("database: time from %T", src)
	}
	return nil
}
