package state

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Proposal is what a writer's hive last proposed to a share of ours.
type Proposal struct {
	Hive       peer.ID
	Number     uint64
	Settled    uint64  // number of the last that was merged or refused
	Merged     uint64  // number of the last that went into the share
	MergedRoot cid.Cid // tree of that one; undefined where it is not known any more
	Held       int64   // entries that the open one deletes, if it waits for a yes
	Allowed    uint64  // number of the last that somebody said yes to
	Signed     head.Signed
}

// Open tells whether the proposal waits.
func (p Proposal) Open() bool { return p.Settled < p.Number }

// Waits tells whether it waits for a yes.
func (p Proposal) Waits() bool { return p.Open() && p.Held > 0 }

// Proposals are the last proposals of all hives to a share.
func (s *States) Proposals(ctx context.Context, id ledger.ID) (list []Proposal, err error) {
	rows, err := s.db.Read().QueryContext(ctx, `SELECT hive, number, settled, merged, merged_root, held, allowed, body, signature FROM proposals
		WHERE share_id = ? ORDER BY hive`, string(id))
	if err != nil {
		return nil, fmt.Errorf("sharing: proposals: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p Proposal
		var hive string
		var root []byte
		if err := rows.Scan(&hive, &p.Number, &p.Settled, &p.Merged, &root, &p.Held, &p.Allowed, &p.Signed.Body, &p.Signed.Signature); err != nil {
			return nil, fmt.Errorf("sharing: proposals: %w", err)
		}
		if p.Hive, err = peer.Decode(hive); err != nil {
			return nil, fmt.Errorf("sharing: proposals: %w", err)
		}
		p.MergedRoot = castRoot(root)
		list = append(list, p)
	}
	return list, rows.Err()
}

// Propose notes a proposal, unless it is there. ErrNumber: another has its number, or a higher one.
func (s *States) Propose(ctx context.Context, tx bun.Tx, id ledger.ID, p Proposal) error {
	var number uint64
	var body []byte
	row := tx.QueryRowContext(ctx, "SELECT number, body FROM proposals WHERE share_id = ? AND hive = ?", string(id), p.Hive.String())
	err := row.Scan(&number, &body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = tx.ExecContext(ctx, "INSERT INTO proposals (share_id, hive, number, merged, settled, body, signature, created) VALUES (?, ?, ?, 0, 0, ?, ?, ?)",
			string(id), p.Hive.String(), p.Number, p.Signed.Body, p.Signed.Signature, database.Now())
	case err == nil && number < p.Number:
		_, err = tx.ExecContext(ctx, "UPDATE proposals SET number = ?, held = 0, body = ?, signature = ?, created = ? WHERE share_id = ? AND hive = ?",
			p.Number, p.Signed.Body, p.Signed.Signature, database.Now(), string(id), p.Hive.String())
	case err == nil && !bytes.Equal(body, p.Signed.Body):
		return ErrNumber
	}
	if err != nil {
		return fmt.Errorf("sharing: note proposal: %w", err)
	}
	return nil
}

// ErrNumber says that a hive proposes with a number that it used before: it comes from a backup.
var ErrNumber = errors.New("sharing: the number of a proposal was used before")

// Settle notes what became of a proposal: it went into the share with its tree, or never will, and then root is undefined.
func (s *States) Settle(ctx context.Context, tx bun.Tx, id ledger.ID, hive peer.ID, number uint64, root cid.Cid) error {
	_, err := tx.ExecContext(ctx, "UPDATE proposals SET settled = ? WHERE share_id = ? AND hive = ? AND settled < ?", number, string(id), hive.String(), number)
	if err == nil && root.Defined() {
		_, err = tx.ExecContext(ctx, "UPDATE proposals SET merged = ?, merged_root = ? WHERE share_id = ? AND hive = ? AND merged < ?",
			number, root.Bytes(), string(id), hive.String(), number)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM partials WHERE share_id = ? AND hive = ?", string(id), hive.String())
	}
	if err != nil {
		return fmt.Errorf("sharing: settle proposal: %w", err)
	}
	return nil
}

// Hold notes that the open proposal of a hive waits for a yes, for the entries it deletes; or that it does not, for 0.
func (s *States) Hold(ctx context.Context, id ledger.ID, hive peer.ID, number uint64, deletes int64) error {
	return s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE proposals SET held = ? WHERE share_id = ? AND hive = ? AND number = ?", deletes, string(id), hive.String(), number)
		return err
	})
}

// Allow says yes to the proposals that wait for one, and tells how many there are.
func (s *States) Allow(ctx context.Context, tx bun.Tx, id ledger.ID) (int64, error) {
	done, err := tx.ExecContext(ctx, "UPDATE proposals SET allowed = number, held = 0 WHERE share_id = ? AND held > 0 AND settled < number", string(id))
	if err != nil {
		return 0, fmt.Errorf("sharing: allow proposals: %w", err)
	}
	return done.RowsAffected()
}

// Passed notes that a proposal went into the share before this hive was put back to what it was then.
func (s *States) Passed(ctx context.Context, tx bun.Tx, id ledger.ID, hive peer.ID, number uint64) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM proposals WHERE share_id = ? AND hive = ? AND number <= ?", string(id), hive.String(), number)
	if err != nil {
		return fmt.Errorf("sharing: note proposal: %w", err)
	}
	var n int
	row := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM proposals WHERE share_id = ? AND hive = ?", string(id), hive.String())
	if err := row.Scan(&n); err != nil || n > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO proposals (share_id, hive, number, merged, settled, body, signature, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, string(id), hive.String(), number, number, number, []byte{}, []byte{}, database.Now())
	return err
}
