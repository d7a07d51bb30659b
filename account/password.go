package account

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"github.com/melissiproject/hive/account/internal/secret"
	"github.com/melissiproject/hive/account/internal/throttle"
)

const (
	passwordRunes = 10
	passwordBytes = 1024
)

// parsePassword checks a new password and brings it in the form that is hashed: ErrPassword. It never puts the password
// in an error.
func parsePassword(s string) (string, error) {
	if len(s) > passwordBytes || !utf8.ValidString(s) || utf8.RuneCountInString(s) < passwordRunes {
		return "", ErrPassword
	}
	return normalize(s), nil
}

// normalize makes the same characters typed on another system the same password.
func normalize(password string) string { return norm.NFKC.String(password) }

// passwords hashes and checks passwords: few at once, for each takes its memory, and fewer for who guesses.
type passwords struct {
	cost     Argon
	turns    *throttle.Turns
	throttle *throttle.Throttle
	nobody   string // the hash of a user who does not exist
}

func newPasswords(cost Argon, slots int) *passwords {
	return &passwords{cost, throttle.NewTurns(slots), throttle.New(), secret.Nobody(cost).String()}
}

// enter waits until a password may be hashed for the request of ctx; leave must follow.
func (p *passwords) enter(ctx context.Context) (leave func(), err error) {
	return p.turns.Enter(ctx, addressOf(ctx))
}

// hash is the stored form of a new password: ErrPassword.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	password, err := parsePassword(password)
	if err != nil {
		return "", err
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return secret.New(p.cost, password).String(), nil
}

// check compares a password with a stored one: ErrWrongPassword. The throttle is asked once the slot is there, so that
// many attempts at once cannot overtake it.
func (p *passwords) check(ctx context.Context, encoded, password string, from throttle.Attempt) error {
	want, err := secret.Parse(encoded)
	if err != nil {
		return err
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := p.throttle.Check(from); err != nil {
		return err
	}
	if !want.Matches(normalize(password)) {
		p.throttle.Failed(from)
		return ErrWrongPassword
	}
	p.throttle.Succeeded(from)
	return nil
}

// renew is the form of a right password to store from now on: another one only where the hive's cost has changed.
func (p *passwords) renew(ctx context.Context, encoded, password string) (string, error) {
	if old, err := secret.Parse(encoded); err != nil || old.Cost == p.cost {
		return encoded, err
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return secret.New(p.cost, normalize(password)).String(), nil
}

// SetPassword sets the password of a user and ends all their sessions and tokens but the one numbered keep (0: all), and a
// code for a new password: ErrNotFound, ErrPassword.
func (a *Accounts) SetPassword(ctx context.Context, name, password string, keep int64) error {
	encoded, err := a.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := findUser(ctx, a.db.ForUpdate(byName(tx, name)))
		if err != nil {
			return err
		}
		if err := storePassword(ctx, tx, row.ID, encoded); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM tokens WHERE user_id = ? AND id <> ?", row.ID, keep); err != nil {
			return err
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM password_resets WHERE user_id = ?", row.ID); err != nil {
			return err
		}
		return note(ctx, tx, "password.change", row.Name, nil)
	})
}

func storePassword(ctx context.Context, tx bun.Tx, user int64, encoded string) error {
	_, err := tx.ExecContext(ctx, "UPDATE users SET password = ? WHERE id = ?", encoded, user)
	return err
}

// CheckPassword reports whether the password is that of the user: ErrWrongPassword, ErrTooManyAttempts. It takes part
// in the throttling of Login.
func (a *Accounts) CheckPassword(ctx context.Context, name, password, address string) error {
	found, err := a.verify(ctx, name, password, address)
	if errors.Is(err, ErrWrongPassword) {
		a.refused.note(ctx, "password.check", found, Login{Address: address}, ErrWrongPassword)
	}
	return err
}

// verify finds the user to whom name and password belong. It takes as long for a name that does not exist.
func (a *Accounts) verify(ctx context.Context, name, password, address string) (userRow, error) {
	row, err := findUser(ctx, byName(a.db.Read(), name))
	if errors.Is(err, ErrNotFound) {
		row.Password, err = a.passwords.nobody, nil
	}
	if err != nil {
		return userRow{}, err
	}
	return row, a.passwords.check(ctx, row.Password, password, attemptBy(name, address))
}
