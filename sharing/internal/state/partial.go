package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"
)

// Chunks returns which chunks of a revision have arrived, as bits; nil for none.
func (s *States) Chunks(ctx context.Context, entry, number int64, root cid.Cid) (chunks []byte, err error) {
	err = s.db.Read().QueryRowContext(ctx, "SELECT chunks FROM partials WHERE entry_id = ? AND number = ? AND root = ?",
		entry, number, root.Bytes()).Scan(&chunks)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sharing: chunks that arrived: %w", err)
	}
	return chunks, nil
}

// NoteChunks notes which chunks of a revision have arrived; nil forgets it.
func (s *States) NoteChunks(ctx context.Context, entry, number int64, root cid.Cid, chunks []byte) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM partials WHERE entry_id = ? AND number = ?", entry, number)
		if err == nil && chunks != nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO partials (entry_id, number, root, chunks) VALUES (?, ?, ?, ?)",
				entry, number, root.Bytes(), chunks)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sharing: note chunks: %w", err)
	}
	return nil
}
