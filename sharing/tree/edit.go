package tree

import (
	"cmp"
	"context"
	"slices"

	"github.com/ipfs/go-cid"
)

// change says what an item of one level shall be: an entry on level 0, a node on others, or neither and gone.
type change struct {
	key   string
	entry *Entry
	sub   *Sub
}

// Edit stores the tree that Build would make of the entries of root after the edits, and touches only what changes. Edits
// need no order; the last one for a name counts. The undefined root is the empty folder.
func Edit(ctx context.Context, blocks Blocks, sink Sink, root cid.Cid, edits []Slot) (Folder, error) {
	r := &reader{blocks: blocks, cache: make(map[cid.Cid]Node)}
	changes := make([]change, 0, len(edits))
	for _, e := range edits {
		if e.Entry != nil && e.Entry.Name != e.Name {
			e.Entry = &Entry{UID: e.Entry.UID} // which no node takes
		}
		changes = append(changes, change{key: e.Name, entry: e.Entry})
	}
	return r.edit(ctx, sink, root, changes)
}

func (r *reader) edit(ctx context.Context, sink Sink, root cid.Cid, changes []change) (Folder, error) {
	top, err := r.node(ctx, root, rootWant(-1))
	if err != nil {
		return Folder{}, err
	}
	if len(changes) == 0 && root.Defined() {
		return Folder{root, top.Count()}, nil
	}
	made := &made{Sink: sink, blocks: r.blocks, nodes: make(map[cid.Cid][]byte)}
	for level := 0; level <= top.Level; level++ {
		e := editor{walk: rowWalk{r: r, root: top, level: level}}
		e.build = builder{sink: made, level: level, emit: func(s Sub) error {
			e.out = append(e.out, change{key: s.Last, sub: &s})
			return nil
		}}
		if err := e.run(ctx, normal(changes)); err != nil {
			return Folder{}, err
		}
		changes = e.out
	}
	var nodes []Sub
	for _, c := range changes {
		nodes = append(nodes, *c.sub) // the root was no item, so nothing is gone
	}
	if len(nodes) != 1 {
		return crown(ctx, sink, top.Level, nodes)
	}
	return uncrown(ctx, made, top.Level, nodes[0])
}

// uncrown finds the root below nodes that have but one node below them.
func uncrown(ctx context.Context, made *made, level int, top Sub) (Folder, error) {
	r := &reader{blocks: made}
	for ; level > 0; level-- {
		n, err := r.node(ctx, top.Node, want{level, top.Entries, top.Last, true})
		if err != nil {
			return Folder{}, err
		}
		if n.Len() > 1 {
			break
		}
		top = n.Subs[0]
	}
	return Folder{top.Node, top.Entries}, nil
}

// made is a sink whose upper nodes can be read, for a Sink need not show what it took.
type made struct {
	Sink
	blocks Blocks
	nodes  map[cid.Cid][]byte
}

// Put implements Sink.
func (m *made) Put(ctx context.Context, c cid.Cid, data []byte) error {
	if data[2] > 0 { // the level
		m.nodes[c] = data
	}
	return m.Sink.Put(ctx, c, data)
}

// Get implements Blocks.
func (m *made) Get(ctx context.Context, c cid.Cid) ([]byte, error) {
	if data, ok := m.nodes[c]; ok {
		return data, nil
	}
	return m.blocks.Get(ctx, c)
}

// normal sorts changes; of those with one key the last stays, and rather one that puts something there.
func normal(changes []change) []change {
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.key, b.key) })
	out := changes[:0]
	for _, c := range changes {
		if n := len(out); n > 0 && out[n-1].key == c.key {
			if c.sub != nil || out[n-1].sub == nil {
				out[n-1] = c
			}
			continue
		}
		out = append(out, c)
	}
	return out
}

// editor rewrites the nodes of one level in which something changes, and those after them until the old cuts fit again.
type editor struct {
	walk  rowWalk
	build builder
	out   []change // for the level above
}

func (e *editor) run(ctx context.Context, changes []change) error {
	for len(changes) > 0 {
		if err := e.walk.seek(ctx, changes[0].key); err != nil {
			return err
		}
		for {
			n, s, last, err := e.walk.next(ctx)
			if err != nil {
				return err
			}
			if s != nil {
				e.out = append(e.out, change{key: s.Last})
			}
			if changes, err = e.merge(ctx, n, changes, last); err != nil {
				return err
			}
			if last {
				return e.build.finish(ctx)
			}
			if e.build.fresh() {
				break
			}
		}
	}
	return nil
}

// merge gives the items of a node and the changes among them to the builder. It returns the changes that come later, none
// when the node is the last.
func (e *editor) merge(ctx context.Context, n Node, changes []change, last bool) ([]change, error) {
	end := n.Last()
	for i := 0; ; {
		var err error
		switch {
		case len(changes) > 0 && (last || changes[0].key <= end) && (i == n.Len() || changes[0].key <= n.Key(i)):
			if i < n.Len() && changes[0].key == n.Key(i) {
				i++
			}
			if c := changes[0]; c.entry != nil {
				err = e.build.entry(ctx, *c.entry)
			} else if c.sub != nil {
				err = e.build.sub(ctx, *c.sub)
			}
			changes = changes[1:]
		case i == n.Len():
			return changes, nil
		case n.Level > 0:
			err = e.build.sub(ctx, n.Subs[i])
			i++
		default:
			err = e.build.entry(ctx, n.Entries[i])
			i++
		}
		if err != nil {
			return nil, err
		}
	}
}

// rowWalk visits the nodes of one level in order, from any key.
type rowWalk struct {
	r     *reader
	root  Node
	level int
	at    cursor // on the levels above
}

// seek makes the node in which key is or would be the next one.
func (w *rowWalk) seek(ctx context.Context, key string) error {
	w.at = cursor{r: w.r}
	for n, open := w.root, true; n.Level > w.level; {
		i, _ := slices.BinarySearchFunc(n.Subs, key, func(s Sub, key string) int { return cmp.Compare(s.Last, key) })
		i = min(i, n.Len()-1)
		w.at.stack = append(w.at.stack, frame{n, i, open})
		if n.Level == w.level+1 {
			return nil
		}
		child, err := w.r.child(ctx, n, i, open)
		if err != nil {
			return err
		}
		w.at.stack[len(w.at.stack)-1].i++
		n, open = child, open && i == n.Len()-1
	}
	return nil
}

// next returns the next node, its item in the level above, nil of the root, and whether it is the last one.
func (w *rowWalk) next(ctx context.Context) (Node, *Sub, bool, error) {
	if w.root.Level == w.level {
		return w.root, nil, true, nil
	}
	for w.at.more() && w.at.level() > w.level {
		if err := w.at.enter(ctx); err != nil {
			return Node{}, nil, false, err
		}
	}
	top := &w.at.stack[len(w.at.stack)-1]
	s := w.at.sub()
	n, err := w.r.child(ctx, top.node, top.i, top.open)
	w.at.pass()
	return n, &s, !w.at.more(), err
}
