package ledger

import (
	"fmt"
	"time"
)

// CheckExpiry refuses a time that is past or too far away: ErrInvalid. Nil is never.
func CheckExpiry(t *time.Time) error {
	if t != nil && (!t.After(time.Now()) || t.Year() > 2200) {
		return fmt.Errorf("%w: an expiry that is past, or too far away", ErrInvalid)
	}
	return nil
}

// Whole is a time in whole seconds, as hives tell each other, or nil for never.
func Whole(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	seconds := t.Add(time.Second - 1).Truncate(time.Second).UTC()
	return &seconds
}

// Earlier is the first of two times, or nil for never.
func Earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// SameTime tells whether two times, or nil for never, are the same.
func SameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
