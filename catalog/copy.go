package catalog

import (
	"context"
	"fmt"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Copy makes a copy of the entry at from at the path to, in any folder that is there. Files are copied at their newest
// revision. No bytes are copied, but the quota counts them.
func (t *Tree) Copy(ctx context.Context, from, to Path, opts TransferOptions) (entry Entry, err error) {
	err = t.edit(ctx, func(ctx context.Context, e *space.Edit) error {
		source, parent, err := prepareTransfer(ctx, e, from, to, opts, false)
		if err != nil {
			return err
		}
		entry = source
		if entry.Kind == KindFile {
			entry.Revision = 1
		}
		if entry, err = e.Add(ctx, parent, entry, to); err != nil {
			return err
		}
		e.Record(space.ChangeCopy, entry, source)
		if entry.Kind == KindFolder {
			return copyContent(ctx, e, source.ID, entry.ID)
		}
		if err := e.Charge(ctx, entry.Size); err != nil {
			return err
		}
		return e.AddRevision(ctx, entry)
	})
	return entry, err
}

// copyContent fills the new folder with copies of what the old one holds, folder by folder: the database copies the
// rows, a few statements for a folder of any size.
func copyContent(ctx context.Context, e *space.Edit, from, to int64) error {
	type pair struct{ from, to int64 }
	for todo := []pair{{from, to}}; len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if err := copyRows(ctx, e, p.from, p.to); err != nil {
			return fmt.Errorf("catalog: copy folder: %w", err)
		}
		rows, err := e.Tx.QueryContext(ctx, `SELECT o.id, n.id FROM entries o JOIN entries n ON n.parent_id = ? AND n.name = o.name
			WHERE o.parent_id = ? AND o.kind = 0`, p.to, p.from)
		if err != nil {
			return fmt.Errorf("catalog: copy folder: %w", err)
		}
		folders, err := space.Collect(rows, func(p *pair) error { return rows.Scan(&p.from, &p.to) })
		if err != nil {
			return err
		}
		todo = append(todo, folders...)
	}
	return nil
}

// copyRows copies the entries of one folder, and gives the files their first revision.
func copyRows(ctx context.Context, e *space.Edit, from, to int64) error {
	now := database.At(e.Now)
	_, err := e.Tx.ExecContext(ctx, `INSERT INTO entries (space_id, parent_id, kind, name, name_fold, root, size, mtime, exec,
		revision, created, changed, author_id) SELECT space_id, ?, kind, name, name_fold, root, size, mtime, exec, kind, ?, ?, ?
		FROM entries WHERE parent_id = ?`, to, now, now, e.Actor.User, from)
	if err != nil {
		return err
	}
	_, err = e.Tx.ExecContext(ctx, `INSERT INTO revisions (entry_id, number, root, size, mtime, exec, author_id, device_id, created)
		SELECT id, 1, root, size, mtime, exec, ?, ?, ? FROM entries WHERE parent_id = ? AND kind = 1`,
		e.Actor.User, e.Actor.Device, now, to)
	if err != nil {
		return err
	}
	var bytes, files, all int64
	row := e.Tx.QueryRowContext(ctx, "SELECT COALESCE(SUM(size), 0), COALESCE(SUM(kind), 0), COUNT(*) FROM entries WHERE parent_id = ?", to)
	if err := row.Scan(&bytes, &files, &all); err != nil {
		return err
	}
	e.Count(KindFile, files)
	e.Count(KindFolder, all-files)
	return e.Charge(ctx, bytes)
}
