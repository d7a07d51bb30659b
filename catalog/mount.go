package catalog

import (
	"context"

	"github.com/uptrace/bun"
)

// Mount shows a folder of another space at path in the home of the actor. A name that is taken becomes "name (2)". A user
// who has a mount of this share keeps the one there is.
func (c *Catalog) Mount(ctx context.Context, actor Actor, path Path, m Mount) (Entry, error) {
	panic("not yet")
}

// MountIn is Mount in a transaction of the caller, who calls announce after its commit.
func (c *Catalog) MountIn(ctx context.Context, tx bun.Tx, actor Actor, path Path, m Mount) (entry Entry, announce func(), err error) {
	panic("not yet")
}

// Mounts lists the mounts of a share.
func (c *Catalog) Mounts(ctx context.Context, ref string) ([]Mount, error) {
	panic("not yet")
}

// SetMountRole changes what a user may do through a mount, of all users where user is 0.
func (c *Catalog) SetMountRole(ctx context.Context, ref string, user int64, role Role) error {
	panic("not yet")
}

// Unmount takes a mount out of the home of a user, of all users where user is 0. None is no error.
func (c *Catalog) Unmount(ctx context.Context, ref string, user int64) error {
	panic("not yet")
}

// UnmountIn is Unmount in a transaction of the caller, who calls announce after its commit.
func (c *Catalog) UnmountIn(ctx context.Context, tx bun.Tx, ref string, user int64) (announce func(), err error) {
	panic("not yet")
}

// Folder finds a folder of a user's home that is to be shared: its space and its number. Inside a mount that is ErrMounted.
func (c *Catalog) Folder(ctx context.Context, user int64, path Path) (id, folder int64, err error) {
	panic("not yet")
}

// Relay carries the changes of mounted folders into the logs of the homes that show them, until ctx ends.
func (c *Catalog) Relay(ctx context.Context) error {
	panic("not yet")
}
