package account

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"
)

const (
	passwordRunes = 10
	passwordBytes = 1024
)

// parsePassword brings a password in the form that is hashed, so that the same characters typed on another system are
// the same password: ErrPassword. It never puts the password in an error.
func parsePassword(s string) (string, error) {
	if len(s) > passwordBytes || !utf8.ValidString(s) || utf8.RuneCountInString(s) < passwordRunes {
		return "", ErrPassword
	}
	return norm.NFKC.String(s), nil
}

// SetPassword sets the password of a user and ends all their sessions and tokens but the one numbered keep (0: all):
// ErrNotFound, ErrPassword.
func (a *Accounts) SetPassword(ctx context.Context, name, password string, keep int64) error {
	encoded, err := a.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := a.lockByName(ctx, tx, name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE users SET password = ? WHERE id = ?", encoded, row.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM tokens WHERE user_id = ? AND id <> ?", row.ID, keep)
		return err
	})
}

// CheckPassword reports whether the password is that of the user: ErrWrongPassword, ErrTooManyAttempts. It takes part
// in the throttling of Login.
func (a *Accounts) CheckPassword(ctx context.Context, name, password, address string) error {
	_, err := a.verify(ctx, name, password, address)
	return err
}

// hash is the stored form of a new password: ErrPassword.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	password, err := parsePassword(password)
	if err != nil {
		return "", err
	}
	if err := a.slots.enter(ctx); err != nil {
		return "", err
	}
	defer a.slots.leave()
	return newHash(a.cfg.Argon, password).String(), nil
}

// verify finds the user to whom name and password belong. It takes as long for a name that does not exist. The
// throttle is asked once the slot is there, so that many attempts at once cannot overtake it.
func (a *Accounts) verify(ctx context.Context, name, password, address string) (userRow, error) {
	row, err := a.findByName(ctx, a.db.Read(), name)
	unknown := errors.Is(err, ErrNotFound)
	if err != nil && !unknown {
		return userRow{}, err
	}
	want := a.nobody
	if !unknown {
		if want, err = parseHash(row.Password); err != nil {
			return userRow{}, err
		}
	}
	if err := a.slots.enter(ctx); err != nil {
		return userRow{}, err
	}
	defer a.slots.leave()
	attempt := a.throttle.attempt(name, address)
	if err := attempt.check(); err != nil {
		return userRow{}, err
	}
	if !want.matches(norm.NFKC.String(password)) || unknown {
		attempt.failed()
		return userRow{}, ErrWrongPassword
	}
	attempt.succeeded()
	return row, nil
}
