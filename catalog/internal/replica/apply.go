package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// errStale undoes the transaction of a structural batch.
var errStale = errors.New("catalog: stale step")

// Apply carries out steps that turn one state of a folder into another. Adopts, moves, deletes and the mkdirs that moves
// need are one transaction, which does all or nothing; the others follow in order, in transactions of some hundred. A step
// whose entry is not as expected, whose place is taken or outside of the folder is left out and counted. done, if not nil,
// runs in the last transaction when nothing was left out.
func Apply(ctx context.Context, t *space.Tables, target Target, ops []Op, done func(ctx context.Context, tx bun.Tx) error) (all Applied, err error) {
	s, err := t.Load(ctx, t.DB.Read(), target.Space)
	if err != nil {
		return Applied{}, err
	}
	batches, bytes, err := split(ops)
	if err != nil {
		return Applied{}, err
	}
	from, err := sourcesOf(ctx, s, ops)
	if err != nil {
		return Applied{}, err
	}
	for i, b := range batches {
		var now Applied
		err := s.Edit(ctx, target.Actor, func(ctx context.Context, e *space.Edit) error {
			now = Applied{}
			a := &applier{Edit: e, tables: t, target: target, from: from}
			if i == 0 && !s.Replica && bytes > 0 {
				if err := e.Affords(ctx, bytes); err != nil {
					return err
				}
			}
			if err := a.run(ctx, b, &now); err != nil {
				return err
			}
			if i < len(batches)-1 || all.Stale+now.Stale > 0 || done == nil {
				return nil
			}
			return done(ctx, e.Tx)
		})
		if errors.Is(err, errStale) {
			return Applied{Stale: len(b.ops)}, nil
		}
		if err != nil {
			return all, err
		}
		all.Done += now.Done
		all.Stale += now.Stale
	}
	return all, nil
}

// applier is one transaction of Apply.
type applier struct {
	*space.Edit
	tables *space.Tables
	target Target
	from   sources                   // as they were before the first transaction
	known  map[space.UID]space.Entry // what was looked up
	chains map[int64]space.Chain     // of entries in the folder
}

func (a *applier) run(ctx context.Context, b batch, count *Applied) error {
	if b.structural {
		count.Done = len(b.ops)
		return a.restructure(ctx, b.ops)
	}
	for rest := b.ops; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Kind == rest[0].Kind {
			n++
		}
		done, err := a.runKind(ctx, rest[:n])
		if err != nil {
			return err
		}
		count.Done += done
		count.Stale += n - done
		rest = rest[n:]
	}
	return nil
}

// runKind takes steps of one kind, and tells how many it could.
func (a *applier) runKind(ctx context.Context, ops []*Op) (done int, err error) {
	if ops[0].Kind == OpUpdate || ops[0].Kind == OpMeta {
		return a.change(ctx, ops)
	}
	for _, level := range levels(ops) {
		n, err := a.add(ctx, level)
		if err != nil {
			return 0, err
		}
		done += n
	}
	return done, nil
}

// levels puts folders into groups, none of which holds a folder and one that is in it.
func levels(ops []*Op) (groups [][]*Op) {
	if ops[0].Kind != OpMkdir {
		return [][]*Op{ops}
	}
	at := make(map[space.UID]int)
	for _, op := range ops {
		level := at[op.Parent] // 0 where the parent is not among them
		at[op.UID] = level + 1
		if level == len(groups) {
			groups = append(groups, nil)
		}
		groups[level] = append(groups[level], op)
	}
	return groups
}

// look finds the entries of UIDs, and which of them are in the folder. It forgets what it knew.
func (a *applier) look(ctx context.Context, uids map[space.UID]bool) error {
	delete(uids, space.UID{})
	var list []space.UID
	for u := range uids {
		list = append(list, u)
	}
	slices.SortFunc(list, func(x, y space.UID) int { return slices.Compare(x[:], y[:]) })
	var err error
	if a.known, err = a.Resolve(ctx, a.Tx, list); err != nil {
		return err
	}
	ids := []int64{a.target.Folder}
	for _, e := range a.known {
		ids = append(ids, e.ID)
	}
	return a.climb(ctx, ids)
}

// climb finds which entries are in the folder.
func (a *applier) climb(ctx context.Context, ids []int64) error {
	a.chains = make(map[int64]space.Chain, len(ids))
	slices.Sort(ids)
	for step := range slices.Chunk(slices.Compact(ids), space.StepRows) {
		chains, err := a.Climb(ctx, a.Tx, step)
		if err != nil {
			return err
		}
		for id, chain := range chains {
			if slices.Contains(chain.IDs, a.target.Folder) {
				a.chains[id] = chain
			}
		}
	}
	if _, ok := a.chains[a.target.Folder]; !ok {
		return fmt.Errorf("%w: folder %d is not in the tree", space.ErrNotFound, a.target.Folder)
	}
	return nil
}

// entry is the entry of a UID if it is in the folder.
func (a *applier) entry(u space.UID) (space.Entry, bool) {
	e, ok := a.known[u]
	if !ok || e.Target != 0 {
		return space.Entry{}, false
	}
	chain, ok := a.chains[e.ID]
	e.Path = chain.Path
	return e, ok && e.ID != a.target.Folder
}

// folder is the folder of a UID if it is the folder or in it.
func (a *applier) folder(u space.UID) (id int64, chain space.Chain, ok bool) {
	if u == (space.UID{}) {
		return a.target.Folder, a.chains[a.target.Folder], true
	}
	e, ok := a.entry(u)
	return e.ID, a.chains[e.ID], ok && e.Kind == space.KindFolder
}

// expected is the entry of a step if it is in the state that the step expects.
func (a *applier) expected(op *Op) (space.Entry, bool) {
	e, ok := a.entry(op.UID)
	if !ok || op.Was == nil || e.Name != op.Was.Name || (e.Kind == space.KindFile) != op.Was.Root.Defined() {
		return space.Entry{}, false
	}
	if parent, _, ok := a.folder(op.Was.Parent); !ok || e.Parent != parent {
		return space.Entry{}, false
	}
	if e.Kind == space.KindFolder {
		return e, op.Kind != OpUpdate && op.Kind != OpMeta
	}
	same := e.Root == op.Was.Root && e.Exec == op.Was.Exec && e.MTime.Equal(database.At(space.Sane(op.Was.MTime)).Time)
	return e, same
}

// place is a name in a folder.
type place struct {
	folder int64
	name   string
}

// taken finds which places hold an entry. A mount in the way goes aside: other hives do not know of it.
func (a *applier) taken(ctx context.Context, places []place) (map[place]bool, error) {
	found := make(map[place]bool)
	for step := range slices.Chunk(places, batchSize) {
		var args []any
		for _, p := range step {
			args = append(args, p.folder, p.name)
		}
		// One by one each is found by the index of names: lists of names would have whole folders read.
		entries, err := space.IdentifiedIn(ctx, a.Space, a.Tx, joined("(e.parent_id = ? AND e.name = ?)", " OR ", len(step)), args...)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Target != 0 {
				if err := space.StepAside(ctx, a.Edit, e); err != nil {
					return nil, err
				}
				continue
			}
			found[place{e.Parent, e.Name}] = true
		}
	}
	return found, nil
}
