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

// Device is a named client of a user.
type Device struct {
	ID       int64
	Name     string
	Created  time.Time
	LastSeen time.Time
}

type deviceRow struct {
	bun.BaseModel `bun:"table:devices,alias:d"`

	ID       int64         `bun:"id,pk,autoincrement"`
	UserID   int64         `bun:"user_id"`
	Name     string        `bun:"name"`
	Created  database.Time `bun:"created"`
	LastSeen database.Time `bun:"last_seen"`
}

// Devices is the devices of a user, last seen first.
func (a *Accounts) Devices(ctx context.Context, user int64) ([]Device, error) {
	var rows []deviceRow
	query := a.db.Read().NewSelect().Model(&rows).Where("user_id = ?", user)
	err := query.Order("last_seen DESC", "id DESC").Scan(ctx)
	devices := make([]Device, len(rows))
	for i, row := range rows {
		devices[i] = Device{row.ID, row.Name, row.Created.Time, row.LastSeen.Time}
	}
	return devices, err
}

// RemoveDevice removes a device of a user and ends its sessions: ErrNotFound.
func (a *Accounts) RemoveDevice(ctx context.Context, user, id int64) error {
	return remove(ctx, a.db, "device", "DELETE FROM devices WHERE user_id = ? AND id = ?", user, id)
}

// remove runs a DELETE that ought to find a row.
func remove(ctx context.Context, db *database.DB, what, statement string, args ...any) error {
	return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		return foundOne(result, fmt.Errorf("%w: %s", ErrNotFound, what))
	})
}

// seeDevice is the device of a user by that name, made if need be. The user is locked.
func seeDevice(ctx context.Context, tx bun.Tx, user int64, name string) (int64, error) {
	row := deviceRow{UserID: user, Name: name, Created: database.Now(), LastSeen: database.Now()}
	err := tx.NewSelect().Model(&row).Column("id").Where("user_id = ? AND name = ?", user, name).Scan(ctx)
	if err == nil {
		_, err = tx.ExecContext(ctx, "UPDATE devices SET last_seen = ? WHERE id = ?", database.Now(), row.ID)
		return row.ID, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return 0, err
	}
	others := tx.NewSelect().Table("devices").Where("user_id = ?", user).Order("last_seen DESC", "id DESC")
	return row.ID, prune(ctx, tx, "devices", others, maxDevices)
}
