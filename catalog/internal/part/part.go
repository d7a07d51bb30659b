// Package part is the table of files that come in parts: how much of each has come, how long it stays, and what room is left
// beside all that waits.
//
// It does not own how parts become a file, which is package catalog/parts.
package part

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/write"
	"github.com/melissiproject/hive/internal/database"
)

// ErrMany refuses one more unfinished upload.
var ErrMany = errors.New("catalog: too many unfinished uploads")

// Kept is how long an upload waits for its next part; one that is done is remembered as long.
const Kept = 3 * 24 * time.Hour

// most is how many unfinished uploads a user may have.
const most = 1000

// Part is a file that comes in parts.
type Part struct {
	ID       string
	Path     string // in the home of its user
	Options  write.PutOptions
	Length   int64 // bytes that are to come
	Received int64 // bytes that are safe
	Root     cid.Cid
	Entry    int64  // the file, once all is there
	Metadata string // of the client
	Created  time.Time
	Expires  time.Time
}

// File is what has come.
func (p Part) File() blockstore.File { return blockstore.File{Root: p.Root, Size: p.Received} }

// Parts are those of one user.
type Parts struct {
	DB   *database.DB
	User int64
}

// Begin notes a new upload and numbers it.
func (s Parts) Begin(ctx context.Context, p Part) (Part, error) {
	p.ID = rand.Text()
	now := time.Now()
	p.Created, p.Expires = now, now.Add(Kept)
	if o := &p.Options; !o.MTime.IsZero() {
		o.MTime = space.Sane(o.MTime)
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var count int
		row := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM parts WHERE user_id = ? AND entry_id IS NULL", s.User)
		if err := row.Scan(&count); err != nil {
			return err
		}
		if count >= most {
			return fmt.Errorf("%w: %d", ErrMany, count)
		}
		o := p.Options
		_, err := tx.ExecContext(ctx, `INSERT INTO parts (id, user_id, path, length, received, mtime, exec, parents, if_match,
			if_none_match, metadata, created, expires) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, s.User, p.Path, p.Length,
			database.At(o.MTime), o.Exec, o.Parents, o.IfMatch, o.IfNoneMatch, p.Metadata, database.At(p.Created), database.At(p.Expires))
		return err
	})
	if err != nil {
		return Part{}, fmt.Errorf("catalog: begin upload: %w", err)
	}
	return p, nil
}

const columns = "id, path, length, received, root, entry_id, mtime, exec, parents, if_match, if_none_match, metadata, created, expires"

func scan(row interface{ Scan(...any) error }, p *Part) (err error) {
	var root []byte
	var entry sql.NullInt64
	var exec sql.NullBool
	var mtime, created, expires database.Time
	o := &p.Options
	if err := row.Scan(&p.ID, &p.Path, &p.Length, &p.Received, &root, &entry, &mtime, &exec, &o.Parents, &o.IfMatch, &o.IfNoneMatch,
		&p.Metadata, &created, &expires); err != nil {
		return err
	}
	if exec.Valid {
		o.Exec = &exec.Bool
	}
	p.Entry, o.MTime, p.Created, p.Expires = entry.Int64, mtime.Time, created.Time, expires.Time
	p.Root, err = space.CastRoot(root)
	return err
}

// Get is an upload, or space.ErrNotFound.
func (s Parts) Get(ctx context.Context, id string) (p Part, err error) {
	row := s.DB.Read().QueryRowContext(ctx, "SELECT "+columns+" FROM parts WHERE id = ? AND user_id = ? AND expires > ?", id, s.User, database.Now())
	if err = scan(row, &p); errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: upload", space.ErrNotFound)
	}
	return p, err
}

// List is up to limit unfinished uploads after the one named, in no order that means something.
func (s Parts) List(ctx context.Context, after string, limit int) ([]Part, error) {
	rows, err := s.DB.Read().QueryContext(ctx, "SELECT "+columns+` FROM parts WHERE user_id = ? AND id > ? AND entry_id IS NULL AND expires > ?
		ORDER BY id LIMIT ?`, s.User, after, database.Now(), limit)
	if err != nil {
		return nil, fmt.Errorf("catalog: list uploads: %w", err)
	}
	return space.Collect(rows, func(p *Part) error { return scan(rows, p) })
}

// Keep notes that file is what has come of p, and safe.
func (s Parts) Keep(ctx context.Context, p Part, file blockstore.File, room Room) (Part, error) {
	expires := time.Now().Add(Kept)
	err := s.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := room.For(ctx, tx, file.Size, p.Received); err != nil {
			return err
		}
		return s.step(ctx, tx, p, "received = ?, root = ?, expires = ?", file.Size, space.RootBytes(file.Root), database.At(expires))
	})
	if err != nil {
		return p, err
	}
	p.Received, p.Root, p.Expires = file.Size, file.Root, expires
	return p, nil
}

// Done notes that entry is the file. It belongs into the transaction that names it.
func (s Parts) Done(ctx context.Context, tx bun.Tx, p Part, entry int64) error {
	return s.step(ctx, tx, p, "received = length, root = NULL, entry_id = ?, expires = ?", entry, database.At(time.Now().Add(Kept)))
}

// step changes the row of p where it is as p says.
func (s Parts) step(ctx context.Context, tx bun.Tx, p Part, set string, args ...any) error {
	result, err := tx.ExecContext(ctx, "UPDATE parts SET "+set+" WHERE id = ? AND user_id = ? AND received = ? AND entry_id IS NULL",
		append(args, p.ID, s.User, p.Received)...)
	if err != nil {
		return fmt.Errorf("catalog: note upload: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("%w: upload", space.ErrNotFound), err)
	}
	return nil
}

// Drop forgets an upload, or gives space.ErrNotFound.
func (s Parts) Drop(ctx context.Context, id string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM parts WHERE id = ? AND user_id = ?", id, s.User)
		if err != nil {
			return fmt.Errorf("catalog: drop upload: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(fmt.Errorf("%w: upload", space.ErrNotFound), err)
		}
		return nil
	})
}

// Roots lists what has come of all uploads, for garbage collection.
func Roots(ctx context.Context, db *database.DB) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for last := ""; ; {
			rows, err := db.Read().QueryContext(ctx, "SELECT "+columns+" FROM parts WHERE id > ? AND root IS NOT NULL ORDER BY id LIMIT 500", last)
			if err != nil {
				yield(cid.Undef, fmt.Errorf("catalog: list uploads: %w", err))
				return
			}
			page, err := space.Collect(rows, func(p *Part) error { return scan(rows, p) })
			if err != nil {
				yield(cid.Undef, err)
				return
			}
			for _, p := range page {
				if last = p.ID; !yield(p.Root, nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// Expire forgets the uploads that have waited long enough.
func Expire(ctx context.Context, db *database.DB, now time.Time) error {
	return db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM parts WHERE expires <= ?", database.At(now)); err != nil {
			return fmt.Errorf("catalog: expire uploads: %w", err)
		}
		return nil
	})
}
