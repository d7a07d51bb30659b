package courier

import (
	"context"
	"errors"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// Rounds is how often a step is tried again because the folder changed under it.
const Rounds = 20

// A plan that deletes more than this many entries, and more than a fifth of all, waits for a yes.
const (
	guardEntries = 500
	guardPart    = 5
)

// ErrGuarded is why a step does not go on.
var ErrGuarded = errors.New("sharing: too many deletes at once; they wait for a yes")

// Many tells whether a plan deletes so much that it waits for a yes.
func Many(counts tree.Counts) bool {
	return counts.Deleted > guardEntries && counts.Deleted*guardPart > counts.Entries
}

// Guard holds a plan back that deletes a lot, until somebody said yes to the tree it leads to, or to one from which it is not far.
func (c *Courier) Guard(ctx context.Context, id ledger.ID, counts tree.Counts, to cid.Cid) (bool, error) {
	r, err := c.States.Replica(ctx, id)
	if err != nil {
		return false, err
	}
	many := Many(counts)
	if many && r.Confirmed.Defined() {
		_, since, err := tree.Plan(ctx, c.Blocks, r.Confirmed, to)
		if err != nil && !fetch.Lost(err) {
			return false, err
		}
		many = err != nil || Many(since)
	}
	guarded, root := int64(0), cid.Undef
	if many {
		guarded, root = int64(counts.Deleted), to
		c.Log.Warn("deletes wait for a yes", "share", string(id), "deletes", counts.Deleted, "entries", counts.Entries)
	}
	if r.Guarded == guarded && r.GuardedRoot == root {
		return !many, nil
	}
	return !many, c.Change(ctx, id, func(r *state.Replica) { r.Guarded, r.GuardedRoot = guarded, root })
}

// Steps are a plan as the catalog takes it. held says that all content it needs was brought.
func Steps(plan []tree.Op, held bool) []catalog.Op {
	ops := make([]catalog.Op, len(plan))
	for i, op := range plan {
		ops[i] = catalog.Op{
			Kind: catalog.OpKind(op.Kind), UID: catalog.UID(op.UID), NewUID: catalog.UID(op.NewUID), Parent: catalog.UID(op.Parent),
			Name: op.Name, Root: op.Root, Size: op.Size, MTime: op.MTime, Exec: op.Exec, Held: held,
		}
		if op.Was != nil {
			ops[i].Was = &catalog.Was{
				Parent: catalog.UID(op.Was.Parent), Name: op.Was.Name, Root: op.Was.Root, MTime: op.Was.MTime, Exec: op.Was.Exec,
			}
		}
	}
	return ops
}
