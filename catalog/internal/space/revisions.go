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
	Label   string    // who wrote it, where that was no user of this hive
	Absent  bool      // content not held here
}

const revisionColumns = "r.number, r.root, r.size, r.mtime, r.exec, r.author_id, r.device_id, r.created, COALESCE(r.label, '')"

func (r *Revision) scan(row Scanner) error {
	var root []byte
	var mtime, created database.Time
	err := row.Scan(&r.Number, &root, &r.Size, &mtime, &r.Exec, &r.Author, &r.Device, &created, &r.Label)
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

// AddRevision writes the newest states of files into their history.
func (e *Edit) AddRevision(ctx context.Context, files ...Entry) error {
	var args []any
	for _, f := range files {
		args = append(args, f.ID, f.Revision, RootBytes(f.Root), f.Size, database.At(f.MTime), f.Exec, e.Actor.User,
			e.Actor.Device, database.At(e.Now), e.Actor.label())
	}
	if err := e.tables.sql.addRevision.Exec(ctx, e.Tx, args); err != nil {
		return fmt.Errorf("catalog: add revision of %s: %w", files[0].Path, err) // there is none without a file
	}
	return nil
}

// Supersede goes before AddRevision: a revision whose content was never here is no history, and goes with the next.
func Supersede(ctx context.Context, e *Edit, entries []int64) error {
	if !e.Replica || len(entries) == 0 {
		return nil
	}
	for _, query := range []string{
		`DELETE FROM revisions WHERE entry_id IN (?) AND EXISTS (SELECT 1 FROM contents c WHERE c.entry_id = revisions.entry_id
			AND c.number = revisions.number AND c.held = ?)`,
		"DELETE FROM contents WHERE entry_id IN (?) AND held = ?",
	} {
		if _, err := e.Tx.ExecContext(ctx, query, bun.List(entries), false); err != nil {
			return fmt.Errorf("catalog: supersede revisions: %w", err)
		}
	}
	return nil
}

// DropRevision forgets a revision.
func (e *Edit) DropRevision(ctx context.Context, entry int64, r Revision) error {
	held, err := isHeld(ctx, e, entry, r.Number)
	if err != nil {
		return err
	}
	if _, err := e.Tx.ExecContext(ctx, "DELETE FROM revisions WHERE entry_id = ? AND number = ?", entry, r.Number); err != nil {
		return fmt.Errorf("catalog: delete revision: %w", err)
	}
	if held {
		e.usage.Used -= r.Size
	}
	if !e.Replica {
		return nil
	}
	if _, err := e.Tx.ExecContext(ctx, "DELETE FROM contents WHERE entry_id = ? AND number = ?", entry, r.Number); err != nil {
		return fmt.Errorf("catalog: delete revision: %w", err)
	}
	return nil
}

// isHeld tells whether the content of a revision is here, and counted.
func isHeld(ctx context.Context, e *Edit, entry, number int64) (bool, error) {
	if !e.Replica {
		return true, nil
	}
	var absent int
	row := e.Tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM contents WHERE entry_id = ? AND number = ? AND held = ?", entry, number, false)
	if err := row.Scan(&absent); err != nil {
		return false, fmt.Errorf("catalog: content of a revision: %w", err)
	}
	return absent == 0, nil
}

// heldBytes sums up the revisions of entries whose content is here.
func heldBytes(ctx context.Context, e *Edit, ids []int64) (bytes int64, err error) {
	query, args := "SELECT COALESCE(SUM(r.size), 0) FROM revisions r WHERE r.entry_id IN (?)", []any{bun.List(ids)}
	if e.Replica {
		query += ` AND NOT EXISTS (SELECT 1 FROM contents c WHERE c.entry_id = r.entry_id AND c.number = r.number AND c.held = ?)`
		args = append(args, false)
	}
	err = e.Tx.QueryRowContext(ctx, query, args...).Scan(&bytes)
	return bytes, err
}

// DeleteEntries deletes rows of files or of empty folders, with their revisions.
func (e *Edit) DeleteEntries(ctx context.Context, ids []int64) error {
	if err := dropMounts(ctx, e, ids); err != nil {
		return err
	}
	bytes, err := heldBytes(ctx, e, ids)
	if err != nil {
		return fmt.Errorf("catalog: delete entries: %w", err)
	}
	var files, all int64
	row := e.Tx.QueryRowContext(ctx, "SELECT COALESCE(SUM(kind), 0), COUNT(*) FROM entries WHERE id IN (?)", bun.List(ids))
	if err := row.Scan(&files, &all); err != nil {
		return fmt.Errorf("catalog: delete entries: %w", err)
	}
	e.Count(KindFile, -files)
	e.Count(KindFolder, files-all)
	queries := []string{"DELETE FROM revisions WHERE entry_id IN (?)", "DELETE FROM entries WHERE id IN (?)"}
	if e.Replica {
		queries = append(queries, "DELETE FROM contents WHERE entry_id IN (?)")
	}
	for _, query := range queries {
		if _, err := e.Tx.ExecContext(ctx, query, bun.List(ids)); err != nil {
			return fmt.Errorf("catalog: delete entries: %w", err)
		}
	}
	e.usage.Used -= bytes
	return nil
}
