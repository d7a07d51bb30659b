package account

import "context"

// Argon is the cost of a password hash by argon2id (RFC 9106).
type Argon struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8
}

// DefaultArgon costs more than the least that OWASP recommends and fits a machine with 1 GB.
var DefaultArgon = Argon{Memory: 32 << 10, Time: 2, Threads: 1}

func (p Argon) validate() error { return nil }

// SetPassword sets the password of a user and ends all their sessions and tokens but the one numbered keep (0: all):
// ErrNotFound, ErrPassword.
func (a *Accounts) SetPassword(ctx context.Context, name, password string, keep int64) error {
	panic("todo")
}

// CheckPassword reports whether the password is that of the user: ErrWrongPassword, ErrTooManyAttempts. It takes part
// in the throttling of Login.
func (a *Accounts) CheckPassword(ctx context.Context, name, password, address string) error {
	panic("todo")
}
