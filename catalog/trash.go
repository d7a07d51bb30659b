package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// Trashed is an entry in the trash, with all it held.
type Trashed struct {
	ID      int64 // of this stay in the trash
	Entry   int64
	Path    string // where it was
	Name    string
	Kind    Kind
	Size    int64 // bytes of the content; 0 for a folder
	Deleted time.Time
	By      int64 // user
	parent  int64 // folder it was in
}

// RemoveOptions are the conditions of a removal.
type RemoveOptions struct {
	IfMatch string
}

// Remove moves the entry at path into the trash, with all its revisions and, for a folder, all it holds. Any size is
// instant. The root gives ErrPath.
func (t *Tree) Remove(ctx context.Context, path Path, opts RemoveOptions) (trashed Trashed, err error) {
	if path.IsRoot() {
		return Trashed{}, fmt.Errorf("%w: the root cannot be deleted", ErrPath)
	}
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		entry, err := e.stat(ctx, e.tx, path)
		if err != nil {
			return err
		}
		if err := expect(entry, true, opts.IfMatch, ""); err != nil {
			return fmt.Errorf("remove %s: %w", path, err)
		}
		trashed, err = e.discard(ctx, entry)
		return err
	})
	return trashed, err
}

// discard moves an entry into the trash. Only its own row changes.
func (e *edit) discard(ctx context.Context, entry Entry) (Trashed, error) {
	t := Trashed{
		Entry: entry.ID, Path: entry.Path, Name: entry.Name, Kind: entry.Kind, Size: entry.Size, Deleted: e.now,
		By: e.actor.User, parent: entry.Parent,
	}
	_, err := e.tx.ExecContext(ctx, "UPDATE entries SET parent_id = NULL, changed = ? WHERE id = ?", database.At(e.now), entry.ID)
	if err != nil {
		return Trashed{}, fmt.Errorf("catalog: remove %s: %w", entry.Path, err)
	}
	t.ID, err = e.catalog.insert(ctx, e.tx, `INSERT INTO trash (space_id, entry_id, parent_id, path, deleted, deleted_by, purging)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, e.space, entry.ID, entry.Parent, entry.Path, database.At(e.now), e.actor.User, false)
	if err != nil {
		return Trashed{}, fmt.Errorf("catalog: remove %s: %w", entry.Path, err)
	}
	e.record(ChangeDelete, entry, "")
	return t, e.stir(ctx, entry.Parent)
}

const trashColumns = "t.id, t.entry_id, t.path, e.name, e.kind, e.size, t.deleted, t.deleted_by, t.parent_id"

func (t *Trashed) scan(row scanner) error {
	var kind int
	var deleted database.Time
	err := row.Scan(&t.ID, &t.Entry, &t.Path, &t.Name, &kind, &t.Size, &deleted, &t.By, &t.parent)
	t.Kind, t.Deleted = kindOf(kind), deleted.Time
	return err
}

// Trash returns up to limit entries of the trash, the latest first, older than the number before when that is not 0.
func (t *Tree) Trash(ctx context.Context, before int64, limit int) ([]Trashed, error) {
	query := "SELECT " + trashColumns + " FROM trash t JOIN entries e ON e.id = t.entry_id WHERE t.space_id = ? AND t.purging = ?"
	args := []any{t.space, false}
	if before != 0 {
		query, args = query+" AND t.id < ?", append(args, before)
	}
	rows, err := t.catalog.db.Read().QueryContext(ctx, query+" ORDER BY t.id DESC LIMIT ?", append(args, pageLimit(limit))...)
	if err != nil {
		return nil, fmt.Errorf("catalog: list trash: %w", err)
	}
	return collect(rows, func(t *Trashed) error { return t.scan(rows) })
}

// trashed returns one entry of the trash.
func (t *Tree) trashed(ctx context.Context, idb bun.IDB, id int64) (Trashed, error) {
	var found Trashed
	err := found.scan(idb.QueryRowContext(ctx, "SELECT "+trashColumns+` FROM trash t JOIN entries e ON e.id = t.entry_id
		WHERE t.space_id = ? AND t.id = ? AND t.purging = ?`, t.space, id, false))
	if errors.Is(err, sql.ErrNoRows) {
		return Trashed{}, fmt.Errorf("%w: number %d in the trash", ErrNotFound, id)
	}
	if err != nil {
		return Trashed{}, fmt.Errorf("catalog: trash: %w", err)
	}
	return found, nil
}

// RestoreTrash takes an entry out of the trash: to the path to, which must be free, or back to where it was. Then a name
// that is taken becomes "name (restored).ext", and folders that are gone are made again.
func (t *Tree) RestoreTrash(ctx context.Context, id int64, to *Path) (entry Entry, err error) {
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		trashed, err := e.trashed(ctx, e.tx, id)
		if err != nil {
			return err
		}
		parent, target, err := e.restoreTarget(ctx, trashed, to)
		if err != nil {
			return err
		}
		entry, err = e.restore(ctx, trashed, parent, target)
		return err
	})
	return entry, err
}

// restoreTarget chooses the folder and the path of an entry that comes back.
func (e *edit) restoreTarget(ctx context.Context, trashed Trashed, to *Path) (Entry, Path, error) {
	if to != nil {
		if to.IsRoot() {
			return Entry{}, Path{}, fmt.Errorf("%w: %s", ErrExists, to)
		}
		parent, err := e.statFolder(ctx, e.tx, to.Parent())
		if err != nil {
			return Entry{}, Path{}, err
		}
		return parent, *to, e.clear(ctx, *to, false)
	}
	above, err := e.oldFolder(ctx, trashed)
	if err != nil {
		return Entry{}, Path{}, err
	}
	parent, err := e.folders(ctx, above, true)
	if errors.Is(err, ErrNotFolder) { // a file has taken the place of a folder above
		above = Path{}
		parent, err = e.folders(ctx, above, true)
	}
	if err != nil {
		return Entry{}, Path{}, err
	}
	target, err := e.freeName(ctx, above, trashed)
	return parent, target, err
}

// oldFolder is the path of the folder that held the entry: where that folder is now, or else where it was.
func (e *edit) oldFolder(ctx context.Context, trashed Trashed) (Path, error) {
	paths, err := e.paths(ctx, e.tx, []int64{trashed.parent})
	if err != nil {
		return Path{}, err
	}
	where, alive := paths[trashed.parent]
	if !alive {
		where = path.Dir(trashed.Path)
	}
	return ParsePath(where)
}

// freeName returns the path of a name in folder that nothing has, like the one of the entry.
func (e *edit) freeName(ctx context.Context, folder Path, trashed Trashed) (Path, error) {
	stem, extension := trashed.Name, ""
	if trashed.Kind == KindFile {
		extension = path.Ext(stem)
		stem = strings.TrimSuffix(stem, extension)
	}
	if stem == "" {
		stem, extension = extension, ""
	}
	for n := 0; ; n++ {
		name := trashed.Name
		if n > 0 {
			name = suffixed(stem, extension, n)
		}
		target := folder.child(name)
		f, err := e.lookup(ctx, e.tx, target)
		if err != nil || f.depth < len(target.names) {
			return target, err
		}
	}
}

// suffixed is "stem (restored 2).ext", the stem cut where that would be too long.
func suffixed(stem, extension string, n int) string {
	mark := " (restored)" + extension
	if n > 1 {
		mark = fmt.Sprintf(" (restored %d)%s", n, extension)
	}
	if room := maxName - len(mark); len(stem) > room {
		stem = strings.ToValidUTF8(stem[:max(room, 0)], "")
	}
	return stem + mark
}

// restore puts an entry into a folder again.
func (e *edit) restore(ctx context.Context, trashed Trashed, parent Entry, target Path) (entry Entry, err error) {
	if err := e.vacant(ctx, parent, target.Name(), trashed.Entry); err != nil {
		return Entry{}, err
	}
	_, err = e.tx.ExecContext(ctx, "UPDATE entries SET parent_id = ?, name = ?, name_fold = ?, changed = ? WHERE id = ?",
		parent.ID, target.Name(), fold(target.Name()), database.At(e.now), trashed.Entry)
	if err == nil {
		_, err = e.tx.ExecContext(ctx, "DELETE FROM trash WHERE id = ?", trashed.ID)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("catalog: restore %s: %w", target, err)
	}
	if entry, err = e.stat(ctx, e.tx, target); err != nil {
		return Entry{}, err
	}
	e.record(ChangeRestore, entry, "")
	return entry, e.stir(ctx, parent.ID)
}
