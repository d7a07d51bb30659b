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

	"github.com/melissiproject/hive/catalog/internal/space"
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
	err = t.edit(ctx, func(ctx context.Context, e *space.Edit) error {
		entry, err := e.Stat(ctx, e.Tx, path)
		if err != nil {
			return err
		}
		if err := expect(entry, true, opts.IfMatch, ""); err != nil {
			return fmt.Errorf("remove %s: %w", path, err)
		}
		trashed, err = discard(ctx, e, entry)
		return err
	})
	return trashed, err
}

// discard moves an entry into the trash. Only its own row changes.
func discard(ctx context.Context, e *space.Edit, entry Entry) (Trashed, error) {
	t := Trashed{
		Entry: entry.ID, Path: entry.Path, Name: entry.Name, Kind: entry.Kind, Size: entry.Size, Deleted: e.Now,
		By: e.Actor.User, parent: entry.Parent,
	}
	err := e.Place(ctx, entry.ID, nil, Path{})
	if err != nil {
		return Trashed{}, err
	}
	t.ID, err = e.Insert(ctx, `INSERT INTO trash (space_id, entry_id, parent_id, path, deleted, deleted_by, purging)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, e.ID, entry.ID, entry.Parent, entry.Path, database.At(e.Now), e.Actor.User, false)
	if err != nil {
		return Trashed{}, fmt.Errorf("catalog: remove %s: %w", entry.Path, err)
	}
	e.Record(space.ChangeDelete, entry, Entry{})
	return t, e.Stir(ctx, entry.Parent)
}

const trashColumns = "t.id, t.entry_id, t.path, e.name, e.kind, e.size, t.deleted, t.deleted_by, t.parent_id"

func (t *Trashed) scan(row space.Scanner) error {
	var kind int
	var deleted database.Time
	err := row.Scan(&t.ID, &t.Entry, &t.Path, &t.Name, &kind, &t.Size, &deleted, &t.By, &t.parent)
	t.Kind, t.Deleted = space.KindOf(kind), deleted.Time
	return err
}

// Trash returns up to limit entries of the trash, the latest first, older than the number before when that is not 0.
func (t *Tree) Trash(ctx context.Context, before int64, limit int) ([]Trashed, error) {
	query := "SELECT " + trashColumns + " FROM trash t JOIN entries e ON e.id = t.entry_id WHERE t.space_id = ? AND t.purging = ?"
	args := []any{t.space.ID, false}
	if before != 0 {
		query, args = query+" AND t.id < ?", append(args, before)
	}
	rows, err := t.space.Read().QueryContext(ctx, query+" ORDER BY t.id DESC LIMIT ?", append(args, pageLimit(limit))...)
	if err != nil {
		return nil, fmt.Errorf("catalog: list trash: %w", err)
	}
	return space.Collect(rows, func(t *Trashed) error { return t.scan(rows) })
}

// trashed returns one entry of the trash.
func trashed(ctx context.Context, s *space.Space, idb bun.IDB, id int64) (Trashed, error) {
	var found Trashed
	err := found.scan(idb.QueryRowContext(ctx, "SELECT "+trashColumns+` FROM trash t JOIN entries e ON e.id = t.entry_id
		WHERE t.space_id = ? AND t.id = ? AND t.purging = ?`, s.ID, id, false))
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
	err = t.edit(ctx, func(ctx context.Context, e *space.Edit) error {
		trashed, err := trashed(ctx, e.Space, e.Tx, id)
		if err != nil {
			return err
		}
		parent, target, err := restoreTarget(ctx, e, trashed, to)
		if err != nil {
			return err
		}
		entry, err = restore(ctx, e, trashed, parent, target)
		return err
	})
	return entry, err
}

// restoreTarget chooses the folder and the path of an entry that comes back.
func restoreTarget(ctx context.Context, e *space.Edit, trashed Trashed, to *Path) (Entry, Path, error) {
	if to != nil {
		if to.IsRoot() {
			return Entry{}, Path{}, fmt.Errorf("%w: %s", ErrExists, to)
		}
		parent, err := e.Folder(ctx, e.Tx, to.Parent())
		if err != nil {
			return Entry{}, Path{}, err
		}
		return parent, *to, clear(ctx, e, *to, false)
	}
	above, err := oldFolder(ctx, e, trashed)
	if err != nil {
		return Entry{}, Path{}, err
	}
	parent, err := e.Folders(ctx, above, true)
	if errors.Is(err, ErrNotFolder) { // a file has taken the place of a folder above
		above = Path{}
		parent, err = e.Folders(ctx, above, true)
	}
	if err != nil {
		return Entry{}, Path{}, err
	}
	named := Entry{ID: trashed.Entry, Name: trashed.Name, Kind: trashed.Kind}
	target, err := e.FreeName(ctx, parent, above, named, "restored")
	return parent, target, err
}

// oldFolder is the path of the folder that held the entry: where that folder is now, or else where it was.
func oldFolder(ctx context.Context, e *space.Edit, trashed Trashed) (Path, error) {
	paths, err := e.Paths(ctx, e.Tx, []int64{trashed.parent})
	if err != nil {
		return Path{}, err
	}
	where, alive := paths[trashed.parent]
	if !alive {
		where = path.Dir(trashed.Path)
	}
	return ParsePath(where)
}

// restore puts an entry into a folder again.
func restore(ctx context.Context, e *space.Edit, trashed Trashed, parent Entry, target Path) (entry Entry, err error) {
	if err := e.Vacant(ctx, parent, target.Name(), trashed.Entry); err != nil {
		return Entry{}, err
	}
	if target.Depth() > strings.Count(trashed.Path, "/") {
		if err := e.Fits(ctx, Entry{ID: trashed.Entry, Path: trashed.Path}, target); err != nil {
			return Entry{}, err
		}
	}
	if err = e.Place(ctx, trashed.Entry, &parent, target); err == nil {
		_, err = e.Tx.ExecContext(ctx, "DELETE FROM trash WHERE id = ?", trashed.ID)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("catalog: restore %s: %w", target, err)
	}
	if entry, err = e.Stat(ctx, e.Tx, target); err != nil {
		return Entry{}, err
	}
	e.Record(space.ChangeRestore, entry, Entry{})
	return entry, e.Stir(ctx, parent.ID)
}
