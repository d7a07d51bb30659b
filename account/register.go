package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/uptrace/bun"
)

// maxUses of one registration code.
const maxUses = 10_000

// RegistrationCode lets Left more people register, of Uses in all. By is the admin who made it, 0 if gone.
type RegistrationCode struct {
	ID      int64
	By      int64
	Uses    int
	Left    int
	Created time.Time
	Expires *time.Time
}

type codeRow struct {
	bun.BaseModel `bun:"table:registration_codes,alias:c"`

	ID        int64         `bun:"id,pk,autoincrement"`
	Hash      []byte        `bun:"hash"`
	CreatedBy int64         `bun:"created_by,nullzero"`
	Uses      int           `bun:"uses"`
	Used      int           `bun:"used"`
	Created   database.Time `bun:"created"`
	Expires   database.Time `bun:"expires"`
}

func (r codeRow) code() RegistrationCode {
	return RegistrationCode{
		ID: r.ID, By: r.CreatedBy, Uses: r.Uses, Left: r.Uses - r.Used, Created: r.Created.Time, Expires: r.Expires.Pointer(),
	}
}

// usable is a condition on a registration code, by hash and time.
const usable = "hash = ? AND used < uses AND (expires IS NULL OR expires > ?)"

// Register makes a user by their own wish, where the Mode of the hive allows it: ErrRegistrationClosed, ErrCode, and
// the errors of Create. The code counts in mode ByCode only.
func (a *Accounts) Register(ctx context.Context, name, password, code string) (User, error) {
	switch a.Registration() {
	case Open:
		return a.Codes().register(ctx, NewUser{Name: name, Password: password}, nil)
	case ByCode:
		return a.Codes().registerByCode(ctx, NewUser{Name: name, Password: password}, codeHash(code))
	}
	return User{}, ErrRegistrationClosed
}

// Codes are the registration codes of a hive.
type Codes struct{ accounts *Accounts }

// Codes are the registration codes of a hive.
func (a *Accounts) Codes() *Codes { return &Codes{a} }

// registerByCode looks at the code before it spends a password hash on a stranger.
func (c *Codes) registerByCode(ctx context.Context, n NewUser, hash []byte) (User, error) {
	found, err := c.accounts.db.Read().NewSelect().Table("registration_codes").Where(usable, hash, database.Now()).Exists(ctx)
	if err != nil {
		return User{}, err
	}
	if !found {
		return User{}, ErrCode
	}
	return c.register(ctx, n, hash)
}

// register makes a user, by a code unless hash is nil.
func (c *Codes) register(ctx context.Context, n NewUser, hash []byte) (User, error) {
	row, err := c.accounts.newRow(ctx, n)
	if err != nil {
		return User{}, err
	}
	err = c.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if hash != nil {
			result, err := tx.ExecContext(ctx, "UPDATE registration_codes SET used = used + 1 WHERE "+usable, hash, database.Now())
			if err != nil {
				return err
			}
			if err := foundOne(result, ErrCode); err != nil {
				return err
			}
		}
		if err := insertUser(ctx, tx, &row); err != nil {
			return err
		}
		return note(as(ctx, row, audit.OriginOf(ctx).Address), tx, "user.register", row.Name, details{"by_code": hash != nil, "quota": row.Quota})
	})
	if err != nil {
		return User{}, err
	}
	return row.user(), nil
}

// foundOne is the error missing if a statement touched no row.
func foundOne(result sql.Result, missing error) error {
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = missing
	}
	return err
}

// Make makes a registration code for so many uses and returns it in clear, this once. ErrInvalid: no uses, more than
// 10,000, or an expiry that is past.
func (c *Codes) Make(ctx context.Context, by int64, uses int, expires *time.Time) (code string, rc RegistrationCode, err error) {
	if uses < 1 || uses > maxUses {
		return "", RegistrationCode{}, fmt.Errorf("%w: a code has 1 to %d uses", ErrInvalid, maxUses)
	}
	until, err := parseExpiry(expires)
	if err != nil {
		return "", RegistrationCode{}, err
	}
	code = rand.Text()
	row := codeRow{Hash: codeHash(code), CreatedBy: by, Uses: uses, Created: database.Now(), Expires: until}
	err = c.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row.ID = 0 // of an attempt before
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return note(ctx, tx, "code.create", strconv.FormatInt(row.ID, 10), details{"uses": uses, "expires": row.Expires.Pointer()})
	})
	if err != nil {
		return "", RegistrationCode{}, err
	}
	return code, row.code(), nil
}

// List is the newest 1,000 registration codes, newest first, used up and expired ones too.
func (c *Codes) List(ctx context.Context) ([]RegistrationCode, error) {
	var rows []codeRow
	err := c.accounts.db.Read().NewSelect().Model(&rows).Order("id DESC").Limit(1000).Scan(ctx)
	codes := make([]RegistrationCode, len(rows))
	for i, row := range rows {
		codes[i] = row.code()
	}
	return codes, err
}

// Revoke removes a registration code: ErrNotFound.
func (c *Codes) Revoke(ctx context.Context, id int64) error {
	return c.accounts.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM registration_codes WHERE id = ?", id)
		if err != nil {
			return err
		}
		if err := foundOne(result, fmt.Errorf("%w: registration code", ErrNotFound)); err != nil {
			return err
		}
		return note(ctx, tx, "code.revoke", strconv.FormatInt(id, 10), nil)
	})
}
