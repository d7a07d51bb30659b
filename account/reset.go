package account

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// resetLife is how long a code of Resets works.
const resetLife = 24 * time.Hour

// Resets are codes by which users who lost their password set a new one, once, so that an admin need not know it.
type Resets struct{ accounts *Accounts }

// Resets are the codes for new passwords.
func (a *Accounts) Resets() *Resets { return &Resets{a} }

// Make makes a code for a user, shown this once, in the place of one before: ErrNotFound. The old password works until it is used.
func (r *Resets) Make(ctx context.Context, name string) (code string, expires time.Time, err error) {
	code = groups(rand.Text()[:recoveryChars], 4)
	until := database.At(time.Now().Add(resetLife))
	err = r.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		user, err := findUser(ctx, r.accounts.db.ForUpdate(byName(tx, name)))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM password_resets WHERE user_id = ?", user.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO password_resets (user_id, hash, expires) VALUES (?, ?, ?)", user.ID, codeHash(code), until); err != nil {
			return err
		}
		return note(ctx, tx, "password.reset", user.Name, details{"expires": until.Time})
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return code, until.Time, nil
}

// Use sets a new password by a code and ends all sessions and tokens: ErrCode, which also is what a name gets that nobody has,
// ErrPassword, ErrTooManyAttempts. A second factor stays.
func (r *Resets) Use(ctx context.Context, name, code, password, address string) error {
	user, err := r.find(ctx, name, code, address)
	if err != nil {
		return err
	}
	encoded, err := r.accounts.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return r.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := findUser(ctx, r.accounts.db.ForUpdate(byName(tx, name))); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM password_resets WHERE user_id = ? AND hash = ? AND expires > ?", user.ID, codeHash(code), database.Now())
		if err != nil {
			return err
		}
		if err := foundOne(result, ErrCode); err != nil {
			return err
		}
		if err := storePassword(ctx, tx, user.ID, encoded); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM tokens WHERE user_id = ?", user.ID); err != nil {
			return err
		}
		return note(as(ctx, user, address), tx, "password.change", user.Name, details{"by_code": true})
	})
}

// find looks whether a code is right, before a password is hashed for a stranger. Who guesses has to wait as for passwords.
func (r *Resets) find(ctx context.Context, name, code, address string) (userRow, error) {
	p, from := r.accounts.passwords, attemptBy(name, address)
	leave, err := p.enter(ctx)
	if err != nil {
		return userRow{}, err
	}
	defer leave()
	if err := p.throttle.Check(from); err != nil {
		return userRow{}, err
	}
	user, err := findUser(ctx, byName(r.accounts.db.Read(), name))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return userRow{}, err
	}
	found, err := r.accounts.db.Read().NewSelect().Table("password_resets").
		Where("user_id = ? AND hash = ? AND expires > ?", user.ID, codeHash(code), database.Now()).Exists(ctx)
	if err != nil {
		return userRow{}, err
	}
	if !found {
		p.throttle.Failed(from)
		r.accounts.refused.note(ctx, "password.check", user, Login{Address: address}, ErrCode)
		return userRow{}, ErrCode
	}
	return user, nil
}
