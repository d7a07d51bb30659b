// Package graft is how the difference of two trees travels: not as nodes, which are full of hashes, but as the entries that
// changed. Whoever has the one tree makes the other of them, and the root proves it.
//
// It owns what is said of a changed entry, and how a tree is made anew. It does not own trees (package tree), nor how
// edits get from one hive to another (internal/fetch).
package graft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/sharing/tree"
)

// Limits of the edits between two trees.
const (
	Most      = 20_000
	MostBytes = 16 << 20 // of the names in their paths
)

// Errors of this package.
var (
	ErrMany   = errors.New("sharing: too many edits")
	ErrFormat = errors.New("sharing: malformed edits of a tree")
)

// Edit is what became of one entry. One that stayed where it is and changed in itself has Path and the fields of a file; one that
// moved has Was too, and no Root where it changed in nothing else; a new one has a UID; of one that is gone there is only Was.
type Edit struct {
	Path   []string `cbor:"p,omitempty"` // in the tree after
	Was    []string `cbor:"w,omitempty"` // in the tree before, if it is not there any more
	UID    []byte   `cbor:"u,omitempty"` // of a new entry
	Folder bool     `cbor:"f,omitempty"` // a new one, which is made of other edits
	Root   []byte   `cbor:"r,omitempty"` // of a file, as all that follow
	Size   int64    `cbor:"s,omitempty"`
	MTime  int64    `cbor:"m,omitempty"`
	Exec   bool     `cbor:"x,omitempty"`
}

// Between returns the edits that make the tree to of from, in the order of paths. ErrMany says that there are too many, or that too
// much has to be compared for few: a large folder that is gone, for example. It comes before all is read.
func Between(ctx context.Context, blocks tree.Blocks, from, to cid.Cid) ([]Edit, error) {
	changes, err := tree.Diff(ctx, &meter{blocks, make(map[uint64]struct{})}, from, to)
	if err != nil {
		return nil, err
	}
	var edits []Edit
	for uid, c := range changes.ByUID {
		var e Edit
		if c.Before != nil {
			if above := changes.ByUID[c.Before.Parent]; c.After == nil && above.Before != nil && above.After == nil {
				continue // it goes with its folder
			}
			e.Was = changes.PathBefore(uid)
		}
		if c.After != nil {
			e.Path = changes.PathAfter(uid)
			e.describe(uid, c)
		}
		if edits = append(edits, e); len(edits) > Most {
			break
		}
	}
	if err := limits(edits); err != nil {
		return nil, err
	}
	slices.SortFunc(edits, func(a, b Edit) int { return slices.Compare(a.sorted(), b.sorted()) })
	return edits, nil
}

// limits refuses more edits than anyone may make a hive apply.
func limits(edits []Edit) error {
	var bytes int
	for _, e := range edits {
		bytes += e.Bytes()
	}
	if len(edits) > Most || bytes > MostBytes {
		return fmt.Errorf("%w: %d of %d bytes", ErrMany, len(edits), bytes)
	}
	return nil
}

// Bytes is how many the names of an edit have.
func (e Edit) Bytes() (n int) {
	for _, name := range e.Path {
		n += len(name) + 1
	}
	for _, name := range e.Was {
		n += len(name) + 1
	}
	return n
}

func (e Edit) sorted() []string {
	if e.Path != nil {
		return e.Path
	}
	return e.Was
}

// describe says what an entry is that is there after.
func (e *Edit) describe(uid tree.UID, c tree.Change) {
	after := c.After.Entry
	switch {
	case c.Before == nil:
		e.UID, e.Folder = uid[:], after.Folder
	case c.Before.Parent == c.After.Parent && c.Before.Entry.Name == after.Name: // it stayed in its folder
		e.Was = nil
	}
	if after.Folder {
		return
	}
	if before := c.Before; before != nil {
		moved := before.Entry
		if moved.Name = after.Name; moved == after {
			return
		}
	}
	e.Root, e.Size, e.MTime, e.Exec = after.Root.Bytes(), after.Size, after.MTime, after.Exec
}

// Apply makes a tree of from and edits, which may be anyone's: the caller compares the root. The nodes that are new go into
// sink.
func Apply(ctx context.Context, blocks tree.Blocks, sink tree.Sink, from cid.Cid, edits []Edit) (cid.Cid, error) {
	if err := limits(edits); err != nil {
		return cid.Undef, err
	}
	root := &folder{base: from, was: []string{}}
	g := &graft{
		blocks: blocks, from: from, left: make(map[string]bool),
		after: map[string]*folder{"": root}, before: map[string]*folder{"": root},
	}
	for _, e := range edits {
		if len(e.Path) > tree.MaxDepth || len(e.Was) > tree.MaxDepth || len(e.Path)+len(e.Was) == 0 || len(e.UID) > 0 && len(e.UID) != len(tree.UID{}) {
			return cid.Undef, fmt.Errorf("%w: %q", ErrFormat, e.Path)
		}
		if len(e.Was) > 0 {
			g.left[key(e.Was)] = true
		}
	}
	byDepth := slices.Clone(edits)
	slices.SortStableFunc(byDepth, func(a, b Edit) int { return len(a.Path) - len(b.Path) })
	for _, step := range []func(context.Context, Edit) error{g.folders, g.files, g.remove} {
		for _, e := range byDepth {
			if err := step(ctx, e); err != nil {
				return cid.Undef, err
			}
		}
	}
	made, err := g.make(ctx, sink, root)
	return made.Root, err
}

// graft is one Apply.
type graft struct {
	blocks tree.Blocks
	from   cid.Cid
	left   map[string]bool    // paths before that are left
	after  map[string]*folder // by their paths
	before map[string]*folder
}

// folder is one in which something changes.
type folder struct {
	uid   tree.UID
	base  cid.Cid  // its tree before; undefined of a new one
	was   []string // its path before, nil of a new one
	slots map[string]slot
}

// slot is what a name becomes: nothing, a file, or a folder in which something changes.
type slot struct {
	entry  *tree.Entry
	folder *folder
}

func (f *folder) set(name string, s slot) {
	if f.slots == nil {
		f.slots = make(map[string]slot)
	}
	f.slots[name] = s
}

func key(path []string) string { return strings.Join(path, "/") }

func split(path []string) (folder []string, name string) {
	return path[:len(path)-1], path[len(path)-1]
}

// folders puts folders that are new or moved to their places, those above first.
func (g *graft) folders(ctx context.Context, e Edit) error {
	if len(e.Path) == 0 || e.Root != nil {
		return nil
	}
	f := &folder{}
	switch {
	case e.UID != nil && e.Folder:
		f.uid = tree.UID(e.UID)
	case e.UID == nil && e.Was != nil:
		before, err := tree.At(ctx, g.blocks, g.from, e.Was)
		if err != nil || !before.Folder {
			return err
		}
		f.uid, f.base, f.was = before.UID, before.Root, e.Was
		g.before[key(e.Was)] = f
	default:
		return fmt.Errorf("%w: nothing of %q", ErrFormat, e.Path)
	}
	above, name := split(e.Path)
	parent, err := g.folder(ctx, above)
	if err != nil {
		return err
	}
	if _, twice := g.after[key(e.Path)]; twice {
		return fmt.Errorf("%w: %q twice", ErrFormat, e.Path)
	}
	g.after[key(e.Path)] = f
	parent.set(name, slot{folder: f})
	return nil
}

// folder is the one at a path after.
func (g *graft) folder(ctx context.Context, path []string) (*folder, error) {
	if f := g.after[key(path)]; f != nil {
		return f, nil
	}
	above, name := split(path)
	parent, err := g.folder(ctx, above)
	if err != nil {
		return nil, err
	}
	f, err := g.within(ctx, parent, name)
	if err == nil && f == nil {
		err = fmt.Errorf("%w: no folder %q", ErrFormat, path)
	}
	if err != nil {
		return nil, err
	}
	g.after[key(path)] = f
	return f, nil
}

// within is the folder of a name that stayed in parent; nil where there is none.
func (g *graft) within(ctx context.Context, parent *folder, name string) (*folder, error) {
	if parent.was == nil {
		return nil, nil
	}
	was := append(slices.Clip(parent.was), name)
	if g.left[key(was)] {
		return nil, nil
	}
	if f := g.before[key(was)]; f != nil {
		return f, nil
	}
	e, err := tree.Lookup(ctx, g.blocks, parent.base, name)
	if errors.Is(err, tree.ErrNotFound) || err == nil && !e.Folder {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := &folder{uid: e.UID, base: e.Root, was: was}
	g.before[key(was)] = f
	if _, taken := parent.slots[name]; !taken {
		parent.set(name, slot{folder: f})
	}
	return f, nil
}

// files puts files that are new, changed or moved to their places.
func (g *graft) files(ctx context.Context, e Edit) error {
	if len(e.Path) == 0 || g.after[key(e.Path)] != nil {
		return nil
	}
	above, name := split(e.Path)
	parent, err := g.folder(ctx, above)
	if err != nil {
		return err
	}
	var entry tree.Entry
	switch {
	case e.UID != nil:
		entry.UID = tree.UID(e.UID)
	case e.Was != nil:
		entry, err = tree.At(ctx, g.blocks, g.from, e.Was)
	default:
		entry, err = tree.Lookup(ctx, g.blocks, parent.base, name)
	}
	if err != nil {
		return err
	}
	if entry.Name = name; e.Root != nil {
		entry.Size, entry.MTime, entry.Exec = e.Size, e.MTime, e.Exec
		if entry.Root, err = cid.Cast(e.Root); err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	if _, twice := parent.slots[name]; twice || entry.Folder {
		return fmt.Errorf("%w: %q twice", ErrFormat, e.Path)
	}
	parent.set(name, slot{entry: &entry})
	return nil
}

// remove takes out what is not there any more, unless something else has its name.
func (g *graft) remove(ctx context.Context, e Edit) error {
	if len(e.Was) == 0 {
		return nil
	}
	above, name := split(e.Was)
	f, err := g.stayed(ctx, above)
	if err != nil || f == nil {
		return err
	}
	if _, taken := f.slots[name]; !taken {
		f.set(name, slot{})
	}
	return nil
}

// stayed is the folder that was at a path before, wherever it is now; nil where it is gone.
func (g *graft) stayed(ctx context.Context, was []string) (*folder, error) {
	if f := g.before[key(was)]; f != nil || g.left[key(was)] {
		return f, nil
	}
	above, name := split(was)
	parent, err := g.stayed(ctx, above)
	if err != nil || parent == nil {
		return nil, err
	}
	return g.within(ctx, parent, name)
}

// make builds the tree of a folder, from the bottom up.
func (g *graft) make(ctx context.Context, sink tree.Sink, f *folder) (tree.Folder, error) {
	slots := make([]tree.Slot, 0, len(f.slots))
	for name, s := range f.slots {
		if s.folder != nil {
			below, err := g.make(ctx, sink, s.folder)
			if err != nil {
				return tree.Folder{}, err
			}
			entry := below.Entry(s.folder.uid, name)
			s.entry = &entry
		}
		slots = append(slots, tree.Slot{Name: name, Entry: s.entry})
	}
	slices.SortFunc(slots, func(a, b tree.Slot) int { return strings.Compare(a.Name, b.Name) })
	return tree.Edit(ctx, g.blocks, sink, f.base, slots)
}
