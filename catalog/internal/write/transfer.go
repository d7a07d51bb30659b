package write

import (
	"context"
	"fmt"
	"slices"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/trash"
	"github.com/melissiproject/hive/internal/database"
)

// TransferOptions say how an entry is moved or copied.
type TransferOptions struct {
	Overwrite bool   // what is at the target goes to the trash; without it, that is space.ErrExists
	IfMatch   string // entity tags the source must be at
}

// Move gives the entry at from the path to.
func Move(ctx context.Context, e *space.Edit, from, to space.Path, opts TransferOptions) (space.Entry, error) {
	source, parent, err := prepareTransfer(ctx, e, from, to, opts, true)
	if err != nil || from.String() == to.String() {
		return source, err
	}
	entry := source
	entry.Parent, entry.Name, entry.Path, entry.Changed = parent.ID, to.Name(), to.String(), e.Now
	if err := e.Place(ctx, entry.ID, &parent, to); err != nil {
		return space.Entry{}, err
	}
	e.Record(space.ChangeMove, entry, source)
	if err := e.Stir(ctx, source.Parent); err != nil || source.Parent == parent.ID {
		return entry, err
	}
	return entry, e.Stir(ctx, parent.ID)
}

// prepareTransfer finds the entry at from and the folder that is to hold it, and clears the way.
func prepareTransfer(ctx context.Context, e *space.Edit, from, to space.Path, opts TransferOptions, move bool) (source, parent space.Entry, err error) {
	if source, err = e.Stat(ctx, e.Tx, from); err != nil {
		return space.Entry{}, space.Entry{}, err
	}
	if err := Unchanged(ctx, e.Tx, source, opts.IfMatch); err != nil {
		return space.Entry{}, space.Entry{}, fmt.Errorf("%s: %w", from, err)
	}
	same := from.String() == to.String()
	switch {
	case from.IsRoot() || to.IsRoot(), !same && to.Contains(from), !same && from.Contains(to) && source.Kind == space.KindFolder:
		return space.Entry{}, space.Entry{}, fmt.Errorf("%w: %s to %s", space.ErrIntoItself, from, to)
	case same && !move:
		return space.Entry{}, space.Entry{}, fmt.Errorf("%w: %s", space.ErrExists, to)
	case same:
		return source, space.Entry{}, nil
	}
	if parent, err = e.Folder(ctx, e.Tx, to.Parent()); err != nil {
		return space.Entry{}, space.Entry{}, err
	}
	if to.Depth() > from.Depth() && source.Kind == space.KindFolder {
		if err := e.Fits(ctx, source, to); err != nil {
			return space.Entry{}, space.Entry{}, err
		}
	}
	self := int64(0)
	if move {
		self = source.ID
	}
	if err := e.Vacant(ctx, parent, to.Name(), self); err != nil {
		return space.Entry{}, space.Entry{}, err
	}
	return source, parent, trash.Clear(ctx, e, to, opts.Overwrite)
}

// Copy makes a copy of the entry at from at the path to. Of a mount it gives a space.Crossing.
func Copy(ctx context.Context, e *space.Edit, from, to space.Path, opts TransferOptions) (space.Entry, error) {
	source, parent, err := prepareTransfer(ctx, e, from, to, opts, false)
	if err != nil {
		return space.Entry{}, err
	}
	if source.Target != 0 {
		return space.Entry{}, &space.Crossing{Mount: source}
	}
	return CopyInto(ctx, e, e.Space, source, parent, to)
}

// Apart refuses, between two mounts of one space, what prepareTransfer refuses within one: a target that lies in the source, or that
// holds it. parent is the folder of the path to.
func Apart(ctx context.Context, e *space.Edit, from *space.Space, source, parent space.Entry, to space.Path) error {
	if from.ID != e.ID {
		return nil
	}
	in, err := from.Climb(ctx, e.Tx, []int64{parent.ID})
	if err != nil {
		return err
	}
	holders, err := e.Climb(ctx, e.Tx, []int64{source.ID})
	if err != nil {
		return err
	}
	f, err := e.Lookup(ctx, e.Tx, to)
	if err != nil {
		return err
	}
	if slices.Contains(in[parent.ID].IDs, source.ID) || f.Whole && slices.Contains(holders[source.ID].IDs, f.Entry.ID) {
		return fmt.Errorf("%w: %s to %s", space.ErrIntoItself, source.Path, to)
	}
	return nil
}

// CopyInto makes a copy of an entry of a space in a folder of the edited one.
func CopyInto(ctx context.Context, e *space.Edit, from *space.Space, source, parent space.Entry, to space.Path) (space.Entry, error) {
	entry := source
	entry.Absent, entry.ReadOnly = false, false
	if entry.Kind == space.KindFile {
		entry.Revision = 1
	}
	if from.Replica && source.Kind == space.KindFile {
		if err := held(ctx, e, from, []space.Entry{source}); err != nil {
			return space.Entry{}, err
		}
	}
	entry, err := e.Add(ctx, parent, entry, to)
	if err != nil {
		return space.Entry{}, err
	}
	if from.ID != e.ID { // which does not show in this log
		source.Path = ""
	}
	e.Record(space.ChangeCopy, entry, source)
	if entry.Kind == space.KindFolder {
		return entry, copyContent(ctx, e, from, source.ID, entry.ID)
	}
	if err := e.Charge(ctx, entry.Size); err != nil {
		return space.Entry{}, err
	}
	return entry, e.AddRevision(ctx, entry)
}

// held refuses files whose content is not held.
func held(ctx context.Context, e *space.Edit, from *space.Space, files []space.Entry) error {
	ids := make([]int64, len(files))
	for i, f := range files {
		ids[i] = f.ID
	}
	absent, err := from.AbsentOf(ctx, e.Tx, ids)
	for _, f := range files {
		if absent[f.ID] {
			return fmt.Errorf("%w: %s", space.ErrAbsent, f.Name)
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
			if name, err := space.AbsentIn(ctx, e.Tx, p.from); err != nil {
				return err
			} else if name != "" {
				return fmt.Errorf("%w: %s", space.ErrAbsent, name)
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
	e.Count(space.KindFile, files)
	e.Count(space.KindFolder, all-files)
	return e.Charge(ctx, bytes)
}
