package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Fate is what became of a head that was lost here.
type Fate int

// Fates of a lost head.
const (
	Unheard Fate = iota // nothing yet
	GivenUp             // heads were made without it
	Taken               // what is in it is in the folder again
)

// Lost tells what became of a head by its hash.
func (s *States) Lost(ctx context.Context, id ledger.ID, hash []byte) (Fate, error) {
	var taken bool
	err := s.db.Read().QueryRowContext(ctx, "SELECT taken FROM lost_heads WHERE share_id = ? AND hash = ?", string(id), hash).Scan(&taken)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Unheard, nil
	case err != nil:
		return Unheard, fmt.Errorf("sharing: lost head: %w", err)
	case taken:
		return Taken, nil
	}
	return GivenUp, nil
}

// NoteLost notes what became of a head.
func NoteLost(ctx context.Context, tx bun.Tx, id ledger.ID, seq uint64, hash []byte, fate Fate) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM lost_heads WHERE share_id = ? AND hash = ?", string(id), hash)
	if err == nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO lost_heads (share_id, hash, seq, taken) VALUES (?, ?, ?, ?)", string(id), hash, seq, fate == Taken)
	}
	if err != nil {
		return fmt.Errorf("sharing: note lost head %d of share %s: %w", seq, id, err)
	}
	return nil
}

// Around are the heads that are known before and after a number, with Seq 0 where there is none.
func Around(ctx context.Context, s *States, id ledger.ID, seq uint64) (before, after Head, err error) {
	before, err = scanHead(s.db.Read().QueryRowContext(ctx, headColumns+" AND seq < ? ORDER BY seq DESC LIMIT 1", string(id), seq))
	if err == nil {
		after, err = scanHead(s.db.Read().QueryRowContext(ctx, headColumns+" AND seq > ? ORDER BY seq LIMIT 1", string(id), seq))
	}
	return before, after, err
}
