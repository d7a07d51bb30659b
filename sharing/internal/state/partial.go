package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Partials are contents of which a part has arrived, while their files are not here yet.
type Partials struct {
	states *States
	share  ledger.ID
	hive   peer.ID
}

// Partials are those of a received share, or of what a hive proposes to an own one.
func (s *States) Partials(share ledger.ID, proposer peer.ID) Partials {
	return Partials{s, share, proposer}
}

// Chunks returns which chunks of a content have arrived, as bits; nil for none.
func (p Partials) Chunks(ctx context.Context, root cid.Cid) (chunks []byte, err error) {
	err = p.states.db.Read().QueryRowContext(ctx, "SELECT chunks FROM partials WHERE share_id = ? AND hive = ? AND root = ?",
		string(p.share), p.hive.String(), root.Bytes()).Scan(&chunks)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sharing: chunks that arrived: %w", err)
	}
	return chunks, nil
}

// Note notes which chunks of a content have arrived.
func (p Partials) Note(ctx context.Context, root cid.Cid, chunks []byte) error {
	return p.write(ctx, []cid.Cid{root}, chunks)
}

// NoteWhole notes contents of which all has arrived.
func (p Partials) NoteWhole(ctx context.Context, roots []cid.Cid) error {
	return p.write(ctx, roots, []byte{})
}

// Forget forgets contents.
func (p Partials) Forget(ctx context.Context, roots []cid.Cid) error { return p.write(ctx, roots, nil) }

// write replaces what is known of contents; by nothing where chunks is nil.
func (p Partials) write(ctx context.Context, roots []cid.Cid, chunks []byte) error {
	if len(roots) == 0 {
		return nil
	}
	err := p.states.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, root := range roots {
			_, err := tx.ExecContext(ctx, "DELETE FROM partials WHERE share_id = ? AND hive = ? AND root = ?", string(p.share), p.hive.String(), root.Bytes())
			if err == nil && chunks != nil {
				_, err = tx.ExecContext(ctx, "INSERT INTO partials (share_id, hive, root, chunks) VALUES (?, ?, ?, ?)",
					string(p.share), p.hive.String(), root.Bytes(), chunks)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sharing: note what arrived: %w", err)
	}
	return nil
}

// Begun are contents that have come in part and are still waited for, for garbage collection. Of what comes on demand a part is
// worth no space.
func (s *States) Begun(ctx context.Context) ([]cid.Cid, error) {
	roots, err := s.roots(ctx, "SELECT p.root FROM partials p JOIN shares s ON s.id = p.share_id WHERE p.hive <> '' OR s.mode = ?", ledger.Full)
	if err != nil {
		return nil, fmt.Errorf("sharing: contents that have come in part: %w", err)
	}
	return roots, nil
}

// Whole are the contents that NoteWhole noted.
func (p Partials) Whole(ctx context.Context) (map[cid.Cid]bool, error) {
	return p.roots(ctx, " AND LENGTH(chunks) = 0")
}

// All are the contents of which a part has arrived, or all.
func (p Partials) All(ctx context.Context) (map[cid.Cid]bool, error) { return p.roots(ctx, "") }

func (p Partials) roots(ctx context.Context, those string) (map[cid.Cid]bool, error) {
	roots, err := p.states.roots(ctx, "SELECT root FROM partials WHERE share_id = ? AND hive = ?"+those, string(p.share), p.hive.String())
	if err != nil {
		return nil, fmt.Errorf("sharing: contents that arrived: %w", err)
	}
	set := make(map[cid.Cid]bool, len(roots))
	for _, root := range roots {
		set[root] = true
	}
	return set, nil
}
