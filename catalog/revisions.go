package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/internal/database"
)

// Revision is one immutable state of a file.
type Revision struct {
	Number  int64 // from 1, rising by one
	Root    cid.Cid
	Size    int64
	MTime   time.Time
	Exec    bool
	Author  int64
	Device  int64
	Created time.Time // when the hive took it
}

const revisionColumns = "r.number, r.root, r.size, r.mtime, r.exec, r.author_id, r.device_id, r.created"

func (r *Revision) scan(row scanner) error {
	var root []byte
	var mtime, created database.Time
	err := row.Scan(&r.Number, &root, &r.Size, &mtime, &r.Exec, &r.Author, &r.Device, &created)
	if err != nil {
		return err
	}
	r.MTime, r.Created = mtime.Time, created.Time
	r.Root, err = castRoot(root)
	return err
}

// Revisions returns up to limit revisions of the file at path, newest first, older than the number before when that is
// not 0.
func (t *Tree) Revisions(ctx context.Context, path Path, before int64, limit int) ([]Revision, error) {
	db := t.catalog.db.Read()
	e, err := t.statFile(ctx, db, path)
	if err != nil {
		return nil, err
	}
	if before == 0 {
		before = e.Revision + 1
	}
	rows, err := db.QueryContext(ctx, "SELECT "+revisionColumns+` FROM revisions r WHERE r.entry_id = ? AND r.number < ?
		ORDER BY r.number DESC LIMIT ?`, e.ID, before, pageLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("catalog: revisions of %s: %w", path, err)
	}
	return collect(rows, func(r *Revision) error { return r.scan(rows) })
}

// revision returns one revision of an entry, or ErrRevision.
func (t *Tree) revision(ctx context.Context, idb bun.IDB, entry, number int64) (Revision, error) {
	var r Revision
	err := r.scan(idb.QueryRowContext(ctx, "SELECT "+revisionColumns+" FROM revisions r WHERE r.entry_id = ? AND r.number = ?", entry, number))
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, fmt.Errorf("%w: number %d", ErrRevision, number)
	}
	if err != nil {
		return Revision{}, fmt.Errorf("catalog: revision: %w", err)
	}
	return r, nil
}

// rewind makes e what it was at revision number.
func (t *Tree) rewind(ctx context.Context, e *Entry, number int64) error {
	r, err := t.revision(ctx, t.catalog.db.Read(), e.ID, number)
	if err != nil {
		return err
	}
	e.Root, e.Size, e.MTime, e.Exec, e.Revision = r.Root, r.Size, r.MTime, r.Exec, r.Number
	e.Author, e.Changed = r.Author, r.Created
	return nil
}

// RestoreRevision makes the content of an older revision the newest one, as a new revision.
func (t *Tree) RestoreRevision(ctx context.Context, path Path, number int64) (entry Entry, err error) {
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		if entry, err = e.statFile(ctx, e.tx, path); err != nil {
			return err
		}
		r, err := e.revision(ctx, e.tx, entry.ID, number)
		if err != nil {
			return err
		}
		file := blockstore.File{Root: r.Root, Size: r.Size}
		entry, err = e.replace(ctx, entry, file, PutOptions{MTime: r.MTime, Exec: &r.Exec})
		return err
	})
	return entry, err
}

// DeleteRevision forgets an older revision. The newest one is the file itself and gives ErrRevision.
func (t *Tree) DeleteRevision(ctx context.Context, path Path, number int64) error {
	return t.edit(ctx, func(ctx context.Context, e *edit) error {
		entry, err := e.statFile(ctx, e.tx, path)
		if err != nil {
			return err
		}
		if number == entry.Revision {
			return fmt.Errorf("%w: %d is the newest, delete the file instead", ErrRevision, number)
		}
		r, err := e.revision(ctx, e.tx, entry.ID, number)
		if err != nil {
			return err
		}
		return e.dropRevision(ctx, entry.ID, r)
	})
}

func (e *edit) dropRevision(ctx context.Context, entry int64, r Revision) error {
	_, err := e.tx.ExecContext(ctx, "DELETE FROM revisions WHERE entry_id = ? AND number = ?", entry, r.Number)
	if err != nil {
		return fmt.Errorf("catalog: delete revision: %w", err)
	}
	e.used -= r.Size
	return nil
}

// Roots lists the root of every revision there is, the trash included: all that garbage collection must keep. It reads
// in the order of row numbers, which only rise, so a root that gets a new row while it runs is met again at the end.
func (c *Catalog) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	type row struct {
		id   int64
		root cid.Cid
	}
	return func(yield func(cid.Cid, error) bool) {
		for last := int64(0); ; {
			rows, err := c.db.Read().QueryContext(ctx, "SELECT id, root FROM revisions WHERE id > ? ORDER BY id LIMIT 1000", last)
			if err != nil {
				yield(cid.Undef, fmt.Errorf("catalog: list roots: %w", err))
				return
			}
			page, err := collect(rows, func(r *row) (err error) {
				var root []byte
				if err := rows.Scan(&r.id, &root); err != nil {
					return err
				}
				r.root, err = cid.Cast(root)
				return err
			})
			if err != nil {
				yield(cid.Undef, err)
				return
			}
			for _, r := range page {
				if !yield(r.root, nil) {
					return
				}
				last = r.id
			}
			if len(page) == 0 {
				return
			}
		}
	}
}
