package account

import (
	"context"
	"database/sql"
	"errors"
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
	return a.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row deviceRow
		query := tx.NewSelect().Model(&row).Where("user_id = ? AND id = ?", user, id)
		if err := a.db.ForUpdate(query).Scan(ctx); err != nil {
			return notFound(err, "device")
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM devices WHERE id = ?", id); err != nil {
			return err
		}
		return note(ctx, tx, "device.remove", row.Name, details{"id": id})
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
