// Package mount is the entries of homes that show a folder of another space.
//
// It owns how they come and go, and the relay that carries the changes of a mounted folder into the logs of those who see
// it. It does not own how a path goes through a mount: that is package catalog's.
package mount

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// In mounts a folder at path in the home of the actor, and returns the home too, whose changes are to be announced.
func In(ctx context.Context, t *space.Tables, tx bun.Tx, actor space.Actor, path space.Path, m space.Mount) (entry space.Entry, home int64, err error) {
	if path.IsRoot() || (m.Role != space.RoleReader && m.Role != space.RoleWriter) || m.Ref == "" {
		return space.Entry{}, 0, fmt.Errorf("%w: mount %q as %q at %s", space.ErrPath, m.Ref, m.Role, path)
	}
	s, err := t.HomeIn(ctx, tx, actor.User)
	if err != nil {
		return space.Entry{}, 0, err
	}
	err = s.EditIn(ctx, tx, actor, func(ctx context.Context, e *space.Edit) error {
		entry, err = add(ctx, t, e, path, m)
		return err
	})
	return entry, s.ID, err
}

func add(ctx context.Context, t *space.Tables, e *space.Edit, path space.Path, m space.Mount) (space.Entry, error) {
	present, err := t.MountsOf(ctx, e.Tx, "m.ref = ? AND m.user_id = ?", m.Ref, e.Owner)
	if err != nil {
		return space.Entry{}, err
	}
	for _, old := range present {
		if entry, err := find(ctx, e, old); err == nil && entry.Path != "" && old.Root == m.Root {
			return entry, setRole(ctx, e, entry, m.Role)
		} else if err != nil {
			return space.Entry{}, err
		}
		// It shows a folder that is no more, or lies in the trash: a new one takes its place.
		if err := forget(ctx, e, old); err != nil {
			return space.Entry{}, err
		}
	}
	seen, at, err := t.Where(ctx, e.Tx, m.Space, m.Root)
	if err != nil {
		return space.Entry{}, err
	}
	above := path.Parent()
	found, err := e.Lookup(ctx, e.Tx, above)
	if _, crossing := errors.AsType[*space.Crossing](err); crossing || found.Entry.Target != 0 {
		return space.Entry{}, fmt.Errorf("%w: %s", space.ErrMounted, above)
	}
	if err != nil {
		return space.Entry{}, err
	}
	parent, err := e.FoldersFrom(ctx, found, above, true)
	if err != nil {
		return space.Entry{}, err
	}
	path, err = space.FreeName(ctx, e, parent, above, space.Entry{Name: path.Name(), Kind: space.KindFolder}, "")
	if err != nil {
		return space.Entry{}, err
	}
	return space.AddMount(ctx, e, parent, path, m, seen, at)
}

// find returns the entry of a mount; without a path it lies in the trash.
func find(ctx context.Context, e *space.Edit, m space.Mount) (space.Entry, error) {
	entries, err := e.Identified(ctx, e.Tx, "e.id = ?", m.Entry)
	if err != nil || len(entries) == 0 {
		return space.Entry{}, err
	}
	paths, err := e.Paths(ctx, e.Tx, []int64{m.Entry})
	entry := entries[0]
	entry.Path, entry.Mount, entry.Role, entry.ReadOnly = paths[m.Entry], m.Ref, m.Role, m.Role != space.RoleWriter
	return entry, err
}

// setRole changes what may be done through a mount.
func setRole(ctx context.Context, e *space.Edit, entry space.Entry, role space.Role) error {
	if entry.Role == role {
		return nil
	}
	if _, err := e.Tx.ExecContext(ctx, "UPDATE mounts SET role = ? WHERE entry_id = ?", string(role), entry.ID); err != nil {
		return fmt.Errorf("catalog: change role: %w", err)
	}
	if entry.Path != "" {
		e.Record(space.ChangeMount, entry, space.Entry{})
	}
	return nil
}

// forget deletes a mount without telling anybody that its user did so.
func forget(ctx context.Context, e *space.Edit, m space.Mount) error {
	entry, err := find(ctx, e, m)
	if err != nil || entry.ID == 0 {
		return err
	}
	if err := space.ForgetMounts(ctx, e, []int64{m.Entry}); err != nil {
		return err
	}
	if entry.Path == "" {
		return e.DeleteEntries(ctx, []int64{m.Entry})
	}
	return space.Unmount(ctx, e, entry)
}

// each edits the homes that have mounts of a share, of one user or of all where user is 0, and returns the homes.
func each(ctx context.Context, t *space.Tables, tx bun.Tx, ref string, user int64, fn func(ctx context.Context, e *space.Edit, m space.Mount) error) (homes []int64, err error) {
	condition, args := "m.ref = ?", []any{ref}
	if user != 0 {
		condition, args = "m.ref = ? AND m.user_id = ?", append(args, user)
	}
	mounts, err := t.MountsOf(ctx, tx, condition, args...)
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		home, err := t.Load(ctx, tx, m.Home)
		if errors.Is(err, space.ErrNotFound) {
			continue // its user is being deleted
		}
		if err != nil {
			return nil, err
		}
		err = home.EditIn(ctx, tx, space.Actor{}, func(ctx context.Context, e *space.Edit) error { return fn(ctx, e, m) })
		if err != nil {
			return nil, err
		}
		homes = append(homes, m.Home)
	}
	return homes, nil
}

// Out takes mounts of a share away.
func Out(ctx context.Context, t *space.Tables, tx bun.Tx, ref string, user int64) (homes []int64, err error) {
	return each(ctx, t, tx, ref, user, forget)
}

// SetRole changes what may be done through mounts of a share.
func SetRole(ctx context.Context, t *space.Tables, tx bun.Tx, ref string, user int64, role space.Role) (homes []int64, err error) {
	if role != space.RoleReader && role != space.RoleWriter {
		return nil, fmt.Errorf("%w: role %q", space.ErrPath, role)
	}
	return each(ctx, t, tx, ref, user, func(ctx context.Context, e *space.Edit, m space.Mount) error {
		entry, err := find(ctx, e, m)
		if err != nil || entry.ID == 0 {
			return err
		}
		return setRole(ctx, e, entry, role)
	})
}

// List returns the mounts of a share.
func List(ctx context.Context, t *space.Tables, ref string) ([]space.Mount, error) {
	return Placed(ctx, t, "m.ref = ?", ref)
}

// Placed reads mounts for which a condition holds, with their paths.
func Placed(ctx context.Context, t *space.Tables, condition string, args ...any) ([]space.Mount, error) {
	idb := t.DB.Read()
	mounts, err := t.MountsOf(ctx, idb, condition, args...)
	if err != nil {
		return nil, err
	}
	for i, m := range mounts {
		home, err := t.Load(ctx, idb, m.Home)
		if errors.Is(err, space.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		paths, err := home.Paths(ctx, idb, []int64{m.Entry})
		if err != nil {
			return nil, err
		}
		mounts[i].Path = paths[m.Entry]
	}
	return mounts, nil
}
