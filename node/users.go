package node

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/node/internal/belonging"
	"github.com/melissiproject/hive/node/internal/lock"
	"github.com/melissiproject/hive/node/internal/pieces"
)

// Users changes accounts in the database itself, whether the hive runs or not, so that an owner who lost the admin
// password is not locked out. Its methods are those of the API's client.
type Users struct {
	cfg      Config
	lock     *lock.Lock
	db       *database.DB
	accounts *account.Accounts
}

// OpenUsers opens the accounts of the hive in cfg.Data.
func OpenUsers(ctx context.Context, cfg Config) (*Users, error) {
	if err := checkFolder(cfg.Data); err != nil {
		return nil, err
	}
	lock, err := lockFolder(cfg.Data)
	if err != nil && !errors.Is(err, ErrRunning) {
		return nil, err
	}
	db, err := belonging.Open(ctx, cfg.folder(), lock != nil) // else another program uses it, maybe of another version
	var users *Users
	if err == nil {
		users, err = usersOf(ctx, cfg, db)
	}
	if err != nil {
		if lock != nil {
			lock.Close()
		}
		return nil, err
	}
	users.lock = lock
	return users, nil
}

// usersOf are the accounts in a migrated database, which it closes with them, and where it fails.
func usersOf(ctx context.Context, cfg Config, db *database.DB) (*Users, error) {
	u := &Users{cfg: cfg, db: db}
	set, err := openSettings(ctx, db, cfg)
	if err == nil {
		u.accounts, err = openAccounts(db, set, cfg.logger(), nil)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return u, nil
}

// Close releases the database.
func (u *Users) Close() error {
	err := u.db.Close()
	if u.lock != nil {
		err = errors.Join(err, u.lock.Close())
	}
	return err
}

// All lists every account by name.
func (u *Users) All(ctx context.Context) iter.Seq2[apitype.User, error] {
	const page = 500
	return func(yield func(apitype.User, error) bool) {
		for after := ""; ; {
			users, err := u.accounts.List(ctx, after, page)
			if err != nil {
				yield(apitype.User{}, failure(err))
				return
			}
			for _, user := range users {
				if !yield(userJSON(user), nil) {
					return
				}
				after = user.Name
			}
			if len(users) < page {
				return
			}
		}
	}
}

// Create makes an account.
func (u *Users) Create(ctx context.Context, in apitype.NewUser) (apitype.User, error) {
	user, err := u.accounts.Create(bySystem(ctx), account.NewUser{Name: in.Name, Password: in.Password, Admin: in.Admin, Quota: in.Quota})
	return userJSON(user), failure(err)
}

// Update changes what is not nil.
func (u *Users) Update(ctx context.Context, name string, in apitype.UserChange) (apitype.User, error) {
	user, err := u.accounts.Update(bySystem(ctx), name, account.Change{Admin: in.Admin, Disabled: in.Disabled, Quota: in.Quota})
	return userJSON(user), failure(err)
}

// SetPassword sets a password and ends all sessions and tokens of the user.
func (u *Users) SetPassword(ctx context.Context, name, password string) error {
	return failure(u.accounts.SetPassword(bySystem(ctx), name, password, 0))
}

// Reset makes a code by which a user sets a new password.
func (u *Users) Reset(ctx context.Context, name string) (apitype.ResetCode, error) {
	code, expires, err := u.accounts.Resets().Make(bySystem(ctx), name)
	return apitype.ResetCode{Code: code, Expires: expires}, failure(err)
}

// ResetTOTP takes the second factor off a user who lost it.
func (u *Users) ResetTOTP(ctx context.Context, name string) error {
	return failure(u.accounts.TOTP().Reset(bySystem(ctx), name))
}

// Delete removes an account and everything in its home. Repeated, it goes on where it was cut short.
func (u *Users) Delete(ctx context.Context, name string) error {
	blocks, err := pieces.Store() // names alone go; the hive collects the blocks
	if err != nil {
		return err
	}
	defer blocks.Close()
	names, err := catalog.New(u.db, blocks, catalogConfig(u.accounts, u.cfg))
	if err != nil {
		return err
	}
	disabled := true
	user, err := u.accounts.Update(bySystem(ctx), name, account.Change{Disabled: &disabled})
	if err != nil {
		return failure(err)
	}
	if err := names.DeleteHome(ctx, user.ID); err != nil {
		return fmt.Errorf("node: empty home of %s: %w", name, err)
	}
	return failure(u.accounts.Delete(bySystem(ctx), name))
}

// bySystem has the record say that the owner of the machine did it.
func bySystem(ctx context.Context) context.Context {
	return audit.By(ctx, audit.Origin{Name: audit.System})
}

func userJSON(u account.User) apitype.User {
	return apitype.User{ID: u.ID, Name: u.Name, Admin: u.Admin, Disabled: u.Disabled, Quota: u.Quota, TOTP: u.TOTP, Created: u.Created}
}

// Failure is an error with the code that the API has for it.
type Failure struct {
	Code string
	Err  error
}

// Error is the text of the error.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap gives the error.
func (f *Failure) Unwrap() error { return f.Err }

// failure gives an error of accounts its code.
func failure(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []struct {
		err  error
		code string
	}{
		{account.ErrNotFound, apitype.CodeNotFound},
		{account.ErrNameTaken, apitype.CodeNameTaken},
		{account.ErrLastAdmin, apitype.CodeLastAdmin},
		{account.ErrName, apitype.CodeInvalid},
		{account.ErrPassword, apitype.CodeInvalid},
		{account.ErrInvalid, apitype.CodeInvalid},
	} {
		if errors.Is(err, known.err) {
			return &Failure{Code: known.code, Err: err}
		}
	}
	return err
}
