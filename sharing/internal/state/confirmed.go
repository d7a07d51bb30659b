package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Confirmed is the newest head of a share that another hive has said it has, and when it first said so.
type Confirmed struct {
	Hive peer.ID
	Seq  uint64
	At   time.Time
}

// Confirm notes that a hive has a head. One that is no newer than what it said before changes nothing.
func (s *States) Confirm(ctx context.Context, id ledger.ID, hive peer.ID, seq uint64) error {
	if before, err := confirmedBy(ctx, s.db.Read(), id, hive); err != nil || seq <= before {
		return err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := confirmedBy(ctx, tx, id, hive)
		switch {
		case err != nil || seq <= before:
			return err
		case before == 0:
			_, err = tx.ExecContext(ctx, "INSERT INTO confirmed (share_id, hive, seq, heard) VALUES (?, ?, ?, ?)",
				string(id), hive.String(), seq, database.Now())
		default:
			_, err = tx.ExecContext(ctx, "UPDATE confirmed SET seq = ?, heard = ? WHERE share_id = ? AND hive = ?",
				seq, database.Now(), string(id), hive.String())
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sharing: note what hive %s has: %w", hive, err)
	}
	return nil
}

// confirmedBy is the newest head that a hive has said it has; 0 for none.
func confirmedBy(ctx context.Context, idb bun.IDB, id ledger.ID, hive peer.ID) (seq uint64, err error) {
	err = idb.QueryRowContext(ctx, "SELECT seq FROM confirmed WHERE share_id = ? AND hive = ?", string(id), hive.String()).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

// Confirmed lists what other hives have of a share.
func (s *States) Confirmed(ctx context.Context, id ledger.ID) (list []Confirmed, err error) {
	rows, err := s.db.Read().QueryContext(ctx, "SELECT hive, seq, heard FROM confirmed WHERE share_id = ? ORDER BY hive", string(id))
	if err != nil {
		return nil, fmt.Errorf("sharing: what hives have: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Confirmed
		var hive string
		var heard database.Time
		if err := rows.Scan(&hive, &c.Seq, &heard); err != nil {
			return nil, fmt.Errorf("sharing: what hives have: %w", err)
		}
		if c.Hive, err = peer.Decode(hive); err != nil {
			return nil, fmt.Errorf("sharing: what hives have: %w", err)
		}
		c.At = heard.Time
		list = append(list, c)
	}
	return list, rows.Err()
}
