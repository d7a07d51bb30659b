package catalog

import (
	"context"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/replica"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/trash"
)

// The nouns of shared folders.
type (
	// UID is the identity of an entry on all hives.
	UID = space.UID
	// Role says what may be done through a mount.
	Role = space.Role
	// Mount is an entry of a home that shows a folder of another space.
	Mount = space.Mount
	// Op is one step that Apply takes.
	Op = replica.Op
	// OpKind is what an Op does.
	OpKind = replica.OpKind
	// Was is the state in which an Op must find its entry.
	Was = replica.Was
	// Target is where Apply works and in whose name.
	Target = replica.Target
	// Applied counts what Apply did.
	Applied = replica.Applied
	// Content is that of a revision in a replica.
	Content = replica.Content
	// Snapshot is a space as it was at one change.
	Snapshot = replica.Snapshot
	// Touched is a name in a folder at which something changed.
	Touched = replica.Touched
)

// Roles of mounts.
const (
	RoleReader = space.RoleReader
	RoleWriter = space.RoleWriter
)

// Kinds of operations, in the order in which Apply wants them.
const (
	OpAdopt  = replica.OpAdopt
	OpMove   = replica.OpMove
	OpDelete = replica.OpDelete
	OpMkdir  = replica.OpMkdir
	OpCreate = replica.OpCreate
	OpUpdate = replica.OpUpdate
	OpMeta   = replica.OpMeta
)

// NewReplica makes an empty space for the copy of a share of another hive, and returns it and its root folder. Its content
// counts for the user chargedTo, and may take quota bytes, or Unlimited. The name is not kept: that of a share can change.
func (c *Catalog) NewReplica(ctx context.Context, _ string, chargedTo, quota int64) (id, root int64, err error) {
	return replica.Make(ctx, c.tables, chargedTo, quota)
}

// SetReplica changes who is charged for a replica, and its quota.
func (c *Catalog) SetReplica(ctx context.Context, id, chargedTo, quota int64) error {
	return replica.Set(ctx, c.tables, id, chargedTo, quota)
}

// DropReplica deletes a replica, at once out of sight, then in small transactions. Thin ends what a crash interrupted.
// One that is gone is no error.
func (c *Catalog) DropReplica(ctx context.Context, id int64) error {
	if err := replica.Drop(ctx, c.tables, id); err != nil {
		return err
	}
	return trash.SweepSpaces(ctx, c.db)
}

// ReplicaRoom is how many bytes more a replica, or a home, may hold, or Unlimited: what its quota and that of the user it is charged
// to leave.
func (c *Catalog) ReplicaRoom(ctx context.Context, id int64) (int64, error) {
	return replica.Room(ctx, c.tables, id)
}

// Snapshot runs fn with the space as it is at one moment, whatever changes meanwhile. ErrNotFound for a space that is gone.
func (c *Catalog) Snapshot(ctx context.Context, id int64, fn func(ctx context.Context, s *Snapshot) error) error {
	return replica.Snap(ctx, c.tables, id, fn)
}

// Apply carries out steps that turn one state of a folder into another. Adopts, moves, deletes and the mkdirs that moves
// need are one transaction, which does all or nothing; the others follow in order, in transactions of some hundred. A step
// whose entry is not as expected, whose place is taken or outside of the folder is left out and counted. done, if not nil,
// runs in the last transaction when nothing was left out.
func (c *Catalog) Apply(ctx context.Context, target Target, ops []Op, done func(ctx context.Context, tx bun.Tx) error) (Applied, error) {
	return replica.Apply(ctx, c.tables, target, ops, done)
}

// Absent lists files of a replica whose newest content is not held, by the number of the entry, above after. It returns
// some, up to limit, until there are no more.
func (c *Catalog) Absent(ctx context.Context, id, after int64, limit int) ([]Content, error) {
	return replica.Absent(ctx, c.tables, id, after, limit)
}

// CountAbsent counts what Absent lists, and the bytes of it.
func CountAbsent(ctx context.Context, c *Catalog, id int64) (files, bytes int64, err error) {
	return replica.CountAbsent(ctx, c.tables, id)
}

// SetHeld notes that contents are held, and can be got again when they are evicted. Keep the writer of their blocks open
// until it returns. Those that are no longer wanted are left out.
func (c *Catalog) SetHeld(ctx context.Context, id int64, contents []Content) error {
	return replica.SetHeld(ctx, c.tables, id, contents)
}

// HeldBefore tells of which entries a space holds a content, the newest or an older one. Entries in the trash count.
func (c *Catalog) HeldBefore(ctx context.Context, id int64, roots map[UID]cid.Cid) (map[UID]bool, error) {
	return replica.HeldBefore(ctx, c.tables, id, roots)
}

// LeastFound is how many bytes a content has at least that Holds finds.
const LeastFound = replica.LeastFound

// Holds tells which contents a replica holds, the newest or an older one of any file. Those below LeastFound are left out.
func Holds(ctx context.Context, c *Catalog, id int64, roots []cid.Cid) (map[cid.Cid]bool, error) {
	return replica.Holds(ctx, c.tables, id, roots)
}

// Evict forgets the contents of a replica that were not used for longest, until so many bytes are free, and tells how
// many are. Contents that no other hive may have stay: what was written here and never passed to SetHeld, under other names too.
func (c *Catalog) Evict(ctx context.Context, id, bytes int64) (int64, error) {
	return replica.Evict(ctx, c.tables, id, bytes)
}

// Subscribe follows the changes of all spaces: wake gets a value after some have changed, news gives those that changed
// since it was last called. Changes before the call are no news, nor are those of another process. cancel ends it.
func (c *Catalog) Subscribe() (wake <-chan struct{}, news func() []int64, cancel func()) {
	return c.tables.Subscribe()
}
