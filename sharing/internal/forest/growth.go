package forest

import (
	"context"
	"iter"
	"slices"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/tree"
)

// growth is one Grow: what it has read, and the trees that came out new.
type growth struct {
	forest *Forest
	first  bool // the space has no trees
	snap   *catalog.Snapshot
	sink   tree.Sink
	fresh  map[int64]tree.Folder
	rows   map[int64]row
}

// row is a folder as it is in the catalog.
type row struct {
	entry catalog.Entry
	there bool
	depth int // folders above it
}

// known is the tree of a folder, if it has one.
func (g *growth) known(ctx context.Context, folder int64) (tree.Folder, bool, error) {
	if t, ok := g.fresh[folder]; ok {
		return t, true, nil
	}
	if g.first {
		return tree.Folder{}, false, nil
	}
	return g.forest.known(ctx, folder)
}

// tree is the tree of a folder, built from its list where it has none.
func (g *growth) tree(ctx context.Context, folder int64) (tree.Folder, error) {
	t, ok, err := g.known(ctx, folder)
	if err != nil || ok {
		return t, err
	}
	if t, err = tree.Build(ctx, g.sink, g.entries(ctx, folder)); err != nil {
		return tree.Folder{}, err
	}
	g.fresh[folder] = t
	return t, nil
}

// entries lists a folder as its tree has it.
func (g *growth) entries(ctx context.Context, folder int64) iter.Seq2[tree.Entry, error] {
	return func(yield func(tree.Entry, error) bool) {
		for e, err := range g.snap.Children(ctx, folder) {
			if err == nil && e.Mount != "" {
				continue
			}
			var item tree.Entry
			if err == nil {
				item, err = g.entry(ctx, e)
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// entry is an entry of the catalog as a tree has it.
func (g *growth) entry(ctx context.Context, e catalog.Entry) (tree.Entry, error) {
	if e.Kind == catalog.KindFolder {
		below, err := g.tree(ctx, e.ID)
		return below.Entry(e.UID, e.Name), err
	}
	return tree.Entry{UID: e.UID, Name: e.Name, Root: e.Root, Size: e.Size, MTime: e.MTime.UnixNano(), Exec: e.Exec}, nil
}

// row reads a folder of the catalog and how deep it lies.
func (g *growth) row(ctx context.Context, id int64) (row, error) {
	if r, ok := g.rows[id]; ok {
		return r, nil
	}
	var r row
	var err error
	if r.entry, r.there, err = g.snap.Entry(ctx, id); err != nil {
		return row{}, err
	}
	if r.there && r.entry.Parent != 0 {
		above, err := g.row(ctx, r.entry.Parent)
		if err != nil {
			return row{}, err
		}
		r.depth = above.depth + 1
	}
	g.rows[id] = r
	return r, nil
}

// follow brings the trees from change last up to the snapshot: first those of the deepest folders, whose roots then change
// in the folders above.
func (g *growth) follow(ctx context.Context, last int64) error {
	touched, err := g.snap.Touched(ctx, last)
	if err != nil {
		return err
	}
	levels := make(map[int]map[int64]map[string]bool) // depth, folder, names
	touch := func(folder int64, name string) error {
		if _, ok, err := g.known(ctx, folder); err != nil || !ok {
			return err
		}
		r, err := g.row(ctx, folder)
		if err != nil || !r.there {
			return err
		}
		if levels[r.depth] == nil {
			levels[r.depth] = make(map[int64]map[string]bool)
		}
		if levels[r.depth][folder] == nil {
			levels[r.depth][folder] = make(map[string]bool)
		}
		levels[r.depth][folder][name] = true
		return nil
	}
	for _, t := range touched {
		if err := touch(t.Folder, t.Name); err != nil {
			return err
		}
	}
	for len(levels) > 0 {
		depth := deepest(levels)
		for folder, names := range levels[depth] {
			changed, err := g.renew(ctx, folder, names)
			if err != nil {
				return err
			}
			if r := g.rows[folder]; changed && r.entry.Parent != 0 {
				if err := touch(r.entry.Parent, r.entry.Name); err != nil {
					return err
				}
			}
		}
		delete(levels, depth)
	}
	return nil
}

func deepest(levels map[int]map[int64]map[string]bool) int {
	depth := 0
	for d := range levels {
		depth = max(depth, d)
	}
	return depth
}

// renew puts the present entries of some names into the tree of a folder.
func (g *growth) renew(ctx context.Context, folder int64, names map[string]bool) (changed bool, err error) {
	old, _, err := g.known(ctx, folder)
	if err != nil {
		return false, err
	}
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	slots := make([]tree.Slot, 0, len(sorted))
	for _, name := range sorted {
		slot := tree.Slot{Name: name}
		e, there, err := g.snap.Child(ctx, folder, name)
		if err != nil {
			return false, err
		}
		if there && e.Mount == "" {
			item, err := g.entry(ctx, e)
			if err != nil {
				return false, err
			}
			slot.Entry = &item
		}
		slots = append(slots, slot)
	}
	now, err := tree.Edit(ctx, g.forest.blocks, g.sink, old.Root, slots)
	if err != nil || now == old {
		return false, err
	}
	g.fresh[folder] = now
	return true, nil
}
