package replica

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// restructure takes adopts, moves, deletes and mkdirs. It gives errStale, which undoes all, unless each can be done.
//
// The log it leaves can be followed change by change. So moves are done one after the other as their places get free; what
// then is left, such as two names that change places, leaves the tree and comes back.
func (a *applier) restructure(ctx context.Context, ops []*Op) error {
	adopts, _ := cut(ops, OpAdopt)
	if err := a.adopt(ctx, adopts); err != nil {
		return err
	}
	uids := make(map[space.UID]bool)
	for _, op := range ops[len(adopts):] {
		uids[op.UID], uids[op.Parent] = true, true
		if op.Was != nil {
			uids[op.Was.Parent] = true
		}
	}
	if err := a.look(ctx, uids); err != nil {
		return err
	}
	moving, deleted, err := a.prepare(ctx, ops[len(adopts):])
	if err != nil {
		return err
	}
	if moving, err = a.settle(ctx, moving); err != nil {
		return err
	}
	if deleted, err = clearAway(ctx, a, deleted, moving); err != nil {
		return err
	}
	if moving, err = a.settle(ctx, moving); err != nil {
		return err
	}
	if err := lift(ctx, a, moving); err != nil {
		return err
	}
	if _, err = clearAway(ctx, a, deleted, nil); err != nil {
		return err
	}
	if moving, err = a.settle(ctx, moving); err == nil && len(moving) > 0 {
		err = errStale
	}
	return err
}

// cut splits steps after those of a kind at their start.
func cut(ops []*Op, kind OpKind) (of, rest []*Op) {
	n := 0
	for n < len(ops) && ops[n].Kind == kind {
		n++
	}
	return ops[:n], ops[n:]
}

// adopt gives entries other identities.
func (a *applier) adopt(ctx context.Context, ops []*Op) error {
	if len(ops) == 0 {
		return nil
	}
	uids := make(map[space.UID]bool)
	for _, op := range ops {
		uids[op.UID], uids[op.NewUID], uids[op.Was.Parent] = true, true, true
	}
	if err := a.look(ctx, uids); err != nil {
		return err
	}
	var last int64
	if err := a.Tx.QueryRowContext(ctx, "SELECT MAX(id) FROM entries").Scan(&last); err != nil {
		return fmt.Errorf("catalog: apply: adopt: %w", err)
	}
	for _, op := range ops {
		e, ok := a.expected(op)
		if !ok {
			return errStale
		}
		if a.tables.Promised(op.NewUID, last+1) {
			return fmt.Errorf("%w: UID %x was never given", space.ErrOp, op.NewUID)
		}
		if other, exists := a.known[op.NewUID]; exists {
			living, err := a.Climb(ctx, a.Tx, []int64{other.ID})
			if err != nil {
				return err
			}
			if len(living) > 0 {
				return errStale
			}
			if err := space.SetUID(ctx, a.Edit, other.ID, space.FreshUID()); err != nil {
				return err
			}
		}
		if err := space.SetUID(ctx, a.Edit, e.ID, op.NewUID); err != nil {
			return err
		}
		delete(a.known, op.UID)
		e.UID, e.Changed = op.NewUID, a.Now
		a.known[op.NewUID] = e // a parent of later ones
		a.Record(space.ChangeMeta, e, space.Entry{})
	}
	return nil
}

// mover is an entry that is to get a place: a new folder, or one that is or was elsewhere.
type mover struct {
	op     *Op
	entry  space.Entry // zero for a new folder
	lifted bool
}

// prepare checks what moves, deletes and mkdirs expect.
func (a *applier) prepare(ctx context.Context, ops []*Op) (moving []*mover, deleted []space.Entry, err error) {
	var changed map[int64]bool
	for _, op := range ops {
		if op.Kind == OpMkdir {
			if _, exists := a.entry(op.UID); exists {
				return nil, nil, errStale
			}
			moving = append(moving, &mover{op: op})
			continue
		}
		e, ok := a.expected(op)
		if !ok {
			return nil, nil, errStale
		}
		if op.Kind == OpMove {
			moving = append(moving, &mover{op: op, entry: e})
			continue
		}
		if e.Kind == space.KindFolder {
			if changed == nil {
				if changed, err = changedFolders(ctx, a); err != nil {
					return nil, nil, err
				}
			}
			if changed[e.ID] {
				return nil, nil, errStale
			}
		}
		deleted = append(deleted, e)
	}
	return moving, deleted, nil
}

// changedFolders are those in which, at any depth, something has changed since the plan was made.
func changedFolders(ctx context.Context, a *applier) (map[int64]bool, error) {
	rows, err := a.Tx.QueryContext(ctx, `SELECT parent_id FROM changes WHERE space_id = ? AND seq > ?
		UNION SELECT from_parent_id FROM changes WHERE space_id = ? AND seq > ?`, a.ID, a.target.After, a.ID, a.target.After)
	if err != nil {
		return nil, fmt.Errorf("catalog: apply: changes: %w", err)
	}
	folders, err := space.Collect(rows, func(id *int64) error { return rows.Scan(id) })
	if err != nil {
		return nil, err
	}
	changed := make(map[int64]bool)
	for step := range slices.Chunk(folders, space.StepRows) {
		chains, err := a.Climb(ctx, a.Tx, step)
		if err != nil {
			return nil, err
		}
		for _, chain := range chains {
			for _, id := range chain.IDs {
				changed[id] = true
			}
		}
	}
	return changed, nil
}

// refresh finds out again where everything is.
func refresh(ctx context.Context, a *applier) error {
	ids := []int64{a.target.Folder}
	for _, e := range a.known {
		ids = append(ids, e.ID)
	}
	return a.climb(ctx, ids)
}

// settle gives places to those whose place is there and free, again and again, and returns the others.
func (a *applier) settle(ctx context.Context, moving []*mover) ([]*mover, error) {
	for len(moving) > 0 {
		if err := refresh(ctx, a); err != nil {
			return nil, err
		}
		ready, rest, err := a.ready(ctx, moving)
		if err != nil || len(ready) == 0 {
			return rest, err
		}
		var fresh []*added
		for _, m := range ready {
			parent, chain, _ := a.folder(m.op.Parent)
			e := m.entry
			e.Parent, e.Name, e.Path = parent, m.op.Name, strings.TrimSuffix(chain.Path, "/")+"/"+m.op.Name
			if e.ID == 0 {
				e.Space, e.Kind, e.MTime = a.ID, space.KindFolder, a.Now
				fresh = append(fresh, &added{op: m.op, entry: e, stored: m.op.UID})
				continue
			}
			if err := a.move(ctx, m, e); err != nil {
				return nil, err
			}
		}
		if len(fresh) > 0 {
			if err := a.makeFolders(ctx, fresh); err != nil {
				return nil, err
			}
		}
		moving = rest
	}
	return nil, nil
}

// ready picks movers whose place is there, and free or left by one picked before, none of which is above the way of another:
// names that shift by one need one round, not one each.
func (a *applier) ready(ctx context.Context, moving []*mover) (ready, rest []*mover, err error) {
	var places []place
	for _, m := range moving {
		if parent, _, ok := a.folder(m.op.Parent); ok {
			places = append(places, place{parent, m.op.Name})
		}
	}
	taken, err := a.taken(ctx, places)
	if err != nil {
		return nil, nil, err
	}
	moved := make(map[int64]bool) // folders of this round
	above := func(chain space.Chain) bool {
		return slices.ContainsFunc(chain.IDs, func(id int64) bool { return moved[id] })
	}
	waiting := make(map[place]*mover) // the first for a place that is taken
	picked := make(map[*mover]bool)
	pick := func(m *mover) (next *mover) {
		parent, chain, ok := a.folder(m.op.Parent)
		at := place{parent, m.op.Name}
		into := m.entry.ID != 0 && slices.Contains(chain.IDs, m.entry.ID)
		if !ok || into || above(chain) || above(a.chains[m.entry.ID]) {
			return nil
		}
		if taken[at] {
			if waiting[at] == nil {
				waiting[at] = m
			}
			return nil
		}
		taken[at], picked[m] = true, true
		ready = append(ready, m)
		if m.entry.ID == 0 {
			return nil
		}
		moved[m.entry.ID] = true
		if m.lifted { // it left its place before
			return nil
		}
		left := place{m.entry.Parent, m.entry.Name}
		next = waiting[left]
		delete(taken, left)
		delete(waiting, left)
		return next
	}
	for _, m := range moving {
		for next := m; next != nil; {
			next = pick(next)
		}
	}
	return ready, slices.DeleteFunc(slices.Clone(moving), func(m *mover) bool { return picked[m] }), nil
}

// move puts an entry where it then is.
func (a *applier) move(ctx context.Context, m *mover, to space.Entry) error {
	folders := map[int64]bool{to.Parent: true}
	to.Changed = a.Now
	if m.lifted {
		a.Record(space.ChangeRestore, to, space.Entry{})
	} else {
		from := m.entry
		from.Path = a.chains[from.ID].Path
		folders[from.Parent] = true
		a.Record(space.ChangeMove, to, from)
	}
	if err := space.PlaceAt(ctx, a.Edit, to); err != nil {
		return err
	}
	a.known[m.op.UID] = to
	return space.Stirs(ctx, a.Edit, folders)
}

// makeFolders makes folders, none in another of them.
func (a *applier) makeFolders(ctx context.Context, fresh []*added) error {
	for list := range slices.Chunk(fresh, batchSize) {
		if err := a.freeUIDs(ctx, list); err != nil {
			return err
		}
		if err := a.insert(ctx, list); err != nil {
			return err
		}
		if err := a.book(ctx, list); err != nil {
			return err
		}
		for _, n := range list {
			a.known[n.op.UID] = n.entry
		}
	}
	return nil
}

// lift takes what has found no place out of the tree.
func lift(ctx context.Context, a *applier, moving []*mover) error {
	if len(moving) == 0 {
		return nil
	}
	// The deepest first, so that each is in the tree when the log says that it goes.
	slices.SortStableFunc(moving, func(x, y *mover) int {
		return len(a.chains[y.entry.ID].IDs) - len(a.chains[x.entry.ID].IDs)
	})
	for _, m := range moving {
		if m.entry.ID == 0 {
			continue
		}
		e := m.entry
		e.Path, m.lifted = a.chains[e.ID].Path, true
		a.Record(space.ChangeDelete, e, space.Entry{})
		if err := a.Place(ctx, e.ID, nil, space.Path{}); err != nil {
			return err
		}
		if err := space.Stirs(ctx, a.Edit, map[int64]bool{e.Parent: true}); err != nil {
			return err
		}
	}
	return nil
}

// clearAway deletes entries that hold none of those which wait for a place, and returns the others.
func clearAway(ctx context.Context, a *applier, deleted []space.Entry, waiting []*mover) (rest []space.Entry, err error) {
	if len(deleted) == 0 {
		return nil, nil
	}
	if err := refresh(ctx, a); err != nil {
		return nil, err
	}
	holds := make(map[int64]bool)
	for _, m := range waiting {
		for _, id := range a.chains[m.entry.ID].IDs {
			holds[id] = true
		}
	}
	var gone []space.Entry
	for _, e := range deleted {
		if holds[e.ID] {
			rest = append(rest, e)
			continue
		}
		if chain, ok := a.chains[e.ID]; ok { // else it is in one that went
			e.Path = chain.Path
			gone = append(gone, e)
		}
	}
	return rest, a.discard(ctx, gone)
}
