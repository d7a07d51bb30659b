package tree

import (
	"context"
	"fmt"
	"slices"

	"github.com/ipfs/go-cid"
)

// Located is an entry and the folder it is in.
type Located struct {
	Parent UID
	Entry  Entry
	depth  int
}

// samePlace tells whether both are called the same in the same folder.
func (l *Located) samePlace(m *Located) bool {
	return l.Parent == m.Parent && l.Entry.Name == m.Entry.Name
}

// Change is what became of one entry.
type Change struct {
	Before, After *Located // nil: not there
}

// Changes are the differences of two trees by UID. A folder in which something changed is not itself changed.
type Changes struct {
	ByUID         map[UID]Change
	before, after side
}

// side is what differs of one of two trees, with all folders that lead there.
type side map[UID]*Located

// path returns the names that lead to an entry, or nil.
func (s side) path(uid UID) []string {
	var names []string
	for l := s[uid]; l != nil; l = s[l.Parent] {
		names = append(names, l.Entry.Name)
	}
	slices.Reverse(names)
	return names
}

// Diff compares two trees. Subtrees that are equal are not read, also when they were moved. The undefined root is the empty
// folder.
func Diff(ctx context.Context, blocks Blocks, from, to cid.Cid) (*Changes, error) {
	d := newDiffer(blocks)
	if err := d.run(ctx, from, to); err != nil {
		return nil, err
	}
	c := &Changes{ByUID: make(map[UID]Change), before: d.before, after: d.after}
	for uid, b := range d.before {
		a := d.after[uid]
		if a == nil || !b.samePlace(a) || !b.Entry.Folder && b.Entry != a.Entry {
			c.ByUID[uid] = Change{b, a}
		}
	}
	for uid, a := range d.after {
		if d.before[uid] == nil {
			c.ByUID[uid] = Change{nil, a}
		}
	}
	return c, nil
}

// PathBefore returns the names that led to an entry of the changes, or nil.
func (c *Changes) PathBefore(uid UID) []string { return c.before.path(uid) }

// PathAfter returns the names that lead to an entry of the changes, or nil.
func (c *Changes) PathAfter(uid UID) []string { return c.after.path(uid) }

// differ compares folders pair by pair, each with the one of its UID, wherever that is. Only folders without a partner are
// read whole.
type differ struct {
	from, to      *reader
	before, after side             // what differs, and the folders above it
	fresh         map[cid.Cid]bool // nodes of to that were read
	pairs         []UID            // folders on both sides, still to compare
	gone, come    []UID            // folders on one side so far
	done          map[UID]bool     // folders that were compared
	spread        [2]map[UID]bool  // folders that were read alone, of from and to
	folders       bool             // no files are kept: for who asks for nodes alone
}

func newDiffer(blocks Blocks) *differ {
	return &differ{
		from: &reader{blocks: blocks}, to: &reader{blocks: blocks}, before: side{}, after: side{},
		fresh: map[cid.Cid]bool{}, done: map[UID]bool{}, spread: [2]map[UID]bool{{}, {}},
	}
}

func (d *differ) run(ctx context.Context, from, to cid.Cid) error {
	d.before[UID{}] = &Located{Entry: Entry{Folder: true, Root: from, Size: -1}}
	d.after[UID{}] = &Located{Entry: Entry{Folder: true, Root: to, Size: -1}}
	d.pairs = []UID{{}}
	for len(d.pairs)+len(d.gone)+len(d.come) > 0 {
		for len(d.pairs) > 0 {
			uid := d.pairs[len(d.pairs)-1]
			d.pairs = d.pairs[:len(d.pairs)-1]
			if err := d.compare(ctx, uid); err != nil {
				return err
			}
		}
		gone, come := d.gone, d.come
		d.gone, d.come = nil, nil
		for _, uid := range gone {
			if err := d.spreadOut(ctx, 0, uid); err != nil {
				return err
			}
		}
		for _, uid := range come {
			if err := d.spreadOut(ctx, 1, uid); err != nil {
				return err
			}
		}
	}
	delete(d.before, UID{})
	delete(d.after, UID{})
	return nil
}

// note takes an entry of one side that differs, and pairs folders that are on both.
func (d *differ) note(which int, parent UID, e Entry) error {
	mine, others, alone := d.before, d.after, &d.gone
	if which == 1 {
		mine, others, alone = d.after, d.before, &d.come
	}
	if d.folders && !e.Folder {
		return nil
	}
	if mine[e.UID] != nil {
		return fmt.Errorf("%w: %s occurs twice", ErrFormat, e.UID)
	}
	depth := mine[parent].depth + 1
	if depth > MaxDepth {
		return fmt.Errorf("%w: %d folders in each other", ErrLimit, depth)
	}
	mine[e.UID] = &Located{parent, e, depth}
	other := others[e.UID]
	if other != nil && other.Entry.Folder != e.Folder {
		return fmt.Errorf("%w: %s is a file and a folder", ErrFormat, e.UID)
	}
	if !e.Folder {
		return nil
	}
	if other != nil {
		d.pairs = append(d.pairs, e.UID)
	} else {
		*alone = append(*alone, e.UID)
	}
	return nil
}

// spreadOut reads a folder that has no partner so far. One that has found its partner meanwhile waits to be compared.
func (d *differ) spreadOut(ctx context.Context, which int, uid UID) error {
	mine, others := d.before, d.after
	if which == 1 {
		mine, others = d.after, d.before
	}
	if others[uid] != nil {
		return nil
	}
	d.spread[which][uid] = true
	return d.readAlone(ctx, which, uid, mine[uid].Entry)
}

func (d *differ) readAlone(ctx context.Context, which int, uid UID, folder Entry) error {
	c, err := d.cursor(ctx, which, folder)
	for err == nil && c.more() {
		err = d.step(ctx, which, c, uid)
	}
	return err
}

// compare reads what differs of a folder on both sides.
func (d *differ) compare(ctx context.Context, uid UID) error {
	b, a := d.before[uid].Entry, d.after[uid].Entry
	switch {
	case d.spread[0][uid]: // what is in it on the other side is met already
		return d.readAlone(ctx, 1, uid, a)
	case d.spread[1][uid]:
		return d.readAlone(ctx, 0, uid, b)
	case a.Root == b.Root:
		return nil
	}
	from, err := d.cursor(ctx, 0, b)
	if err != nil {
		return err
	}
	to, err := d.cursor(ctx, 1, a)
	for err == nil {
		left, right := from.more(), to.more()
		switch {
		case !left && !right:
			return nil
		case !right:
			err = d.step(ctx, 0, from, uid)
		case !left:
			err = d.step(ctx, 1, to, uid)
		default:
			err = d.both(ctx, from, to, uid)
		}
	}
	return err
}

// both goes on in two cursors which both have something to come.
func (d *differ) both(ctx context.Context, from, to *cursor, uid UID) error {
	l, r := from.level(), to.level()
	switch {
	case l >= 0 && l == r && from.sub() == to.sub() && from.open() == to.open():
		from.pass()
		to.pass()
		return nil
	case l < 0 && (r < 0 && from.entry().Name < to.entry().Name || r >= 0 && from.entry().Name <= to.low):
		return d.step(ctx, 0, from, uid)
	case r < 0 && (l < 0 && to.entry().Name < from.entry().Name || l >= 0 && to.entry().Name <= from.low):
		return d.step(ctx, 1, to, uid)
	case l > r:
		return d.step(ctx, 0, from, uid)
	case r > l:
		return d.step(ctx, 1, to, uid)
	case l >= 0: // of one level: the one that ends first, so that the other may still find its like
		if from.sub().Last <= to.sub().Last {
			return d.step(ctx, 0, from, uid)
		}
		return d.step(ctx, 1, to, uid)
	case from.entry() == to.entry():
		from.pass()
		to.pass()
		return nil
	}
	if err := d.step(ctx, 0, from, uid); err != nil {
		return err
	}
	return d.step(ctx, 1, to, uid)
}

// step enters the next node of a cursor, or notes its next entry.
func (d *differ) step(ctx context.Context, which int, c *cursor, parent UID) error {
	if c.level() < 0 {
		e := c.entry()
		c.pass()
		return d.note(which, parent, e)
	}
	if which == 1 {
		d.fresh[c.sub().Node] = true
	}
	return c.enter(ctx)
}

// cursor begins to read a folder.
func (d *differ) cursor(ctx context.Context, which int, folder Entry) (*cursor, error) {
	if which == 0 {
		return newCursor(ctx, d.from, folder.Root, folder.Size)
	}
	d.fresh[folder.Root] = true
	return newCursor(ctx, d.to, folder.Root, folder.Size)
}
