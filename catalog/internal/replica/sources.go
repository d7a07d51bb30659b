package replica

import (
	"context"
	"maps"
	"slices"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// sources are entries of a replica by a content that they hold.
type sources map[cid.Cid]int64

// sourcesOf finds what holds the contents that steps make and the caller does not have, among the entries that the steps find:
// of several one whose content no other hive may have.
func sourcesOf(ctx context.Context, s *space.Space, ops []Op) (sources, error) {
	if !s.Replica {
		return nil, nil
	}
	needed := make(map[cid.Cid]bool)
	for _, op := range ops {
		if (op.Kind == OpCreate || op.Kind == OpUpdate) && !op.Held {
			needed[op.Root] = true
		}
	}
	roots := make(map[space.UID]cid.Cid)
	for _, op := range ops {
		if op.Was != nil && needed[op.Was.Root] {
			roots[op.UID] = op.Was.Root
		}
	}
	if len(roots) == 0 {
		return nil, nil
	}
	found, err := s.Resolve(ctx, s.Read(), slices.Collect(maps.Keys(roots)))
	if err != nil {
		return nil, err
	}
	wanted := make(map[int64]cid.Cid, len(found))
	for uid, e := range found {
		wanted[e.ID] = roots[uid]
	}
	given, err := heldOf(ctx, s.Read(), wanted)
	from := make(sources)
	for _, id := range slices.Sorted(maps.Keys(given)) {
		if other, ok := from[wanted[id]]; !ok || given[other] && !given[id] {
			from[wanted[id]] = id
		}
	}
	return from, err
}

// held tells which contents that the caller does not have are here: those whose source holds them still. given tells whether another
// hive can give it again.
func (a *applier) held(ctx context.Context, ops []*Op) (given map[cid.Cid]bool, err error) {
	wanted := make(map[int64]cid.Cid)
	for _, op := range ops {
		if id, ok := a.from[op.Root]; ok && !op.Held {
			wanted[id] = op.Root
		}
	}
	found, err := heldOf(ctx, a.Tx, wanted)
	given = make(map[cid.Cid]bool, len(found))
	for id, again := range found {
		given[wanted[id]] = again
	}
	return given, err
}
