package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/account/internal/secret"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
)

const (
	// period of a code, in seconds, and how many periods a clock may be off, either way.
	period = 30
	skew   = 1
	// recoveryCodes are given out at once.
	recoveryCodes = 10
	// recoveryChars of base32 are 80 random bits.
	recoveryChars = 16
)

// TOTP is the second factor of sign-ins: codes of six digits that an app on a phone makes of a secret (RFC 6238), and recovery
// codes for who lost the phone. Each code is taken once.
type TOTP struct{ accounts *Accounts }

// TOTP is the second factor of sign-ins.
func (a *Accounts) TOTP() *TOTP { return &TOTP{a} }

// Secret is what an app makes codes of, as text and as a URI for a QR code.
type Secret struct {
	Text string
	URI  string
}

// Factor is how the second factor of a user stands.
type Factor struct {
	On    bool
	Since time.Time // zero while off
	Left  int       // recovery codes
}

type totpRow struct {
	bun.BaseModel `bun:"table:totp"`

	UserID  int64         `bun:"user_id,pk"`
	Secret  []byte        `bun:"secret"`
	Step    int64         `bun:"step"`
	Created database.Time `bun:"created"`
}

// Of tells how the second factor of a user stands.
func (t *TOTP) Of(ctx context.Context, user User) (Factor, error) {
	if !user.TOTP {
		return Factor{}, nil
	}
	db := t.accounts.db.Read()
	row := totpRow{UserID: user.ID}
	if err := db.NewSelect().Model(&row).Column("created").WherePK().Scan(ctx); err != nil {
		return Factor{}, notFound(err, "second factor")
	}
	left, err := db.NewSelect().Table("recovery_codes").Where("user_id = ?", user.ID).Count(ctx)
	return Factor{On: true, Since: row.Created.Time, Left: int(left)}, err
}

// Begin makes a secret for a user, who proves to be it by the password. Nothing asks for codes before Confirm. Issuer is the name of
// the hive in the app. ErrExists: it is on already. Errors of CheckPassword.
func (t *TOTP) Begin(ctx context.Context, user User, password, address, issuer string) (Secret, error) {
	if err := t.accounts.CheckPassword(ctx, user.Name, password, address); err != nil {
		return Secret{}, err
	}
	issuer = strings.ReplaceAll(issuer, ":", " ") // which ends the issuer in the URI
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: user.Name, Period: period})
	if err != nil {
		return Secret{}, fmt.Errorf("account: second factor: %w", err)
	}
	sealed, err := secret.Seal(t.accounts.cfg.Key, user.ID, key.Secret())
	if err != nil {
		return Secret{}, err
	}
	err = t.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		present, err := t.lock(ctx, tx, user.Name)
		if err != nil {
			return err
		}
		if present.TOTP {
			return fmt.Errorf("%w: second factor", ErrExists)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM totp WHERE user_id = ?", user.ID); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&totpRow{UserID: user.ID, Secret: sealed, Created: database.Now()}).Exec(ctx)
		return err
	})
	return Secret{Text: key.Secret(), URI: key.URL()}, err
}

func (t *TOTP) lock(ctx context.Context, tx bun.Tx, name string) (userRow, error) {
	return findUser(ctx, t.accounts.db.ForUpdate(byName(tx, name)))
}

// Confirm turns the second factor on by a first code and gives the recovery codes, which are shown this once: ErrTOTP, ErrExists,
// ErrNotFound where nothing was begun, ErrTooManyAttempts.
func (t *TOTP) Confirm(ctx context.Context, user User, code, address string) ([]string, error) {
	spend, err := t.check(ctx, userRow{ID: user.ID, Name: user.Name}, code, address)
	if err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = groups(rand.Text()[:recoveryChars], 4)
	}
	err = t.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		present, err := t.lock(ctx, tx, user.Name)
		if err != nil {
			return err
		}
		if present.TOTP {
			return fmt.Errorf("%w: second factor", ErrExists)
		}
		if err := spend(ctx, tx); err != nil {
			return err
		}
		for _, code := range codes {
			if _, err := tx.ExecContext(ctx, "INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)", user.ID, codeHash(code)); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE users SET totp = ? WHERE id = ?", true, user.ID); err != nil {
			return err
		}
		return note(ctx, tx, "totp.on", user.Name, nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// End turns the second factor off, for a user who has both: ErrNotFound where it is off, errors of CheckPassword, ErrTOTP.
func (t *TOTP) End(ctx context.Context, user User, password, code, address string) error {
	if err := t.accounts.CheckPassword(ctx, user.Name, password, address); err != nil {
		return err
	}
	row, err := findUser(ctx, byName(t.accounts.db.Read(), user.Name))
	if err != nil {
		return err
	}
	if !row.TOTP {
		return fmt.Errorf("%w: second factor", ErrNotFound)
	}
	spend, err := t.check(ctx, row, code, address)
	if err != nil {
		return err
	}
	return t.end(ctx, user.Name, spend, "totp.off")
}

// Reset takes the second factor off a user who lost it, by an admin: ErrNotFound where it is off.
func (t *TOTP) Reset(ctx context.Context, name string) error {
	return t.end(ctx, name, func(context.Context, bun.Tx) error { return nil }, "totp.reset")
}

func (t *TOTP) end(ctx context.Context, name string, spend func(context.Context, bun.Tx) error, action string) error {
	return t.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := t.lock(ctx, tx, name)
		if err != nil {
			return err
		}
		if !row.TOTP {
			return fmt.Errorf("%w: second factor", ErrNotFound)
		}
		if err := spend(ctx, tx); err != nil {
			return err
		}
		for _, statement := range []string{
			"DELETE FROM totp WHERE user_id = ?", "DELETE FROM recovery_codes WHERE user_id = ?", "UPDATE users SET totp = (1 = 0) WHERE id = ?",
		} {
			if _, err := tx.ExecContext(ctx, statement, row.ID); err != nil {
				return err
			}
		}
		return note(ctx, tx, action, row.Name, nil)
	})
}

// check tells whether a code is right now: ErrTOTPRequired without one, ErrTOTP. Who guesses has to wait, by the rules of passwords
// and by one for codes, which a right password does not forgive. Spend, in the transaction of what the code is for, takes the code:
// ErrTOTP where another was faster.
func (t *TOTP) check(ctx context.Context, user userRow, code, address string) (spend func(context.Context, bun.Tx) error, err error) {
	code = strings.Join(strings.Fields(code), "")
	if code == "" {
		return nil, ErrTOTPRequired
	}
	p, from := t.accounts.passwords, attemptBy(user.Name, address)
	leave, err := p.enter(ctx) // few at once, so that many cannot overtake the throttle
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := p.throttle.CheckCode(from); err != nil {
		return nil, err
	}
	if len(code) == otp.DigitsSix.Length() {
		spend, err = t.app(ctx, user.ID, code)
	} else {
		spend, err = t.recovery(ctx, user.ID, code)
	}
	switch {
	case err != nil:
		return nil, err
	case spend == nil:
		p.throttle.FailedCode(from)
		return nil, ErrTOTP
	}
	p.throttle.SucceededCode(from)
	return spend, nil
}

// app looks for the step that a code of the app belongs to, after the last one that was taken. No step is no spend.
func (t *TOTP) app(ctx context.Context, user int64, code string) (func(context.Context, bun.Tx) error, error) {
	row := totpRow{UserID: user}
	if err := t.accounts.db.Read().NewSelect().Model(&row).WherePK().Scan(ctx); err != nil {
		return nil, notFound(err, "second factor")
	}
	text, err := secret.Unseal(t.accounts.cfg.Key, user, row.Secret)
	if err != nil { // after a change of the hive's key: recovery codes still work, and an admin
		t.accounts.cfg.Log.ErrorContext(ctx, "secret of a second factor cannot be read", "user", user, "err", err)
		return nil, nil
	}
	now := time.Now().Unix() / period
	for step := max(now-skew, row.Step+1); step <= now+skew; step++ {
		want, err := hotp.GenerateCodeCustom(text, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix}) //nolint:gosec // time is positive
		if err != nil {
			return nil, fmt.Errorf("account: second factor: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return func(ctx context.Context, tx bun.Tx) error {
				result, err := tx.ExecContext(ctx, "UPDATE totp SET step = ? WHERE user_id = ? AND step < ?", step, user, step)
				if err != nil {
					return err
				}
				return foundOne(result, ErrTOTP)
			}, nil
		}
	}
	return nil, nil
}

// recovery looks for a recovery code.
func (t *TOTP) recovery(ctx context.Context, user int64, code string) (func(context.Context, bun.Tx) error, error) {
	hash := codeHash(code)
	found, err := t.accounts.db.Read().NewSelect().Table("recovery_codes").Where("user_id = ? AND hash = ?", user, hash).Exists(ctx)
	if err != nil || !found {
		return nil, err
	}
	return func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM recovery_codes WHERE user_id = ? AND hash = ?", user, hash)
		if err != nil {
			return err
		}
		if err := foundOne(result, ErrTOTP); err != nil {
			return err
		}
		left, err := tx.NewSelect().Table("recovery_codes").Where("user_id = ?", user).Count(ctx)
		if err != nil {
			return err
		}
		return note(ctx, tx, "totp.recovery", audit.OriginOf(ctx).Name, details{"left": left})
	}, nil
}

// groups puts dashes between groups of so many letters.
func groups(text string, size int) string {
	var b strings.Builder
	for i, c := range text {
		if i > 0 && i%size == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(c)
	}
	return b.String()
}
