// Package trash is what was deleted and can be restored, until it is purged.
//
// It owns how entries go into the trash and out of it, and how large things are deleted for good in small transactions. It
// does not own when: that is its callers'.
package trash

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Trashed is an entry in the trash, with all it held.
type Trashed struct {
	ID      int64 // of this stay in the trash
	Entry   int64
	Path    string // where it was
	Name    string
	Kind    space.Kind
	Size    int64 // bytes of the content; 0 for a folder
	Deleted time.Time
	By      int64 // user
	parent  int64 // folder it was in
}

// Discard moves an entry into the trash. Only its own row changes.
func Discard(ctx context.Context, e *space.Edit, entry space.Entry) (Trashed, error) {
	t := Trashed{
		Entry: entry.ID, Path: entry.Path, Name: entry.Name, Kind: entry.Kind, Size: entry.Size, Deleted: e.Now,
		By: e.Actor.User, parent: entry.Parent,
	}
	err := e.Place(ctx, entry.ID, nil, space.Path{})
	if err != nil {
		return Trashed{}, err
	}
	t.ID, err = e.Insert(ctx, `INSERT INTO trash (space_id, entry_id, parent_id, path, deleted, deleted_by, purging)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, e.ID, entry.ID, entry.Parent, e.Whole(entry.Path), database.At(e.Now), e.Actor.User, false)
	if err != nil {
		return Trashed{}, fmt.Errorf("catalog: remove %s: %w", entry.Path, err)
	}
	e.Record(space.ChangeDelete, entry, space.Entry{})
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

// Page returns up to limit entries of the trash of a space, the latest first, older than the number before when that is not
// 0.
func Page(ctx context.Context, s *space.Space, before int64, limit int) ([]Trashed, error) {
	query := "SELECT " + trashColumns + " FROM trash t JOIN entries e ON e.id = t.entry_id WHERE t.space_id = ? AND t.purging = ?"
	args := []any{s.ID, false}
	if before != 0 {
		query, args = query+" AND t.id < ?", append(args, before)
	}
	rows, err := s.Read().QueryContext(ctx, query+" ORDER BY t.id DESC LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("catalog: list trash: %w", err)
	}
	return space.Collect(rows, func(one *Trashed) error { return one.scan(rows) })
}

// find returns one entry of the trash.
func find(ctx context.Context, s *space.Space, idb bun.IDB, id int64) (Trashed, error) {
	var found Trashed
	err := found.scan(idb.QueryRowContext(ctx, "SELECT "+trashColumns+` FROM trash t JOIN entries e ON e.id = t.entry_id
		WHERE t.space_id = ? AND t.id = ? AND t.purging = ?`, s.ID, id, false))
	if errors.Is(err, sql.ErrNoRows) {
		return Trashed{}, fmt.Errorf("%w: number %d in the trash", space.ErrNotFound, id)
	}
	if err != nil {
		return Trashed{}, fmt.Errorf("catalog: trash: %w", err)
	}
	return found, nil
}

// Restore takes an entry out of the trash: to the path to, which must be free, or back to where it was.
func Restore(ctx context.Context, e *space.Edit, id int64, to *space.Path) (space.Entry, error) {
	trashed, err := find(ctx, e.Space, e.Tx, id)
	if err != nil {
		return space.Entry{}, err
	}
	parent, target, err := restoreTarget(ctx, e, trashed, to)
	if err != nil {
		return space.Entry{}, err
	}
	return restore(ctx, e, trashed, parent, target)
}

// restoreTarget chooses the folder and the path of an entry that comes back.
func restoreTarget(ctx context.Context, e *space.Edit, trashed Trashed, to *space.Path) (space.Entry, space.Path, error) {
	if to != nil {
		if to.IsRoot() {
			return space.Entry{}, space.Path{}, fmt.Errorf("%w: %s", space.ErrExists, to)
		}
		parent, err := e.Folder(ctx, e.Tx, to.Parent())
		if err != nil {
			return space.Entry{}, space.Path{}, err
		}
		return parent, *to, Clear(ctx, e, *to, false)
	}
	above, err := oldFolder(ctx, e, trashed)
	if err != nil {
		return space.Entry{}, space.Path{}, err
	}
	parent, err := e.Folders(ctx, above, true)
	if _, mounted := errors.AsType[*space.Crossing](err); mounted || errors.Is(err, space.ErrNotFolder) { // a file or mount has taken the place of a folder above
		above = space.Path{}
		parent, err = e.Folders(ctx, above, true)
	}
	if err != nil {
		return space.Entry{}, space.Path{}, err
	}
	named := space.Entry{ID: trashed.Entry, Name: trashed.Name, Kind: trashed.Kind}
	target, err := space.FreeName(ctx, e, parent, above, named, "restored")
	return parent, target, err
}

// oldFolder is the path of the folder that held the entry: where that folder is now, or else where it was.
func oldFolder(ctx context.Context, e *space.Edit, trashed Trashed) (space.Path, error) {
	paths, err := e.Paths(ctx, e.Tx, []int64{trashed.parent})
	if err != nil {
		return space.Path{}, err
	}
	where, alive := paths[trashed.parent]
	if !alive {
		where = path.Dir(trashed.Path)
	}
	return names.Parse(where)
}

// restore puts an entry into a folder again.
func restore(ctx context.Context, e *space.Edit, trashed Trashed, parent space.Entry, target space.Path) (entry space.Entry, err error) {
	if err := e.Vacant(ctx, parent, target.Name(), trashed.Entry); err != nil {
		return space.Entry{}, err
	}
	if target.Depth() > strings.Count(trashed.Path, "/") {
		if err := e.Fits(ctx, space.Entry{ID: trashed.Entry, Path: trashed.Path}, target); err != nil {
			return space.Entry{}, err
		}
	}
	if err = e.Place(ctx, trashed.Entry, &parent, target); err == nil {
		_, err = e.Tx.ExecContext(ctx, "DELETE FROM trash WHERE id = ?", trashed.ID)
	}
	if err != nil {
		return space.Entry{}, fmt.Errorf("catalog: restore %s: %w", target, err)
	}
	if entry, err = e.Stat(ctx, e.Tx, target); err != nil {
		return space.Entry{}, err
	}
	if err := own(ctx, e, entry.ID); err != nil {
		return space.Entry{}, err
	}
	e.Record(space.ChangeRestore, entry, space.Entry{})
	return entry, e.Stir(ctx, parent.ID)
}

// own has a replica keep what it restores like what was written in it, until another hive is known to have it: the owner deleted it.
func own(ctx context.Context, e *space.Edit, entry int64) error {
	if !e.Replica {
		return nil
	}
	_, err := e.Tx.ExecContext(ctx, `DELETE FROM contents WHERE held = ? AND entry_id IN (
		WITH RECURSIVE down (id) AS (SELECT e.id FROM entries e WHERE e.id = ?
		UNION ALL SELECT e.id FROM down JOIN entries e ON e.parent_id = down.id) SELECT id FROM down)`, true, entry)
	if err != nil {
		return fmt.Errorf("catalog: keep what is restored: %w", err)
	}
	return nil
}

// Clear moves what is at path into the trash, if that is allowed.
func Clear(ctx context.Context, e *space.Edit, path space.Path, overwrite bool) error {
	f, err := e.Lookup(ctx, e.Tx, path)
	if err != nil || !f.Whole {
		return err
	}
	if !overwrite {
		return fmt.Errorf("%w: %s", space.ErrExists, path)
	}
	if f.Entry.Target != 0 {
		return fmt.Errorf("%w: %s would replace a mount", space.ErrMounted, path)
	}
	_, err = Discard(ctx, e, f.Entry)
	return err
}
