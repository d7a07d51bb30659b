package account

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/uptrace/bun"
)

// noteEvery is how often the use of a token is noted.
const noteEvery = 5 * time.Minute

// Authenticate tells whose secret this is: ErrTokenInvalid, ErrTokenExpired, ErrDisabled. It notes the use, but not
// more often than every 5 minutes; a session lives on from there.
func (a *Accounts) Authenticate(ctx context.Context, secret string) (Identity, error) {
	hash, ok := secretHash(secret)
	if !ok {
		return Identity{}, ErrTokenInvalid
	}
	return identify(ctx, a, hash, func(t tokenRow, _ userRow) bool { return !t.App })
}

// identify finds the token with a hash, which must be right for the request.
func identify(ctx context.Context, a *Accounts, hash []byte, right func(tokenRow, userRow) bool) (Identity, error) {
	t, u, err := a.queries.findToken(ctx, a.db.Read(), hash)
	if err != nil {
		return Identity{}, err
	}
	now := database.Now()
	switch {
	case subtle.ConstantTimeCompare(t.Hash, hash) != 1 || !right(t, u):
		return Identity{}, ErrTokenInvalid
	case !t.Expires.IsZero() && !now.Before(t.Expires.Time):
		return Identity{}, ErrTokenExpired
	case u.Disabled:
		return Identity{}, fmt.Errorf("%w: %s", ErrDisabled, u.Name)
	}
	if now.Sub(t.LastUsed.Time) >= noteEvery {
		noteUse(ctx, a, t, now)
	}
	scopes, err := ParseScopes(t.Scopes)
	if err != nil {
		return Identity{}, err
	}
	if !u.Admin {
		scopes = slices.DeleteFunc(scopes, func(s Scope) bool { return s == ScopeAdmin })
	}
	return Identity{User: u.user(), Token: t.ID, Device: t.DeviceID, Scopes: scopes, Session: t.Session}, nil
}

// findToken is one query without reflection, for every request makes it.
func (q queries) findToken(ctx context.Context, db bun.IDB, hash []byte) (t tokenRow, u userRow, err error) {
	var device sql.NullInt64
	err = q.token.Row(ctx, db, hash).
		Scan(&t.ID, &t.Hash, &device, &t.Session, &t.App, &t.Scopes, &t.Expires, &t.LastUsed,
			&u.ID, &u.Name, &u.Admin, &u.Disabled, &u.Quota, &u.TOTP, &u.Created)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrTokenInvalid
	}
	t.DeviceID = device.Int64
	return t, u, err
}

// addressOf is where a request came from.
func addressOf(ctx context.Context) string {
	return audit.OriginOf(ctx).Address
}

// noteUse must not fail the request: on a full disk a user still reads and deletes.
func noteUse(ctx context.Context, a *Accounts, t tokenRow, now database.Time) {
	expires := t.Expires
	if t.Session {
		expires = database.At(now.Add(a.cfg.Rules().SessionLife))
	}
	err := a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE tokens SET last_used = ?, expires = ?, address = ? WHERE id = ?", now, expires, addressOf(ctx), t.ID)
		if err != nil || t.DeviceID == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE devices SET last_seen = ? WHERE id = ?", now, t.DeviceID)
		return err
	})
	if err != nil && ctx.Err() == nil {
		a.cfg.Log.WarnContext(ctx, "cannot note the use of a token", "err", err)
	}
}
