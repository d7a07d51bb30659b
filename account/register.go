package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"time"

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
	switch a.cfg.Registration {
	case Open:
		return a.Create(ctx, NewUser{Name: name, Password: password})
	case ByCode:
		return a.registerByCode(ctx, NewUser{Name: name, Password: password}, codeHash(code))
	}
	return User{}, ErrRegistrationClosed
}

// registerByCode looks at the code before it spends a password hash on a stranger.
func (a *Accounts) registerByCode(ctx context.Context, n NewUser, hash []byte) (User, error) {
	found, err := a.db.Read().NewSelect().Table("registration_codes").Where(usable, hash, database.Now()).Exists(ctx)
	if err != nil {
		return User{}, err
	}
	if !found {
		return User{}, ErrCode
	}
	row, err := a.newRow(ctx, n)
	if err != nil {
		return User{}, err
	}
	err = a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE registration_codes SET used = used + 1 WHERE "+usable, hash, database.Now())
		if err != nil {
			return err
		}
		if err := foundOne(result, ErrCode); err != nil {
			return err
		}
		return insertUser(ctx, tx, &row)
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

// NewCode makes a registration code for so many uses and returns it in clear, this once. ErrInvalid: no uses, more than
// 10,000, or an expiry that is past.
func (a *Accounts) NewCode(ctx context.Context, by int64, uses int, expires *time.Time) (code string, rc RegistrationCode, err error) {
	if uses < 1 || uses > maxUses {
		return "", RegistrationCode{}, fmt.Errorf("%w: a code has 1 to %d uses", ErrInvalid, maxUses)
	}
	until, err := parseExpiry(expires)
	if err != nil {
		return "", RegistrationCode{}, err
	}
	code = rand.Text()
	row := codeRow{Hash: codeHash(code), CreatedBy: by, Uses: uses, Created: database.Now(), Expires: until}
	err = a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row.ID = 0 // of an attempt before
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		return "", RegistrationCode{}, err
	}
	return code, row.code(), nil
}

// Codes is the newest 1,000 registration codes, newest first, used up and expired ones too.
func (a *Accounts) Codes(ctx context.Context) ([]RegistrationCode, error) {
	var rows []codeRow
	err := a.db.Read().NewSelect().Model(&rows).Order("id DESC").Limit(1000).Scan(ctx)
	codes := make([]RegistrationCode, len(rows))
	for i, row := range rows {
		codes[i] = row.code()
	}
	return codes, err
}

// RevokeCode removes a registration code: ErrNotFound.
func (a *Accounts) RevokeCode(ctx context.Context, id int64) error {
	return remove(ctx, a.db, "registration code", "DELETE FROM registration_codes WHERE id = ?", id)
}
