package space

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// Chain is what lies between an entry and the root, from the root down to the entry itself.
type Chain struct {
	IDs  []int64
	Path string
}

// Climb goes from entries up to the root. Those that do not get there, because they are in the trash, have no chain.
func (s *Space) Climb(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]Chain, error) {
	type step struct {
		from, id int64
		name     string
	}
	chains := make(map[int64]Chain, len(ids))
	if len(ids) == 0 {
		return chains, nil
	}
	rows, err := idb.QueryContext(ctx, `WITH RECURSIVE up (start, id, parent, name, level) AS (
		SELECT e.id, e.id, e.parent_id, e.name, 0 FROM entries e WHERE e.id IN (?)
		UNION ALL SELECT up.start, e.id, e.parent_id, e.name, up.level + 1 FROM up JOIN entries e ON e.id = up.parent)
		SELECT start, id, name FROM up ORDER BY start, level DESC`, bun.List(slices.Compact(slices.Sorted(slices.Values(ids)))))
	if err != nil {
		return nil, fmt.Errorf("catalog: find paths: %w", err)
	}
	steps, err := Collect(rows, func(p *step) error { return rows.Scan(&p.from, &p.id, &p.name) })
	if err != nil {
		return nil, err
	}
	for _, p := range steps {
		above, alive := chains[p.from]
		switch {
		case p.id == s.Root:
			chains[p.from] = Chain{IDs: []int64{p.id}, Path: "/"}
		case alive:
			chains[p.from] = Chain{append(above.IDs, p.id), strings.TrimSuffix(above.Path, "/") + "/" + p.name}
		}
	}
	return chains, nil
}

// Paths are the paths of the entries that are not in the trash.
func (s *Space) Paths(ctx context.Context, idb bun.IDB, ids []int64) (map[int64]string, error) {
	chains, err := s.Climb(ctx, idb, ids)
	paths := make(map[int64]string, len(chains))
	for id, chain := range chains {
		paths[id] = chain.Path
	}
	return paths, err
}
