package part

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Room is how many bytes the quota leaves beside what waits to become files, or space.Unlimited. Of what waits, own bytes are those
// that it is for.
type Room func(ctx context.Context, idb bun.IDB, own int64) (int64, error)

// RoomOf is the room in a space for what a user sends. What waits counts against the quota, whichever way it came.
func RoomOf(s *space.Space, user int64) Room {
	return func(ctx context.Context, idb bun.IDB, own int64) (int64, error) {
		return s.Room(ctx, idb, func() (waiting int64, err error) {
			users := bun.List([]int64{s.Owner, user})
			row := idb.QueryRowContext(ctx, `SELECT (SELECT COALESCE(SUM(received), 0) FROM parts WHERE user_id IN (?) AND entry_id IS NULL) +
				(SELECT COALESCE(SUM(size), 0) FROM uploads WHERE user_id IN (?))`, users, users)
			if err := row.Scan(&waiting); err != nil {
				return 0, fmt.Errorf("catalog: bytes that wait: %w", err)
			}
			return waiting - own, nil
		})
	}
}

// For refuses, with space.ErrQuota, size bytes for which there is no room.
func (r Room) For(ctx context.Context, idb bun.IDB, size, own int64) (room int64, err error) {
	room, err = r(ctx, idb, own)
	if err == nil && room != space.Unlimited && size > room {
		err = fmt.Errorf("%w: %d bytes left, %d announced", space.ErrQuota, room, size)
	}
	return room, err
}
