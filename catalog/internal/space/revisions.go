package space

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

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

func (r *Revision) scan(row Scanner) error {
	var root []byte
	var mtime, created database.Time
	err := row.Scan(&r.Number, &root, &r.Size, &mtime, &r.Exec, &r.Author, &r.Device, &created)
	if err != nil {
		return err
	}
	r.MTime, r.Created = mtime.Time, created.Time
	r.Root, err = CastRoot(root)
	return err
}

// Revision returns one revision of an entry, or ErrRevision.
func (s *Space) Revision(ctx context.Context, idb bun.IDB, entry, number int64) (Revision, error) {
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

// Revisions returns up to limit revisions of an entry below the number before, newest first.
func (s *Space) Revisions(ctx context.Context, entry, before int64, limit int) ([]Revision, error) {
	rows, err := s.Read().QueryContext(ctx, "SELECT "+revisionColumns+` FROM revisions r WHERE r.entry_id = ? AND r.number < ?
		ORDER BY r.number DESC LIMIT ?`, entry, before, limit)
	if err != nil {
		return nil, fmt.Errorf("catalog: revisions: %w", err)
	}
	return Collect(rows, func(r *Revision) error { return r.scan(rows) })
}

// AddRevision writes the newest state of a file into its history.
func (e *Edit) AddRevision(ctx context.Context, entry Entry) error {
	_, err := e.tables.sql.addRevision.Exec(ctx, e.Tx, entry.ID, entry.Revision, RootBytes(entry.Root), entry.Size,
		database.At(entry.MTime), entry.Exec, e.Actor.User, e.Actor.Device, database.At(e.Now))
	if err != nil {
		return fmt.Errorf("catalog: add revision of %s: %w", entry.Path, err)
	}
	return nil
}

// DropRevision forgets a revision.
func (e *Edit) DropRevision(ctx context.Context, entry int64, r Revision) error {
	_, err := e.Tx.ExecContext(ctx, "DELETE FROM revisions WHERE entry_id = ? AND number = ?", entry, r.Number)
	if err != nil {
		return fmt.Errorf("catalog: delete revision: %w", err)
	}
	e.usage.Used -= r.Size
	return nil
}

// DeleteEntries deletes rows of files or of empty folders, with their revisions.
func (e *Edit) DeleteEntries(ctx context.Context, ids []int64) error {
	var bytes, files, all int64
	row := e.Tx.QueryRowContext(ctx, "SELECT COALESCE(SUM(size), 0) FROM revisions WHERE entry_id IN (?)", bun.List(ids))
	if err := row.Scan(&bytes); err != nil {
		return fmt.Errorf("catalog: delete entries: %w", err)
	}
	row = e.Tx.QueryRowContext(ctx, "SELECT COALESCE(SUM(kind), 0), COUNT(*) FROM entries WHERE id IN (?)", bun.List(ids))
	if err := row.Scan(&files, &all); err != nil {
		return fmt.Errorf("catalog: delete entries: %w", err)
	}
	e.Count(KindFile, -files)
	e.Count(KindFolder, files-all)
	for _, query := range []string{"DELETE FROM revisions WHERE entry_id IN (?)", "DELETE FROM entries WHERE id IN (?)"} {
		if _, err := e.Tx.ExecContext(ctx, query, bun.List(ids)); err != nil {
			return fmt.Errorf("catalog: delete entries: %w", err)
		}
	}
	e.usage.Used -= bytes
	return nil
}
