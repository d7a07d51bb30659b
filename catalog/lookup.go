package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// lookupLevels is how many names one query resolves. Databases join at most 61 tables.
const lookupLevels = 16

// found is how far a path leads.
type found struct {
	entry Entry // the deepest entry that is there
	depth int   // how many names of the path lead to it
}

// lookup follows path as far as it leads, with one query for every 16 names.
func (t *Tree) lookup(ctx context.Context, idb bun.IDB, path Path) (found, error) {
	f := found{entry: Entry{ID: t.root}}
	for rest := path.names; len(rest) > 0; rest = path.names[f.depth:] {
		names := rest[:min(len(rest), lookupLevels)]
		n, err := t.descend(ctx, idb, &f, names)
		if err != nil {
			return found{}, fmt.Errorf("catalog: look up %s: %w", path, err)
		}
		if n < len(names) {
			break
		}
	}
	if f.depth > 0 {
		f.entry.Path = Path{path.names[:f.depth]}.String()
		return f, nil
	}
	row := idb.QueryRowContext(ctx, "SELECT "+entryColumns+" FROM entries e WHERE e.id = ?", t.root)
	if err := f.entry.scan(row); err != nil {
		return found{}, fmt.Errorf("catalog: look up root: %w", err)
	}
	f.entry.Path = "/"
	return f, nil
}

// descend follows names from f.entry down, tells how many lead somewhere, and moves f there.
func (t *Tree) descend(ctx context.Context, idb bun.IDB, f *found, names []string) (int, error) {
	args := make([]any, 0, len(names)+1)
	for _, name := range names[1:] {
		args = append(args, name)
	}
	args = append(args, f.entry.ID, names[0])
	var n int
	var e Entry
	err := e.scan(t.catalog.sql.lookup[len(names)].Row(ctx, idb, args...), &n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	f.entry, f.depth = e, f.depth+n
	return n, nil
}

// stat returns the entry at path, or ErrNotFound, or ErrNotFolder where a file stands in the way.
func (t *Tree) stat(ctx context.Context, idb bun.IDB, path Path) (Entry, error) {
	f, err := t.lookup(ctx, idb, path)
	if err != nil {
		return Entry{}, err
	}
	if f.depth == len(path.names) {
		return f.entry, nil
	}
	return Entry{}, f.missing(path)
}

// missing is why path leads no further.
func (f found) missing(path Path) error {
	if f.entry.Kind == KindFile {
		return fmt.Errorf("%w: %s", ErrNotFolder, f.entry.Path)
	}
	return fmt.Errorf("%w: %s", ErrNotFound, Path{path.names[:f.depth+1]})
}

// statFolder is stat for a path that must lead to a folder.
func (t *Tree) statFolder(ctx context.Context, idb bun.IDB, path Path) (Entry, error) {
	e, err := t.stat(ctx, idb, path)
	if err == nil && e.Kind != KindFolder {
		err = fmt.Errorf("%w: %s", ErrNotFolder, path)
	}
	return e, err
}

// statFile is stat for a path that must lead to a file.
func (t *Tree) statFile(ctx context.Context, idb bun.IDB, path Path) (Entry, error) {
	e, err := t.stat(ctx, idb, path)
	if err == nil && e.Kind != KindFile {
		err = fmt.Errorf("%w: %s", ErrIsFolder, path)
	}
	return e, err
}

// Stat returns the entry at path.
func (t *Tree) Stat(ctx context.Context, path Path) (Entry, error) {
	return t.stat(ctx, t.catalog.db.Read(), path)
}
