package tree

import (
	"context"
	"fmt"
	"iter"
	"sort"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

// emptyRoot is the node of a folder with nothing in it.
var emptyRoot = node.Sum([]byte{0x83, 1, 0, 0x80})

// reader reads nodes and holds each against the node that led to it, so that what is read is what Build would have made.
type reader struct {
	blocks Blocks
	cache  map[cid.Cid]Node // nil: none
}

// cached is how many nodes a reader keeps, of 15 KB on average.
const cached = 256

// want is what is known of a node before it is read.
type want struct {
	level   int    // -1 of a root
	entries int64  // -1 when unknown
	last    string // not of a root
	open    bool   // no node follows on its level, so that it may end anywhere
}

// rootWant is what is known of the root of a folder with so many entries.
func rootWant(entries int64) want { return want{level: -1, entries: entries, open: true} }

// node reads and checks one node.
func (r *reader) node(ctx context.Context, c cid.Cid, w want) (Node, error) {
	n, err := r.decode(ctx, c)
	if err != nil {
		return Node{}, err
	}
	wrong := ""
	switch {
	case w.level < 0 && n.Level > 0 && n.Len() < 2:
		wrong = "a root with one node below it"
	case w.level >= 0 && (n.Level != w.level || n.Last() != w.last):
		wrong = "a node of another place"
	case w.entries >= 0 && n.Count() != w.entries:
		wrong = "another number of entries than is said above it"
	case !w.open && !n.Closed():
		wrong = "a node that ends too early"
	}
	if wrong != "" {
		return Node{}, fmt.Errorf("%w: %s: %s", ErrFormat, c, wrong)
	}
	return n, nil
}

func (r *reader) decode(ctx context.Context, c cid.Cid) (Node, error) {
	if !c.Defined() || c == emptyRoot {
		return Node{}, nil
	}
	if n, ok := r.cache[c]; ok {
		return n, nil
	}
	if !node.IsNode(c) {
		return Node{}, fmt.Errorf("%w: %s is no node", ErrFormat, c)
	}
	data, err := r.blocks.Get(ctx, c)
	if err != nil {
		return Node{}, fmt.Errorf("tree: %w", err)
	}
	n, err := Decode(data)
	if err != nil {
		return Node{}, fmt.Errorf("%s: %w", c, err)
	}
	if r.cache != nil {
		if len(r.cache) == cached {
			clear(r.cache)
		}
		r.cache[c] = n
	}
	return n, nil
}

// child reads the node below item i of n. open tells whether n is the last of its level.
func (r *reader) child(ctx context.Context, n Node, i int, open bool) (Node, error) {
	s := n.Subs[i]
	return r.node(ctx, s.Node, want{n.Level - 1, s.Entries, s.Last, open && i == n.Len()-1})
}

// cursor goes through the items of one folder in order: entries, and nodes that may be entered or passed over.
type cursor struct {
	r     *reader
	stack []frame
	low   string // what comes is greater
}

type frame struct {
	node Node
	i    int
	open bool
}

func newCursor(ctx context.Context, r *reader, root cid.Cid, entries int64) (*cursor, error) {
	n, err := r.node(ctx, root, rootWant(entries))
	if err != nil {
		return nil, err
	}
	return &cursor{r: r, stack: []frame{{n, 0, true}}}, nil
}

// more tells whether an item comes.
func (c *cursor) more() bool {
	for len(c.stack) > 0 {
		if top := &c.stack[len(c.stack)-1]; top.i < top.node.Len() {
			return true
		}
		c.stack = c.stack[:len(c.stack)-1]
	}
	return false
}

// level is that of the node which the next item is, -1 of an entry.
func (c *cursor) level() int { return c.stack[len(c.stack)-1].node.Level - 1 }

func (c *cursor) entry() Entry {
	top := c.stack[len(c.stack)-1]
	return top.node.Entries[top.i]
}

func (c *cursor) sub() Sub {
	top := c.stack[len(c.stack)-1]
	return top.node.Subs[top.i]
}

// open tells whether the node which the next item is may end anywhere.
func (c *cursor) open() bool {
	top := c.stack[len(c.stack)-1]
	return top.open && top.i == top.node.Len()-1
}

// pass goes on after the next item.
func (c *cursor) pass() {
	top := &c.stack[len(c.stack)-1]
	c.low = top.node.Key(top.i)
	top.i++
}

// enter goes down into the node that the next item is.
func (c *cursor) enter(ctx context.Context) error {
	top := &c.stack[len(c.stack)-1]
	n, err := c.r.child(ctx, top.node, top.i, top.open)
	if err != nil {
		return err
	}
	top.i++
	c.stack = append(c.stack, frame{n, 0, top.open && top.i == top.node.Len()})
	return nil
}

// next returns the next entry and goes on; false at the end.
func (c *cursor) next(ctx context.Context) (Entry, bool, error) {
	for c.more() {
		if c.level() < 0 {
			e := c.entry()
			c.pass()
			return e, true, nil
		}
		if err := c.enter(ctx); err != nil {
			return Entry{}, false, err
		}
	}
	return Entry{}, false, nil
}

// Stat reads what the entry of the folder at root must say of it.
func Stat(ctx context.Context, blocks Blocks, root cid.Cid) (Folder, error) {
	n, err := (&reader{blocks: blocks}).node(ctx, root, rootWant(-1))
	if !root.Defined() {
		root = emptyRoot
	}
	return Folder{root, n.Count()}, err
}

// List returns the entries of one folder, sorted bytewise by name.
func List(ctx context.Context, blocks Blocks, root cid.Cid) iter.Seq2[Entry, error] {
	return (&reader{blocks: blocks}).list(ctx, root, -1)
}

func (r *reader) list(ctx context.Context, root cid.Cid, entries int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		c, err := newCursor(ctx, r, root, entries)
		for err == nil {
			var e Entry
			var more bool
			if e, more, err = c.next(ctx); err == nil && (!more || !yield(e, nil)) {
				return
			}
		}
		yield(Entry{}, err)
	}
}

// Lookup returns the entry with that name in the folder, or ErrNotFound.
func Lookup(ctx context.Context, blocks Blocks, root cid.Cid, name string) (Entry, error) {
	e, ok, err := (&reader{blocks: blocks}).lookup(ctx, root, name)
	if err == nil && !ok {
		err = fmt.Errorf("%w: %.80q", ErrNotFound, name)
	}
	return e, err
}

func (r *reader) lookup(ctx context.Context, root cid.Cid, name string) (Entry, bool, error) {
	n, err := r.node(ctx, root, rootWant(-1))
	for open := true; err == nil; {
		i := sort.Search(n.Len(), func(i int) bool { return n.Key(i) >= name })
		if i == n.Len() {
			break
		}
		if n.Level == 0 {
			return n.Entries[i], n.Entries[i].Name == name, nil
		}
		last := i == n.Len()-1
		n, err = r.child(ctx, n, i, open)
		open = open && last
	}
	return Entry{}, false, err
}

// At returns the entry at a path of at least one name, or ErrNotFound.
func At(ctx context.Context, blocks Blocks, root cid.Cid, path []string) (Entry, error) {
	e := Entry{Folder: true, Root: root}
	for i, name := range path {
		if !e.Folder {
			return Entry{}, fmt.Errorf("%w: %.80q is a file", ErrNotFound, path[i-1])
		}
		var err error
		if e, err = Lookup(ctx, blocks, e.Root, name); err != nil {
			return Entry{}, err
		}
	}
	if e.Name == "" {
		return Entry{}, fmt.Errorf("%w: an empty path", ErrNotFound)
	}
	return e, nil
}
