package space

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// lookupLevels is how many names one query resolves. Databases join at most 61 tables.
const lookupLevels = 16

// Found is how far a path leads.
type Found struct {
	Entry Entry // the deepest entry that is there
	Whole bool  // it is the one the path leads to
	depth int   // how many names of the path lead to it
}

// Lookup follows path as far as it leads, with one query for every 16 names.
func (s *Space) Lookup(ctx context.Context, idb bun.IDB, path Path) (Found, error) {
	f := Found{Entry: Entry{ID: s.Root}}
	for rest := path.Names(); len(rest) > 0; rest = path.Names()[f.depth:] {
		names := rest[:min(len(rest), lookupLevels)]
		n, err := descend(ctx, s, idb, &f, names)
		if err != nil {
			return Found{}, fmt.Errorf("catalog: look up %s: %w", path, err)
		}
		if n < len(names) {
			break
		}
	}
	f.Whole = f.depth == len(path.Names())
	if f.depth > 0 {
		f.Entry.Path = path.First(f.depth).String()
		if f.Entry.Target != 0 && (s.view != nil || !f.Whole) {
			return Found{}, through(s, f, path)
		}
		return f, nil
	}
	row := idb.QueryRowContext(ctx, "SELECT "+EntryColumns+" FROM entries e WHERE e.id = ?", s.Root)
	if err := f.Entry.Scan(row); err != nil {
		return Found{}, fmt.Errorf("catalog: look up root: %w", goneIfNoRows(err))
	}
	f.Entry.Path = "/"
	return f, nil
}

// descend follows names from f.Entry down, tells how many lead somewhere, and moves f there.
func descend(ctx context.Context, s *Space, idb bun.IDB, f *Found, names []string) (int, error) {
	args := make([]any, 0, len(names)+1)
	for _, name := range names[1:] {
		args = append(args, name)
	}
	args = append(args, f.Entry.ID, names[0])
	var n int
	var e Entry
	err := e.Scan(s.tables.sql.lookup[len(names)].Row(ctx, idb, args...), &n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	f.Entry, f.depth = e, f.depth+n
	return n, nil
}

// Stat returns the entry at path, or ErrNotFound, or ErrNotFolder where a file stands in the way.
func (s *Space) Stat(ctx context.Context, idb bun.IDB, path Path) (Entry, error) {
	f, err := s.Lookup(ctx, idb, path)
	if err != nil {
		return Entry{}, err
	}
	if f.Whole {
		return f.Entry, nil
	}
	return Entry{}, f.Missing(path)
}

// Missing is why path leads no further.
func (f Found) Missing(path Path) error {
	if f.Entry.Kind == KindFile {
		return fmt.Errorf("%w: %s", ErrNotFolder, f.Entry.Path)
	}
	return fmt.Errorf("%w: %s", ErrNotFound, path.First(f.depth+1))
}

// Reaches says whether an entry can be made at path: without parents, its folder must be there.
func (f Found) Reaches(path Path, parents bool) error {
	if f.Whole || (f.Entry.Kind == KindFolder && (parents || f.depth == len(path.Names())-1)) {
		return nil
	}
	return f.Missing(path)
}

// Folder is Stat for a path that must lead to a folder.
func (s *Space) Folder(ctx context.Context, idb bun.IDB, path Path) (Entry, error) {
	e, err := s.Stat(ctx, idb, path)
	switch {
	case err != nil:
	case e.Target != 0:
		err = &Crossing{Mount: e}
	case e.Kind != KindFolder:
		err = fmt.Errorf("%w: %s", ErrNotFolder, path)
	}
	return e, err
}

// File is Stat for a path that must lead to a file.
func (s *Space) File(ctx context.Context, idb bun.IDB, path Path) (Entry, error) {
	e, err := s.Stat(ctx, idb, path)
	if err == nil && e.Kind != KindFile {
		err = fmt.Errorf("%w: %s", ErrIsFolder, path)
	}
	return e, err
}
