package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"slices"
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
// instant. The root gives ErrPath. A mount ends, and does not go into the trash: its Trashed.ID is 0.
func (t *Tree) Remove(ctx context.Context, path Path, opts RemoveOptions) (trashed Trashed, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		if path.IsRoot() {
			return fmt.Errorf("%w: the root cannot be deleted", ErrPath)
		}
		err := edit(ctx, t, func(ctx context.Context, e *space.Edit) (err error) {
			trashed, err = remove(ctx, t, e, path, opts)
			return err
		})
		trashed.Path = t.place(trashed.Path)
		return err
	})
	if err != nil {
		return Trashed{}, err
	}
	return trashed, nil
}

// remove moves what is at path into the trash, or ends a mount.
func remove(ctx context.Context, t *Tree, e *space.Edit, path Path, opts RemoveOptions) (Trashed, error) {
	entry, err := e.Stat(ctx, e.Tx, path)
	if err != nil {
		return Trashed{}, err
	}
	seen := []Entry{entry}
	if entry.Target != 0 {
		if err := decorate(ctx, t, e.Tx, seen); err != nil {
			return Trashed{}, err
		}
	}
	if err := expect(seen[0], true, opts.IfMatch, ""); err != nil {
		return Trashed{}, fmt.Errorf("remove %s: %w", path, err)
	}
	if entry.Target == 0 {
		return discard(ctx, e, entry)
	}
	gone := Trashed{Entry: entry.ID, Path: entry.Path, Name: entry.Name, Kind: entry.Kind, Deleted: e.Now, By: e.Actor.User}
	return gone, space.Unmount(ctx, e, entry)
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
		VALUES (?, ?, ?, ?, ?, ?, ?)`, e.ID, entry.ID, entry.Parent, e.Whole(entry.Path), database.At(e.Now), e.Actor.User, false)
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

// Trash returns up to limit entries of the trash, the latest first, older than the number before when that is not 0. The
// trash of a user is that of the home, and of every share of another hive that is mounted as a whole and may be written.
func (t *Tree) Trash(ctx context.Context, before int64, limit int) ([]Trashed, error) {
	bins, err := bins(ctx, t)
	if err != nil {
		return nil, err
	}
	limit = pageLimit(limit)
	var all []Trashed
	for _, bin := range bins {
		page, err := trashPage(ctx, bin, before, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	if len(bins) > 1 {
		slices.SortFunc(all, func(a, b Trashed) int { return cmp.Compare(b.ID, a.ID) })
	}
	return all[:min(len(all), limit)], nil
}

// bins are the trees whose trash is that of the user of a home.
func bins(ctx context.Context, t *Tree) ([]*Tree, error) {
	behind, _, err := mounted(ctx, t, 0)
	all := []*Tree{t}
	for _, m := range behind {
		if m.space.Replica && !m.readOnly && m.space.Whole() {
			all = append(all, m)
		}
	}
	return all, err
}

// binOf is the tree in whose trash an entry lies.
func binOf(ctx context.Context, t *Tree, id int64) (*Tree, error) {
	var in int64
	err := t.space.Read().QueryRowContext(ctx, "SELECT space_id FROM trash WHERE id = ?", id).Scan(&in)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("catalog: trash: %w", err)
	}
	if err != nil || in == t.space.ID {
		return t, nil // which says what is not there
	}
	bins, err := bins(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, bin := range bins {
		if bin.space.ID == in {
			return bin, nil
		}
	}
	return t, nil
}

func trashPage(ctx context.Context, t *Tree, before int64, limit int) ([]Trashed, error) {
	query := "SELECT " + trashColumns + " FROM trash t JOIN entries e ON e.id = t.entry_id WHERE t.space_id = ? AND t.purging = ?"
	args := []any{t.space.ID, false}
	if before != 0 {
		query, args = query+" AND t.id < ?", append(args, before)
	}
	rows, err := t.space.Read().QueryContext(ctx, query+" ORDER BY t.id DESC LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("catalog: list trash: %w", err)
	}
	return space.Collect(rows, func(one *Trashed) error {
		err := one.scan(rows)
		one.Path = t.place(one.Path)
		return err
	})
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
	in, err := binOf(ctx, t, id)
	if err != nil {
		return Entry{}, err
	}
	if to != nil {
		target, at, err := locate(ctx, t, *to, false)
		if err != nil {
			return Entry{}, err
		}
		if target.prefix != in.prefix {
			return Entry{}, fmt.Errorf("%w: %s", ErrMounted, *to)
		}
		to = &at
	}
	err = edit(ctx, in, func(ctx context.Context, e *space.Edit) error {
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
	if _, mounted := errors.AsType[*space.Crossing](err); mounted {
		err = fmt.Errorf("%w: number %d of the trash", ErrMounted, id)
	}
	if err != nil {
		return Entry{}, err
	}
	return in.show(ctx, entry)
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
	if _, mounted := errors.AsType[*space.Crossing](err); mounted || errors.Is(err, ErrNotFolder) { // a file or mount has taken the place of a folder above
		above = Path{}
		parent, err = e.Folders(ctx, above, true)
	}
	if err != nil {
		return Entry{}, Path{}, err
	}
	named := Entry{ID: trashed.Entry, Name: trashed.Name, Kind: trashed.Kind}
	target, err := space.FreeName(ctx, e, parent, above, named, "restored")
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
