// Package replica is what sharing does with a space: it reads one as it is at one moment, applies what came from other
// hives, and keeps the books of which contents are held.
//
// It owns replica spaces, snapshots, the steps of Apply with their conditions, and the rows of contents. It does not own
// what a share is, nor trees and their merges (package sharing).
package replica

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Make makes an empty replica and returns it and its root folder.
func Make(ctx context.Context, t *space.Tables, chargedTo, quota int64) (id, root int64, err error) {
	s, err := t.NewReplica(ctx, chargedTo, quota)
	if err != nil {
		return 0, 0, err
	}
	return s.ID, s.Root, nil
}

// load returns a replica.
func load(ctx context.Context, t *space.Tables, idb bun.IDB, id int64) (*space.Space, error) {
	s, err := t.Load(ctx, idb, id)
	if err == nil && !s.Replica {
		return nil, fmt.Errorf("%w: space %d is no replica", space.ErrNotFound, id)
	}
	return s, err
}

// Set changes who is charged for a replica, and its quota.
func Set(ctx context.Context, t *space.Tables, id, chargedTo, quota int64) error {
	return t.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := load(ctx, t, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE spaces SET charged_to = ?, quota = ? WHERE id = ?", chargedTo, quota, id)
		if err != nil {
			return fmt.Errorf("catalog: set replica: %w", err)
		}
		return nil
	})
}

// Drop takes a replica out of sight; its rows are the caller's to delete. One that is gone is no error.
func Drop(ctx context.Context, t *space.Tables, id int64) error {
	var kind string
	row := t.DB.Read().QueryRowContext(ctx, "SELECT COALESCE(MAX(kind), '') FROM spaces WHERE id = ?", id)
	if err := row.Scan(&kind); err != nil {
		return fmt.Errorf("catalog: drop replica: %w", err)
	}
	switch kind {
	case space.KindReplica:
		return t.ForgetSpace(ctx, id)
	case space.KindHome:
		return fmt.Errorf("%w: space %d is no replica", space.ErrNotFound, id)
	}
	return nil
}

// Room is how many bytes more a replica or a home may hold, or space.Unlimited.
func Room(ctx context.Context, t *space.Tables, id int64) (int64, error) {
	s, err := t.Load(ctx, t.DB.Read(), id)
	if err != nil {
		return 0, err
	}
	return s.Room(ctx, s.Read(), nil)
}
