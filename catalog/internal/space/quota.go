package space

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// Usage is what a home takes. The trash counts.
type Usage struct {
	Used    int64 // bytes of all revisions
	Files   int64
	Folders int64 // the home itself not counted
}

// Usage is what the home of a user takes; all is 0 for a user who never used it.
func (t *Tables) Usage(ctx context.Context, user int64) (Usage, error) {
	var u Usage
	row := t.DB.Read().QueryRowContext(ctx, "SELECT used_bytes, files, folders FROM spaces WHERE home_of = ?", user)
	if err := row.Scan(&u.Used, &u.Files, &u.Folders); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Usage{}, fmt.Errorf("catalog: usage of user %d: %w", user, err)
	}
	return u, nil
}

// Room returns how many bytes the quotas leave, or Unlimited. What waits, if not nil, counts against that of the user.
func (s *Space) Room(ctx context.Context, idb bun.IDB, waits func() (int64, error)) (int64, error) {
	quota, err := quotaOf(ctx, s, idb)
	if err != nil || (quota == Unlimited && ownLimit(s) == Unlimited) {
		return Unlimited, err
	}
	if quota != Unlimited && waits != nil {
		waiting, err := waits()
		if err != nil {
			return 0, err
		}
		quota = max(quota-waiting, 0)
	}
	var used int64
	if err := idb.QueryRowContext(ctx, "SELECT used_bytes FROM spaces WHERE id = ?", s.ID).Scan(&used); err != nil {
		return 0, fmt.Errorf("catalog: used bytes: %w", goneIfNoRows(err))
	}
	left, err := left(ctx, s, idb, quota, used)
	return max(left, 0), err
}

// Charge counts bytes more, and refuses what passes the quota.
func (e *Edit) Charge(ctx context.Context, bytes int64) error {
	if err := e.Affords(ctx, bytes); err != nil {
		return err
	}
	e.usage.Used += bytes
	return nil
}

// Affords refuses what passes the quota.
func (e *Edit) Affords(ctx context.Context, bytes int64) error {
	quota, err := quotaOf(ctx, e.Space, e.Tx)
	if err != nil {
		return err
	}
	if quota == Unlimited && ownLimit(e.Space) == Unlimited {
		return nil
	}
	if e.Replica && quota != Unlimited {
		if err := lockHome(ctx, e); err != nil {
			return err
		}
	}
	left, err := left(ctx, e.Space, e.Tx, quota, e.usage.Used)
	if err == nil && bytes > left {
		err = fmt.Errorf("%w: %d bytes left, %d more wanted", ErrQuota, max(left, 0), bytes)
	}
	return err
}

// lockHome lets only one edit at a time look at what all spaces of a user take: those of the home have its lock already.
func lockHome(ctx context.Context, e *Edit) error {
	home := &Space{Owner: e.Owner, tables: e.tables}
	err := findHome(ctx, home, e.Tx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = (&Edit{Space: home, Tx: e.Tx}).lock(ctx)
	}
	return err
}

// Hold counts bytes that came, or went where they are negative, whatever the quota.
func (e *Edit) Hold(bytes int64) { e.usage.Used += bytes }

// quotaOf is what the user who is charged may use.
func quotaOf(ctx context.Context, s *Space, idb bun.IDB) (int64, error) {
	quota, err := s.tables.cfg.Quota(ctx, idb, s.Owner)
	if err != nil {
		return 0, fmt.Errorf("catalog: quota of user %d: %w", s.Owner, err)
	}
	return quota, nil
}

// ownLimit is what the space itself may take.
func ownLimit(s *Space) int64 {
	if s.Replica {
		return s.limit
	}
	return Unlimited
}

// left is how many bytes the quota of the user and the limit of the space leave, with so many used in the space. It is
// below 0 where a quota was lowered.
func left(ctx context.Context, s *Space, idb bun.IDB, quota, used int64) (int64, error) {
	limit := ownLimit(s)
	if quota == Unlimited {
		return limit - used, nil
	}
	var others int64
	row := idb.QueryRowContext(ctx, `SELECT COALESCE(SUM(s.used_bytes), 0) FROM spaces s WHERE s.id <> ? AND s.id IN
		(SELECT h.id FROM spaces h WHERE h.home_of = ? UNION ALL SELECT c.id FROM spaces c WHERE c.charged_to = ?)`,
		s.ID, s.Owner, s.Owner)
	if err := row.Scan(&others); err != nil {
		return 0, fmt.Errorf("catalog: used bytes of user %d: %w", s.Owner, err)
	}
	if limit == Unlimited {
		return quota - others - used, nil
	}
	return min(quota-others, limit) - used, nil
}
