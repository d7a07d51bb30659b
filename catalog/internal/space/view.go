package space

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/names"
)

// view says that a space is seen from one of its folders, through a mount.
type view struct {
	mount int64 // the entry in the home; 0 for a link
	write bool  // through a link
	top   int64 // root folder of the space
	depth int   // names of the mount's path
}

// Whole tells whether all of the space is seen.
func (s *Space) Whole() bool { return s.view == nil || s.Root == s.view.top }

// Crossing is the error of a path that leads through a mount. It is for callers within the catalog, who go on behind it.
type Crossing struct {
	Mount Entry
	Rest  Path // from the folder that the mount shows
}

// Error says where.
func (c *Crossing) Error() string { return fmt.Sprintf("catalog: %s is a mount", c.Mount.Path) }

// through is what becomes of a path that meets a mount. Whoever is behind one already does not see others.
func through(s *Space, f Found, path Path) error {
	if s.view != nil {
		return fmt.Errorf("%w: %s", ErrNotFound, path.First(f.depth))
	}
	return &Crossing{f.Entry, path.From(f.depth)}
}

// Through returns the space behind a mount, seen from the folder that it shows. ErrNotFound where that is gone.
func (t *Tables) Through(ctx context.Context, idb bun.IDB, mount Entry) (*Space, Role, error) {
	var id, folder int64
	var role Role
	row := idb.QueryRowContext(ctx, "SELECT target_space, target_id, role FROM mounts WHERE entry_id = ?", mount.ID)
	if err := row.Scan(&id, &folder, &role); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("%w: %s is no longer mounted", ErrNotFound, mount.Path)
		}
		return nil, "", fmt.Errorf("catalog: mount: %w", err)
	}
	s, err := t.Load(ctx, idb, id)
	if err != nil {
		return nil, "", err
	}
	path, err := names.Parse(mount.Path)
	if err != nil {
		return nil, "", err
	}
	if s.Root != folder {
		if _, err := baseOf(ctx, s, idb, folder); err != nil {
			return nil, "", err
		}
	}
	s.view = &view{mount: mount.ID, top: s.Root, depth: path.Depth()}
	s.Root = folder
	return s, role, nil
}

// Linked returns a space seen from one of its entries, without a mount. ErrNotFound where that is gone.
func (s *Space) Linked(ctx context.Context, entry int64, write bool) (*Space, error) {
	if _, err := baseOf(ctx, s, s.Read(), entry); err != nil {
		return nil, err
	}
	linked := *s
	linked.view, linked.Root = &view{write: write, top: s.Root}, entry
	return &linked, nil
}

// baseOf is the path of a folder in the space, or ErrNotFound where it is in the trash.
func baseOf(ctx context.Context, s *Space, idb bun.IDB, folder int64) (Path, error) {
	paths, err := s.Paths(ctx, idb, []int64{folder})
	if err != nil {
		return Path{}, err
	}
	path, alive := paths[folder]
	if !alive {
		return Path{}, fmt.Errorf("%w: the shared folder was deleted", ErrNotFound)
	}
	return names.Parse(path)
}

// Where is the last change of a space, and the path of one of its folders. ErrNotFound, or ErrNotFolder.
func (t *Tables) Where(ctx context.Context, idb bun.IDB, id, folder int64) (seq int64, path string, err error) {
	s, err := t.Load(ctx, idb, id)
	if err != nil {
		return 0, "", err
	}
	if err := idb.QueryRowContext(ctx, "SELECT seq FROM spaces WHERE id = ?", id).Scan(&seq); err != nil {
		return 0, "", fmt.Errorf("catalog: last change: %w", err)
	}
	entries, err := s.Identified(ctx, idb, "e.id = ?", folder)
	if err != nil {
		return 0, "", err
	}
	if len(entries) == 0 || entries[0].Kind != KindFolder || entries[0].Target != 0 {
		return 0, "", fmt.Errorf("%w: %d in space %d", ErrNotFolder, folder, id)
	}
	base, err := baseOf(ctx, s, idb, folder)
	return seq, base.String(), err
}

// admit checks that the mount is still there and lets its user write, and finds the folder it shows.
func admit(ctx context.Context, e *Edit) error {
	role := RoleReader
	if e.view.write {
		role = RoleWriter
	}
	if e.view.mount == 0 {
		return enter(ctx, e, role)
	}
	if err := e.tables.sql.lockMount.Row(ctx, e.Tx, e.view.mount, e.Root).Scan(&role); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: it is no longer mounted", ErrNotFound)
		}
		return fmt.Errorf("catalog: mount: %w", err)
	}
	return enter(ctx, e, role)
}

// enter refuses readers, and finds the folder that the space is seen from.
func enter(ctx context.Context, e *Edit, role Role) error {
	if role != RoleWriter {
		return fmt.Errorf("%w: it may only be read", ErrReadOnly)
	}
	if e.Root == e.view.top {
		return nil
	}
	whole := *e.Space
	whole.Root, whole.view = e.view.top, nil
	var err error
	e.base, err = baseOf(ctx, &whole, e.Tx, e.Root)
	return err
}

// shallow refuses a path that is too long from the root of the space.
func shallow(e *Edit, path Path) error {
	if e.base.Depth()+path.Depth() > names.MaxDepth {
		return fmt.Errorf("%w: more than %d names", ErrPath, names.MaxDepth)
	}
	return nil
}

// depth is how many names stand before a path, in the space or before the mount.
func depth(e *Edit) int {
	if e.view == nil {
		return 0
	}
	return max(e.base.Depth(), e.view.depth)
}
