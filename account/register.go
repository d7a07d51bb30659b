package account

import (
	"context"
	"time"
)

// RegistrationCode lets Left more people register, of Uses in all. By is the admin who made it, 0 if gone.
type RegistrationCode struct {
	ID      int64
	By      int64
	Uses    int
	Left    int
	Created time.Time
	Expires *time.Time
}

// Register makes a user by their own wish, where the Mode of the hive allows it: ErrRegistrationClosed, ErrCode, and
// the errors of Create. The code counts in mode ByCode only.
func (a *Accounts) Register(ctx context.Context, name, password, code string) (User, error) {
	panic("todo")
}

// NewCode makes a registration code for so many uses and returns it in clear, this once. ErrInvalid: no uses, more than
// 10,000, or an expiry that is past.
func (a *Accounts) NewCode(ctx context.Context, by int64, uses int, expires *time.Time) (code string, rc RegistrationCode, err error) {
	panic("todo")
}

// Codes is the registration codes, newest first, used up and expired ones too.
func (a *Accounts) Codes(ctx context.Context) ([]RegistrationCode, error) { panic("todo") }

// RevokeCode removes a registration code: ErrNotFound.
func (a *Accounts) RevokeCode(ctx context.Context, id int64) error { panic("todo") }
