package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// within runs fn on the tree, and where path leads through a mount again on the tree behind it, with the rest of the path.
// What fn did before it met the mount must be undone, as that of an edit is.
func within(ctx context.Context, t *Tree, path Path, fn func(t *Tree, path Path) error) error {
	err := fn(t, path)
	crossing, ok := errors.AsType[*space.Crossing](err)
	if !ok {
		return err
	}
	behind, err := through(ctx, t, crossing.Mount)
	if err == nil {
		err = fn(behind, crossing.Rest)
	}
	if err != nil {
		return fmt.Errorf("behind %s: %w", crossing.Mount.Path, err)
	}
	return nil
}

// alter runs fn in a transaction on the space that path leads into, and shows what it made of an entry.
func alter(ctx context.Context, t *Tree, path Path, fn func(ctx context.Context, e *space.Edit, path Path) (Entry, error)) (entry Entry, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		err := edit(ctx, t, func(ctx context.Context, e *space.Edit) (err error) {
			entry, err = fn(ctx, e, path)
			return err
		})
		if err == nil {
			entry, err = t.show(ctx, entry)
		}
		return err
	})
	return entry, err
}

// through returns the tree behind a mount. Its entries are shown with paths in the home.
func through(ctx context.Context, t *Tree, mount Entry) (*Tree, error) {
	s, role, err := t.catalog.tables.Through(ctx, t.space.Read(), mount)
	if err != nil {
		return nil, err
	}
	behind := treeOf(t.catalog, s, t.actor)
	behind.prefix, behind.readOnly = mount.Path, role != RoleWriter
	return behind, nil
}

// locate finds the space that path leads into; with into, a mount at its end is gone through too.
func locate(ctx context.Context, t *Tree, path Path, into bool) (in *Tree, at Path, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		in, at = t, path
		f, err := t.space.Lookup(ctx, t.space.Read(), path)
		if err == nil && into && f.Entry.Target != 0 {
			err = &space.Crossing{Mount: f.Entry}
		}
		return err
	})
	return in, at, err
}

// mounted are the trees behind the mounts of a home, in the order in which they were mounted. after is the number of a
// mount, 0 for all.
func mounted(ctx context.Context, t *Tree, after int64) ([]*Tree, []int64, error) {
	db := t.space.Read()
	mounts, err := t.catalog.tables.MountsOf(ctx, db, "m.space_id = ? AND m.entry_id > ?", t.space.ID, after)
	if err != nil || len(mounts) == 0 {
		return nil, nil, err
	}
	ids := make([]int64, len(mounts))
	for i, m := range mounts {
		ids[i] = m.Entry
	}
	paths, err := t.space.Paths(ctx, db, ids)
	if err != nil {
		return nil, nil, err
	}
	var trees []*Tree
	var numbers []int64
	for _, m := range mounts {
		path, there := paths[m.Entry]
		if !there {
			continue // in the trash
		}
		behind, err := through(ctx, t, Entry{ID: m.Entry, Path: path})
		if errors.Is(err, ErrNotFound) {
			continue // what it shows is gone
		}
		if err != nil {
			return nil, nil, err
		}
		trees, numbers = append(trees, behind), append(numbers, m.Entry)
	}
	return trees, numbers, nil
}

// show is an entry as its user sees it.
func (t *Tree) show(ctx context.Context, e Entry) (Entry, error) {
	one := []Entry{e}
	one[0].Path = t.place(e.Path)
	err := decorate(ctx, t, t.space.Read(), one)
	return one[0], err
}

// place is a path of the space as its user sees it.
func (t *Tree) place(path string) string {
	if t.prefix == "" {
		return path
	}
	return t.prefix + strings.TrimSuffix(path, "/")
}

// decorate fills in what is not in the rows of entries: of mounts the share and the times of what they show, behind them
// what may be done, and which contents are not held.
func decorate(ctx context.Context, t *Tree, idb bun.IDB, entries []Entry) error {
	if t.prefix == "" {
		return decorateMounts(ctx, idb, entries)
	}
	var files []int64
	for i := range entries {
		entries[i].ReadOnly = t.readOnly
		if t.space.Replica && entries[i].Kind == KindFile {
			files = append(files, entries[i].ID)
		}
	}
	if len(files) == 0 {
		return nil
	}
	absent, err := t.space.AbsentOf(ctx, idb, files)
	for i := range entries {
		entries[i].Absent = absent[entries[i].ID]
	}
	return err
}

func decorateMounts(ctx context.Context, idb bun.IDB, entries []Entry) error {
	mounts := make(map[int64]*Entry)
	var ids []int64
	for i := range entries {
		if entries[i].Target != 0 {
			mounts[entries[i].ID] = &entries[i]
			ids = append(ids, entries[i].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := idb.QueryContext(ctx, `SELECT m.entry_id, m.ref, m.role, f.mtime, f.changed FROM mounts m
		LEFT JOIN entries f ON f.id = m.target_id WHERE m.entry_id IN (?)`, bun.List(ids))
	if err != nil {
		return fmt.Errorf("catalog: mounts: %w", err)
	}
	_, err = space.Collect(rows, func(*struct{}) error {
		var id int64
		var ref string
		var role Role
		var mtime, changed database.Time
		if err := rows.Scan(&id, &ref, &role, &mtime, &changed); err != nil {
			return err
		}
		e := mounts[id]
		e.Mount, e.Role, e.ReadOnly = ref, role, role != RoleWriter
		if !changed.IsZero() {
			e.MTime, e.Changed = mtime.Time, changed.Time
		}
		return nil
	})
	return err
}
