package account

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"
)

const (
	// maxSessions of one user at once; those that end first go first.
	maxSessions = 250
	// maxDevices of one user; those not seen for longest go first.
	maxDevices = 250
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
	RetryAfter time.Duration // whole seconds, at least one
}

func (e *TooManyAttempts) Error() string {
	return fmt.Sprintf("%v: try again in %s", ErrTooManyAttempts, e.RetryAfter)
}

// Is makes errors.Is(err, ErrTooManyAttempts) true.
func (e *TooManyAttempts) Is(target error) bool { return target == ErrTooManyAttempts }

// Login starts a session and returns its secret, which is shown this once. ErrWrongPassword says no more than that
// name and password do not belong together, ErrDisabled comes only after the right password. Failures are counted by
// name and by address, and after some of them every next attempt has to wait longer: *TooManyAttempts.
func (a *Accounts) Login(ctx context.Context, l Login) (secret string, session Token, user User, err error) {
	found, err := a.verify(ctx, l.Name, l.Password, l.Address)
	if err != nil {
		return "", Token{}, User{}, err
	}
	renewed, err := a.renew(ctx, found.Password, l.Password)
	if err != nil {
		return "", Token{}, User{}, err
	}
	secret = newSecret()
	var row tokenRow
	err = a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := a.recheck(ctx, tx, found); err != nil {
			return err
		}
		if renewed != found.Password {
			if _, err := tx.ExecContext(ctx, "UPDATE users SET password = ? WHERE id = ?", renewed, found.ID); err != nil {
				return err
			}
		}
		var err error
		row, err = a.startSession(ctx, tx, found.ID, secret, cleanLabel(l.Device))
		return err
	})
	if err != nil {
		return "", Token{}, User{}, err
	}
	return secret, row.token(), found.user(), nil
}

// renew is the hash to store from now on: another one only where the hive's cost has changed.
func (a *Accounts) renew(ctx context.Context, encoded, password string) (string, error) {
	if old, err := parseHash(encoded); err != nil || old.cost == a.cfg.Argon {
		return encoded, err
	}
	if err := a.slots.enter(ctx); err != nil {
		return "", err
	}
	defer a.slots.leave()
	return newHash(a.cfg.Argon, norm.NFKC.String(password)).String(), nil
}

// recheck locks a user whose password was right a moment ago: it may have changed while the hash was computed.
func (a *Accounts) recheck(ctx context.Context, tx bun.Tx, found userRow) error {
	row, err := a.lockByName(ctx, tx, found.Name)
	switch {
	case err != nil:
		return err
	case row.ID != found.ID || row.Password != found.Password:
		return ErrWrongPassword
	case row.Disabled:
		return fmt.Errorf("%w: %s", ErrDisabled, row.Name)
	}
	return nil
}

func (a *Accounts) startSession(ctx context.Context, tx bun.Tx, user int64, secret, device string) (tokenRow, error) {
	now := database.Now()
	row := tokenRow{
		Hash: digest(secret), UserID: user, Session: true, Name: cmp.Or(device, "session"),
		Scopes: AllScopes().String(), Created: now, LastUsed: now, Expires: database.At(now.Add(a.cfg.SessionLife)),
	}
	if device != "" {
		seen, err := seeDevice(ctx, tx, user, device)
		if err != nil {
			return tokenRow{}, err
		}
		row.DeviceID = seen
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return tokenRow{}, err
	}
	sessions := tx.NewSelect().Table("tokens").Where("user_id = ? AND session", user).Order("expires DESC", "id DESC")
	return row, prune(ctx, tx, "tokens", sessions, maxSessions)
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
