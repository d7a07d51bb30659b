package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/uptrace/bun"
)

// User is an account. Quota is in bytes, -1 for no limit.
type User struct {
	ID       int64
	Name     string
	Admin    bool
	Disabled bool
	Quota    int64
	TOTP     bool // signing in needs a code too
	Created  time.Time
}

// NewUser is an account to be made. Without a quota the hive's default holds.
type NewUser struct {
	Name     string
	Password string
	Admin    bool
	Quota    *int64
}

// Change changes what is not nil.
type Change struct {
	Admin    *bool
	Disabled *bool
	Quota    *int64
}

type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID       int64         `bun:"id,pk,autoincrement"`
	Name     string        `bun:"name"`
	Password string        `bun:"password"`
	Admin    bool          `bun:"admin"`
	Disabled bool          `bun:"disabled"`
	Quota    int64         `bun:"quota"`
	TOTP     bool          `bun:"totp"`
	Created  database.Time `bun:"created"`
}

func (r userRow) user() User {
	return User{r.ID, r.Name, r.Admin, r.Disabled, r.Quota, r.TOTP, r.Created.Time}
}

// Create makes a user: ErrName, ErrPassword, ErrInvalid, ErrNameTaken.
func (a *Accounts) Create(ctx context.Context, n NewUser) (User, error) {
	row, err := a.newRow(ctx, n)
	if err != nil {
		return User{}, err
	}
	err = a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := insertUser(ctx, tx, &row); err != nil {
			return err
		}
		return note(ctx, tx, "user.create", row.Name, details{"admin": row.Admin, "quota": row.Quota})
	})
	if err != nil {
		return User{}, err
	}
	return row.user(), nil
}

// newRow checks what a new user is to be and hashes the password.
func (a *Accounts) newRow(ctx context.Context, n NewUser) (userRow, error) {
	name, err := parseName(n.Name)
	if err != nil {
		return userRow{}, err
	}
	quota := a.cfg.Rules().Quota
	if n.Quota != nil {
		quota = *n.Quota
	}
	if err := checkQuota(quota); err != nil {
		return userRow{}, err
	}
	password, err := a.passwords.hash(ctx, n.Password)
	return userRow{Name: name, Password: password, Admin: n.Admin, Quota: quota, Created: database.Now()}, err
}

func insertUser(ctx context.Context, tx bun.Tx, row *userRow) error {
	row.ID = 0 // of an attempt before
	_, err := tx.NewInsert().Model(row).Exec(ctx)
	if database.IsUnique(err) {
		return fmt.Errorf("%w: %s", ErrNameTaken, row.Name)
	}
	return err
}

func checkQuota(quota int64) error {
	if quota < -1 {
		return fmt.Errorf("%w: a quota is in bytes, or -1 for none", ErrInvalid)
	}
	return nil
}

// ByName finds a user by name, in upper or lower case: ErrNotFound.
func (a *Accounts) ByName(ctx context.Context, name string) (User, error) {
	row, err := findUser(ctx, byName(a.db.Read(), name))
	return row.user(), err
}

// ByID finds a user by number: ErrNotFound.
func (a *Accounts) ByID(ctx context.Context, id int64) (User, error) {
	row, err := findUser(ctx, a.db.Read().NewSelect().Where("id = ?", id))
	return row.user(), err
}

// List is up to limit users in the order of their names, from the first after the given one.
func (a *Accounts) List(ctx context.Context, after string, limit int) ([]User, error) {
	var rows []userRow
	err := a.db.Read().NewSelect().Model(&rows).Where("name > ?", after).Order("name").Limit(int64(limit)).Scan(ctx)
	users := make([]User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
	}
	return users, err
}

// Count is how many users there are.
func (a *Accounts) Count(ctx context.Context) (int64, error) {
	return a.db.Read().NewSelect().Table("users").Count(ctx)
}

// Update changes a user: ErrNotFound, ErrInvalid, ErrLastAdmin.
func (a *Accounts) Update(ctx context.Context, name string, c Change) (User, error) {
	if c.Quota != nil {
		if err := checkQuota(*c.Quota); err != nil {
			return User{}, err
		}
	}
	var row userRow
	err := a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		last, err := lastAdmin(ctx, a.db, tx)
		if err != nil {
			return err
		}
		if row, err = findUser(ctx, a.db.ForUpdate(byName(tx, name))); err != nil {
			return err
		}
		set(&row.Admin, c.Admin)
		set(&row.Disabled, c.Disabled)
		set(&row.Quota, c.Quota)
		if row.ID == last && (!row.Admin || row.Disabled) {
			return ErrLastAdmin
		}
		if _, err = tx.NewUpdate().Model(&row).Column("admin", "disabled", "quota").WherePK().Exec(ctx); err != nil {
			return err
		}
		return note(ctx, tx, "user.update", row.Name, c.details())
	})
	if err != nil {
		return User{}, err
	}
	return row.user(), nil
}

// details are what c changes.
func (c Change) details() details {
	d := details{}
	if c.Admin != nil {
		d["admin"] = *c.Admin
	}
	if c.Disabled != nil {
		d["disabled"] = *c.Disabled
	}
	if c.Quota != nil {
		d["quota"] = *c.Quota
	}
	return d
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// Delete removes a user with all sessions, tokens and devices: ErrNotFound, ErrLastAdmin. What the user keeps in the
// catalog is not touched. The number of the user is never given again.
func (a *Accounts) Delete(ctx context.Context, name string) error {
	return a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		last, err := lastAdmin(ctx, a.db, tx)
		if err != nil {
			return err
		}
		row, err := findUser(ctx, a.db.ForUpdate(byName(tx, name)))
		if err != nil {
			return err
		}
		if row.ID == last {
			return ErrLastAdmin
		}
		if _, err = tx.ExecContext(ctx, "DELETE FROM users WHERE id = ?", row.ID); err != nil {
			return err
		}
		return note(ctx, tx, "user.delete", row.Name, details{"id": row.ID})
	})
}

// Quota is the quota of a user in bytes, -1 for no limit, as idb (a transaction of the caller) sees it: ErrNotFound.
func (a *Accounts) Quota(ctx context.Context, idb bun.IDB, user int64) (int64, error) {
	var quota int64
	err := a.queries.quota.Row(ctx, idb, user).Scan(&quota)
	return quota, notFound(err, "user")
}

// byName finds nobody by a name that nobody can have.
func byName(db bun.IDB, name string) *bun.SelectQuery {
	name, _ = parseName(name)
	return db.NewSelect().Where("name = ?", name)
}

func findUser(ctx context.Context, query *bun.SelectQuery) (userRow, error) {
	var row userRow
	err := query.Model(&row).Scan(ctx)
	return row, notFound(err, "user")
}

// lastAdmin is the number of the only admin who can sign in, 0 if there are more. The rows stay locked, so that two
// admins cannot remove each other.
func lastAdmin(ctx context.Context, db *database.DB, tx bun.Tx) (int64, error) {
	var ids []int64
	query := tx.NewSelect().Table("users").Column("id").Where("admin AND NOT disabled").Order("id")
	if err := db.ForUpdate(query).Scan(ctx, &ids); err != nil || len(ids) != 1 {
		return 0, err
	}
	return ids[0], nil
}

// notFound turns the error of a query without a result into ErrNotFound.
func notFound(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", ErrNotFound, what)
	}
	return err
}
