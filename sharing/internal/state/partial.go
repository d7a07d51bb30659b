package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

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
	return p.chunks(ctx, p.states.db.Read(), root)
}

func (p Partials) chunks(ctx context.Context, idb bun.IDB, root cid.Cid) (chunks []byte, err error) {
	err = idb.QueryRowContext(ctx, "SELECT chunks FROM partials WHERE share_id = ? AND hive = ? AND root = ?",
		string(p.share), p.hive.String(), root.Bytes()).Scan(&chunks)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sharing: chunks that arrived: %w", err)
	}
	return chunks, nil
}

// Note notes chunks of a content that have arrived, beside those that were noted before: it may be read while it comes.
func (p Partials) Note(ctx context.Context, root cid.Cid, chunks []byte) error {
	return p.write(ctx, []cid.Cid{root}, func(before []byte) []byte {
		all := slices.Clone(chunks)
		for i, bits := range before {
			if len(before) == len(all) {
				all[i] |= bits
			}
		}
		return all
	})
}

// NoteWhole notes contents of which all has arrived.
func (p Partials) NoteWhole(ctx context.Context, roots []cid.Cid) error {
	return p.write(ctx, roots, func([]byte) []byte { return []byte{} })
}

// Forget forgets contents.
func (p Partials) Forget(ctx context.Context, roots []cid.Cid) error {
	return p.write(ctx, roots, func([]byte) []byte { return nil })
}

// write changes what is known of contents; nil is nothing.
func (p Partials) write(ctx context.Context, roots []cid.Cid, change func(before []byte) []byte) error {
	if len(roots) == 0 {
		return nil
	}
	err := p.states.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, root := range roots {
			before, err := p.chunks(ctx, tx, root)
			if err == nil {
				err = p.replace(ctx, tx, root, change(before))
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

func (p Partials) replace(ctx context.Context, tx bun.Tx, root cid.Cid, chunks []byte) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM partials WHERE share_id = ? AND hive = ? AND root = ?", string(p.share), p.hive.String(), root.Bytes())
	if err == nil && chunks != nil {
		_, err = tx.ExecContext(ctx, "INSERT INTO partials (share_id, hive, root, chunks) VALUES (?, ?, ?, ?)",
			string(p.share), p.hive.String(), root.Bytes(), chunks)
	}
	return err
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

// Some gives contents of which something has arrived, with the chunks as bits, none where that is all: not more than most.
func (p Partials) Some(ctx context.Context, most int) (some map[cid.Cid][]byte, err error) {
	rows, err := p.states.db.Read().QueryContext(ctx, "SELECT root, chunks FROM partials WHERE share_id = ? AND hive = ? LIMIT ?",
		string(p.share), p.hive.String(), most)
	if err != nil {
		return nil, fmt.Errorf("sharing: contents that arrived: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	some = make(map[cid.Cid][]byte)
	for rows.Next() {
		var root, chunks []byte
		if err := rows.Scan(&root, &chunks); err != nil {
			return nil, fmt.Errorf("sharing: contents that arrived: %w", err)
		}
		some[castRoot(root)] = chunks
	}
	return some, rows.Err()
}
