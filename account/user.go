package account

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// User is an account. Quota is in bytes, -1 for no limit.
type User struct {
	ID       int64
	Name     string
	Admin    bool
	Disabled bool
	Quota    int64
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

// Create makes a user: ErrName, ErrPassword, ErrNameTaken.
func (a *Accounts) Create(ctx context.Context, n NewUser) (User, error) { panic("todo") }

// ByName finds a user by name, in upper or lower case: ErrNotFound.
func (a *Accounts) ByName(ctx context.Context, name string) (User, error) { panic("todo") }

// ByID finds a user by number: ErrNotFound.
func (a *Accounts) ByID(ctx context.Context, id int64) (User, error) { panic("todo") }

// List is up to limit users in the order of their names, from the first after the given one.
func (a *Accounts) List(ctx context.Context, after string, limit int) ([]User, error) { panic("todo") }

// Update changes a user: ErrNotFound, ErrInvalid, ErrLastAdmin.
func (a *Accounts) Update(ctx context.Context, name string, c Change) (User, error) { panic("todo") }

// Delete removes a user with all sessions, tokens and devices: ErrNotFound, ErrLastAdmin. What the user keeps in the
// catalog is not touched. The number of the user is never given again.
func (a *Accounts) Delete(ctx context.Context, name string) error { panic("todo") }

// Quota is the quota of a user in bytes, -1 for no limit, as idb (a transaction of the caller) sees it: ErrNotFound.
func (a *Accounts) Quota(ctx context.Context, idb bun.IDB, user int64) (int64, error) { panic("todo") }
