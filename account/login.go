package account

import (
	"context"
	"fmt"
	"time"
)

// Login is an attempt to sign in. Device names the client; with a name the session belongs to that device, which is
// made at its first login. Address is where the request came from, without port; it is only used to throttle.
type Login struct {
	Name     string
	Password string
	Device   string
	Address  string
}

// TooManyAttempts is the error of a throttled attempt; it is ErrTooManyAttempts.
type TooManyAttempts struct {
	RetryAfter time.Duration // at least a second
}

func (e *TooManyAttempts) Error() string {
	return fmt.Sprintf("%v: try again in %s", ErrTooManyAttempts, e.RetryAfter.Round(time.Second))
}

// Is makes errors.Is(err, ErrTooManyAttempts) true.
func (e *TooManyAttempts) Is(target error) bool { return target == ErrTooManyAttempts }

// Login starts a session and returns its secret, which is shown this once. ErrWrongPassword says no more than that
// name and password do not belong together, ErrDisabled comes only after the right password. Failures are counted by
// name and by address, and after some of them every next attempt has to wait longer: *TooManyAttempts.
func (a *Accounts) Login(ctx context.Context, l Login) (secret string, session Token, user User, err error) {
	panic("todo")
}
