package account

import (
	"context"
	"time"
)

// Device is a named client of a user.
type Device struct {
	ID       int64
	Name     string
	Created  time.Time
	LastSeen time.Time
}

// Devices is the devices of a user, last seen first.
func (a *Accounts) Devices(ctx context.Context, user int64) ([]Device, error) { panic("todo") }

// RemoveDevice removes a device of a user and ends its sessions: ErrNotFound.
func (a *Accounts) RemoveDevice(ctx context.Context, user, id int64) error { panic("todo") }
