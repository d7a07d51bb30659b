package catalog

import (
	"context"
	"fmt"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Copy makes a copy of the entry at from at the path to, in any folder that is there. Files are copied at their newest
// revision. No bytes are copied, but the quota counts them. Content that is not held gives ErrAbsent. What is mounted in a
// folder is not copied with it.
func (t *Tree) Copy(ctx context.Context, from, to Path, opts TransferOptions) (Entry, error) {
	return transfer{from, to, opts, false}.run(ctx, t)
}

func duplicate(ctx context.Context, e *space.Edit, from, to Path, opts TransferOptions) (Entry, error) {
	source, parent, err := prepareTransfer(ctx, e, from, to, opts, false)
	if err != nil {
		return Entry{}, err
	}
	if source.Target != 0 {
		return Entry{}, &space.Crossing{Mount: source}
	}
	return copyInto(ctx, e, e.Space, source, parent, to)
}

// copyInto makes a copy of an entry of a space in a folder of the edited one.
func copyInto(ctx context.Context, e *space.Edit, from *space.Space, source, parent Entry, to Path) (Entry, error) {
	entry := source
	entry.Absent, entry.ReadOnly = false, false
	if entry.Kind == KindFile {
		entry.Revision = 1
	}
	if from.Replica && source.Kind == KindFile {
		if err := held(ctx, e, from, []Entry{source}); err != nil {
			return Entry{}, err
		}
	}
	entry, err := e.Add(ctx, parent, entry, to)
	if err != nil {
		return Entry{}, err
	}
	if from.ID != e.ID { // which does not show in this log
		source.Path = ""
	}
	e.Record(space.ChangeCopy, entry, source)
	if entry.Kind == KindFolder {
		return entry, copyContent(ctx, e, from, source.ID, entry.ID)
	}
	if err := e.Charge(ctx, entry.Size); err != nil {
		return Entry{}, err
	}
	return entry, e.AddRevision(ctx, entry)
}

// held refuses files whose content is not held.
func held(ctx context.Context, e *space.Edit, from *space.Space, files []Entry) error {
	ids := make([]int64, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	absent, err := from.AbsentOf(ctx, e.Tx, ids)
	for _, f := range files {
		if absent[f.ID] {
			return fmt.Errorf("%w: %s", ErrAbsent, f.Name)
		}
	}
	return err
}

// copyContent fills the new folder with copies of what the old one holds, folder by folder: the database copies the
// rows, a few statements for a folder of any size.
func copyContent(ctx context.Context, e *space.Edit, source *space.Space, from, to int64) error {
	type pair struct{ from, to int64 }
	for todo := []pair{{from, to}}; len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if source.Replica {
			if name, err := space.AbsentIn(ctx, source, e.Tx, p.from); err != nil {
				return err
			} else if name != "" {
				return fmt.Errorf("%w: %s", ErrAbsent, name)
			}
		}
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
		revision, created, changed, author_id) SELECT ?, ?, kind, name, name_fold, root, size, mtime, exec, kind, ?, ?, ?
		FROM entries WHERE parent_id = ? AND target_id IS NULL`, e.ID, to, now, now, e.Actor.User, from)
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
