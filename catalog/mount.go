package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/mount"
	"github.com/melissiproject/hive/catalog/internal/space"
)

// Mount shows a folder of another space at path in the home of the actor, above which folders are made. A name that is
// taken becomes "name (2)". A user who has a mount of this share keeps the one there is, with the role of m.
func (c *Catalog) Mount(ctx context.Context, actor Actor, path Path, m Mount) (entry Entry, err error) {
	if _, err := c.tables.Home(ctx, actor.User); err != nil { // made here, where it is no part of a transaction
		return Entry{}, err
	}
	err = announced(ctx, c, func(ctx context.Context, tx bun.Tx) (announce func(), err error) {
		entry, announce, err = c.MountIn(ctx, tx, actor, path, m)
		return announce, err
	})
	return entry, err
}

// MountIn is Mount in a transaction of the caller, who calls announce after its commit.
func (c *Catalog) MountIn(ctx context.Context, tx bun.Tx, actor Actor, path Path, m Mount) (entry Entry, announce func(), err error) {
	entry, home, err := mount.In(ctx, c.tables, tx, actor, path, m)
	if err != nil {
		return Entry{}, nil, err
	}
	return entry, func() { c.tables.Announce(home) }, nil
}

// announced runs fn in a transaction, and what it returns after the commit.
func announced(ctx context.Context, c *Catalog, fn func(ctx context.Context, tx bun.Tx) (announce func(), err error)) error {
	var announce func()
	err := c.db.Write(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		announce, err = fn(ctx, tx)
		return err
	})
	if err == nil {
		announce()
	}
	return err
}

// Mounts lists the mounts of a share.
func (c *Catalog) Mounts(ctx context.Context, ref string) ([]Mount, error) {
	return mount.List(ctx, c.tables, ref)
}

// SetMountRole changes what a user may do through a mount, of all users where user is 0. Who is writing at that moment
// ends before.
func (c *Catalog) SetMountRole(ctx context.Context, ref string, user int64, role Role) error {
	return announced(ctx, c, func(ctx context.Context, tx bun.Tx) (func(), error) {
		return c.SetMountRoleIn(ctx, tx, ref, user, role)
	})
}

// SetMountRoleIn is SetMountRole in a transaction of the caller, who calls announce after its commit.
func (c *Catalog) SetMountRoleIn(ctx context.Context, tx bun.Tx, ref string, user int64, role Role) (announce func(), err error) {
	homes, err := mount.SetRole(ctx, c.tables, tx, ref, user, role)
	return announcement(c, homes), err
}

// Unmount takes a mount out of the home of a user, of all users where user is 0. None is no error. Config.Unmounted is not
// told.
func (c *Catalog) Unmount(ctx context.Context, ref string, user int64) error {
	return announced(ctx, c, func(ctx context.Context, tx bun.Tx) (func(), error) { return c.UnmountIn(ctx, tx, ref, user) })
}

// UnmountIn is Unmount in a transaction of the caller, who calls announce after its commit.
func (c *Catalog) UnmountIn(ctx context.Context, tx bun.Tx, ref string, user int64) (announce func(), err error) {
	homes, err := mount.Out(ctx, c.tables, tx, ref, user)
	return announcement(c, homes), err
}

func announcement(c *Catalog, spaces []int64) func() {
	return func() {
		for _, id := range spaces {
			c.tables.Announce(id)
		}
	}
}

// Folder finds a folder of a user's home that is to be shared: its space and its number. A mount, or what is in one, is
// ErrMounted; the home itself ErrPath.
func (c *Catalog) Folder(ctx context.Context, user int64, path Path) (id, folder int64, err error) {
	home, err := c.tables.Home(ctx, user)
	if err != nil {
		return 0, 0, err
	}
	if path.IsRoot() {
		return 0, 0, fmt.Errorf("%w: a home cannot be shared as a whole", ErrPath)
	}
	e, err := home.Folder(ctx, home.Read(), path)
	if _, mounted := errors.AsType[*space.Crossing](err); mounted {
		return 0, 0, fmt.Errorf("%w: %s belongs to somebody else", ErrMounted, path)
	}
	return home.ID, e.ID, err
}

// Relay carries the changes of mounted folders into the logs of the homes that show them, until ctx ends.
func (c *Catalog) Relay(ctx context.Context) error {
	return mount.Relay(ctx, c.tables, c.cfg.Log)
}
