package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/melissiproject/hive/account/internal/throttle"
	"github.com/melissiproject/hive/internal/database"
	"github.com/uptrace/bun"
)

const (
	// maxSessions of one user at once; those that end first go first.
	maxSessions = 250
	// maxDevices of one user; those not seen for longest go first.
	maxDevices = 250
)

// Login is an attempt to sign in. Device names the client; with a name the session belongs to that device, which is
// made at its first login. Code is that of the second factor, or a recovery code, where the user has one. Address is where the
// request came from, without port, to throttle and for the record.
type Login struct {
	Name     string
	Password string
	Code     string
	Device   string
	Address  string
}

// TooManyAttempts is the error of a throttled attempt; it is ErrTooManyAttempts.
type TooManyAttempts = throttle.TooMany

// attemptBy is an attempt to sign in, or to prove who one is.
func attemptBy(name, address string) throttle.Attempt {
	name, err := parseName(name)
	if err != nil {
		name = ""
	}
	return throttle.By(name, address)
}

// Login starts a session and returns its secret, which is shown this once. ErrWrongPassword says no more than that
// name and password do not belong together, ErrDisabled, ErrTOTPRequired and ErrTOTP come only after the right password. Failures are counted by
// name and by address, and after some of them every next attempt has to wait longer: *TooManyAttempts.
func (a *Accounts) Login(ctx context.Context, l Login) (secret string, session Token, user User, err error) {
	found, err := a.verify(ctx, l.Name, l.Password, l.Address)
	if err != nil {
		a.refused.signIn(ctx, found, l, err)
		return "", Token{}, User{}, err
	}
	spend, err := a.TOTP().second(ctx, found, l)
	if err != nil {
		a.refused.signIn(ctx, found, l, err)
		return "", Token{}, User{}, err
	}
	renewed, err := a.passwords.renew(ctx, found.Password, l.Password)
	if err != nil {
		return "", Token{}, User{}, err
	}
	secret = newSecret()
	var row tokenRow
	err = a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		present, err := findUser(ctx, a.db.ForUpdate(byName(tx, found.Name)))
		if err != nil {
			return err
		}
		if err := mayEnter(found, present); err != nil {
			return err
		}
		if err := spend(as(ctx, found, l.Address), tx); err != nil {
			return err
		}
		if renewed != found.Password {
			if err := storePassword(ctx, tx, found.ID, renewed); err != nil {
				return err
			}
		}
		row = newSession(found.ID, secret, cleanLabel(l.Device), a.cfg.Rules().SessionLife)
		row.Address = cleanLabel(l.Address)
		if err := insertSession(ctx, tx, &row); err != nil {
			return err
		}
		return note(as(ctx, found, l.Address), tx, "session.open", found.Name, details{"device": row.Name, "token": row.ID})
	})
	if err != nil {
		a.refused.signIn(ctx, found, l, err)
		return "", Token{}, User{}, err
	}
	return secret, row.token(), found.user(), nil
}

// second checks the second factor of a user who has one.
func (t *TOTP) second(ctx context.Context, found userRow, l Login) (spend func(context.Context, bun.Tx) error, err error) {
	if !found.TOTP {
		return func(context.Context, bun.Tx) error { return nil }, nil
	}
	return t.check(ctx, found, l.Code, l.Address)
}

// signIn records why somebody is not let in. That one has to wait was recorded before, by what led to it.
func (r *refused) signIn(ctx context.Context, found userRow, l Login, err error) {
	for _, why := range []error{ErrWrongPassword, ErrTOTP, ErrDisabled} {
		if errors.Is(err, why) {
			r.note(ctx, "session.open", found, l, why)
		}
	}
}

// mayEnter compares a user whose password was right a moment ago with what is there now.
func mayEnter(found, present userRow) error {
	if present.ID != found.ID || present.Password != found.Password || present.TOTP != found.TOTP {
		return ErrWrongPassword
	}
	if present.Disabled {
		return fmt.Errorf("%w: %s", ErrDisabled, present.Name)
	}
	return nil
}

func newSession(user int64, secret, device string, life time.Duration) tokenRow {
	now := database.Now()
	return tokenRow{
		Hash: digest(secret), UserID: user, Session: true, Name: device, Scopes: AllScopes().String(),
		Created: now, LastUsed: now, Expires: database.At(now.Add(life)),
	}
}

func insertSession(ctx context.Context, tx bun.Tx, row *tokenRow) (err error) {
	if row.Name != "" {
		if row.DeviceID, err = seeDevice(ctx, tx, row.UserID, row.Name); err != nil {
			return err
		}
	}
	if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
		return err
	}
	sessions := tx.NewSelect().Table("tokens").Where("user_id = ? AND session", row.UserID).Order("expires DESC", "id DESC")
	return prune(ctx, tx, "tokens", sessions, maxSessions)
}

// prune deletes what query has beyond its first rows.
func prune(ctx context.Context, tx bun.Tx, table string, query *bun.SelectQuery, keep int64) error {
	var ids []int64
	if err := query.Column("id").Offset(keep).Limit(1000).Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return err
	}
	_, err := tx.NewDelete().Table(table).Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return err
}
