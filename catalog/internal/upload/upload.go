// Package upload is files that come chunk by chunk: which chunks a user has sent, and lists of chunks that are to become a file.
//
// It owns the table of uploads, how long they stay, and what a list must fulfil. It does not own how a file is named, nor
// what a user may read.
package upload

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/part"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Kept is how long a chunk waits to become part of a file.
const Kept = 24 * time.Hour

// inList is how many chunks one query names.
const inList = 500

// Uploads are the chunks that one user has sent.
type Uploads struct {
	DB   *database.DB
	User int64
}

func digest(c cid.Cid) []byte { return c.Hash()[2:] }

func since(now time.Time) database.Time { return database.At(now.Add(-Kept)) }

// Note notes a chunk whose block is safe, or that it was sent again.
func (u Uploads) Note(ctx context.Context, c cid.Cid, size int64, room part.Room) error {
	err := u.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := time.Now()
		if _, err := tx.ExecContext(ctx, "DELETE FROM uploads WHERE user_id = ? AND (digest = ? OR created < ?)", u.User, digest(c), since(now)); err != nil {
			return fmt.Errorf("catalog: note chunk: %w", err)
		}
		if _, err := room.For(ctx, tx, size, 0); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO uploads (user_id, digest, size, created) VALUES (?, ?, ?, ?)",
			u.User, digest(c), size, database.At(now))
		if err != nil {
			return fmt.Errorf("catalog: note chunk: %w", err)
		}
		return nil
	})
	if database.IsUnique(err) { // another request noted it at this moment
		return nil
	}
	return err
}

// Sizes gives the sizes of those of the chunks that the user has sent.
func (u Uploads) Sizes(ctx context.Context, chunks []cid.Cid) (map[cid.Cid]int64, error) {
	found := make(map[cid.Cid]int64)
	for part := range slices.Chunk(chunks, inList) {
		rows, err := u.DB.Read().QueryContext(ctx, "SELECT digest, size FROM uploads WHERE user_id = ? AND created >= ? AND digest IN (?)",
			u.User, since(time.Now()), bun.List(digests(part)))
		if err != nil {
			return nil, fmt.Errorf("catalog: chunks: %w", err)
		}
		if _, err := space.Collect(rows, func(*struct{}) error {
			var key []byte
			var size int64
			err := rows.Scan(&key, &size)
			found[raw(key)] = size
			return err
		}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Forget drops chunks that have become part of a file.
func (u Uploads) Forget(ctx context.Context, chunks []cid.Cid) error {
	return u.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(chunks, inList) {
			if _, err := tx.ExecContext(ctx, "DELETE FROM uploads WHERE user_id = ? AND digest IN (?)", u.User, bun.List(digests(part))); err != nil {
				return fmt.Errorf("catalog: forget chunks: %w", err)
			}
		}
		return nil
	})
}

func digests(chunks []cid.Cid) [][]byte {
	keys := make([][]byte, len(chunks))
	for i, c := range chunks {
		keys[i] = digest(c)
	}
	return keys
}

// raw is the CID of a chunk.
func raw(sum []byte) cid.Cid {
	return cid.NewCidV1(cid.Raw, append(mh.Multihash{mh.SHA2_256, byte(len(sum))}, sum...))
}

// All lists the chunks that wait for anyone, for garbage collection.
func All(ctx context.Context, db *database.DB) iter.Seq2[cid.Cid, error] {
	type row struct {
		user int64
		key  []byte
	}
	return func(yield func(cid.Cid, error) bool) {
		for last := (row{key: []byte{}}); ; {
			rows, err := db.Read().QueryContext(ctx, `SELECT user_id, digest FROM uploads WHERE user_id > ? OR (user_id = ? AND digest > ?)
				ORDER BY user_id, digest LIMIT 1000`, last.user, last.user, last.key)
			if err != nil {
				yield(cid.Undef, fmt.Errorf("catalog: list chunks: %w", err))
				return
			}
			page, err := space.Collect(rows, func(r *row) error { return rows.Scan(&r.user, &r.key) })
			if err != nil {
				yield(cid.Undef, err)
				return
			}
			for _, r := range page {
				if last = r; !yield(raw(r.key), nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// Expire forgets the chunks that have waited long enough.
func Expire(ctx context.Context, db *database.DB, now time.Time) error {
	return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM uploads WHERE created < ?", since(now)); err != nil {
			return fmt.Errorf("catalog: expire chunks: %w", err)
		}
		return nil
	})
}
