package tree

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
)

// Kind is what an Op does.
type Kind string

// Kinds of operations, in the order of a plan.
const (
	Adopt  Kind = "adopt"  // give the entry UID the identity NewUID
	Move   Kind = "move"   // to Parent and Name
	Delete Kind = "delete" // the entry and, of a folder, all below it that no Move took out
	Mkdir  Kind = "mkdir"
	Create Kind = "create" // a file
	Update Kind = "update" // its content, MTime and Exec
	Meta   Kind = "meta"   // MTime and Exec alone
)

// Op is one step of a plan. All moves are lifted out before deletes; they are placed after them, with the mkdirs.
type Op struct {
	Kind   Kind
	UID    UID
	NewUID UID // of Adopt
	Parent UID // zero: the root folder of the tree
	Name   string
	Folder bool
	Root   cid.Cid // of a file
	Size   int64   // of a file
	MTime  time.Time
	Exec   bool
	Below  int64 // of the Delete of a folder: entries that go with it
	Was    *Was  // nil: nothing must be there
}

// Was is the state in which an Op must find its entry, after the steps of earlier kinds.
type Was struct {
	Parent UID
	Name   string
	Root   cid.Cid // of a file
	MTime  time.Time
	Exec   bool
}

// Counts are the size of a plan in entries, on all levels.
type Counts struct {
	Created, Deleted, Updated, Moved int
	Entries                          int // of the tree before
}

// Plan returns the steps that turn the tree from into the tree to: adopts, moves, deletes, mkdirs from the top down,
// creates, updates, metas. A deleted folder is one step. A folder, or a file of the same content, that is replaced by another
// of its name is adopted, not deleted and made again.
func Plan(ctx context.Context, blocks Blocks, from, to cid.Cid) ([]Op, Counts, error) {
	d := newDiffer(blocks)
	if err := d.run(ctx, from, to); err != nil {
		return nil, Counts{}, err
	}
	start, err := Stat(ctx, blocks, from)
	if err != nil {
		return nil, Counts{}, err
	}
	p := planner{before: d.before, after: d.after}
	p.adopt()
	for _, uid := range p.after.order() {
		p.compare(p.before[uid], p.after[uid])
	}
	p.delete()
	counts := Counts{
		Created: len(p.mkdirs) + len(p.creates), Deleted: p.deleted, Updated: len(p.updates) + len(p.metas),
		Moved: len(p.moves), Entries: int(start.Entries),
	}
	return slices.Concat(p.adopts, p.moves, p.deletes, p.mkdirs, p.creates, p.updates, p.metas), counts, nil
}

// order returns the entries of a side, parents first, the same for equal trees.
func (s side) order() []UID {
	return slices.SortedFunc(maps.Keys(s), func(a, b UID) int {
		l, m := s[a], s[b]
		return cmp.Or(cmp.Compare(l.depth, m.depth), bytes.Compare(l.Parent[:], m.Parent[:]), cmp.Compare(l.Entry.Name, m.Entry.Name))
	})
}

type planner struct {
	before, after side

	adopts, moves, deletes, mkdirs, creates, updates, metas []Op

	deleted int
}

// adopt finds entries that are replaced by their like of another UID, and gives before the UIDs of after.
func (p *planner) adopt() {
	type place struct {
		parent UID
		name   string
	}
	gone := map[place]*Located{}
	for uid, l := range p.before {
		if p.after[uid] == nil {
			gone[place{l.Parent, l.Entry.Name}] = l
		}
	}
	became := map[UID]UID{} // of folders
	was := map[UID]UID{}    // the other way
	for _, uid := range p.after.order() {
		a := p.after[uid]
		if p.before[uid] != nil {
			continue
		}
		parent := a.Parent
		if old, ok := was[parent]; ok {
			parent = old
		}
		b := gone[place{parent, a.Entry.Name}]
		if b == nil || b.Entry.Folder != a.Entry.Folder || !a.Entry.Folder && a.Entry.Root != b.Entry.Root {
			continue
		}
		became[b.Entry.UID], was[uid] = uid, b.Entry.UID
		op := a.op(Adopt, b)
		op.UID, op.NewUID, op.Was.Parent = b.Entry.UID, uid, a.Parent
		p.adopts = append(p.adopts, op)
	}
	if len(became) == 0 {
		return
	}
	renamed := side{}
	for uid, l := range p.before {
		l = &Located{l.Parent, l.Entry, l.depth}
		if parent, ok := became[l.Parent]; ok {
			l.Parent = parent
		}
		if other, ok := became[uid]; ok {
			uid, l.Entry.UID = other, other
		}
		renamed[uid] = l
	}
	p.before = renamed
}

// compare plans what becomes of one entry that is in the tree after.
func (p *planner) compare(b, a *Located) {
	switch {
	case b == nil && a.Entry.Folder:
		p.mkdirs = append(p.mkdirs, a.op(Mkdir, nil))
		return
	case b == nil:
		p.creates = append(p.creates, a.op(Create, nil))
		return
	case !b.samePlace(a):
		op := a.op(Move, b)
		op.Root, op.Size, op.MTime, op.Exec = op.Was.Root, 0, op.Was.MTime, op.Was.Exec
		if !b.Entry.Folder {
			op.Size = b.Entry.Size
		}
		p.moves = append(p.moves, op)
	}
	if a.Entry.Folder {
		return
	}
	moved := &Located{a.Parent, b.Entry, a.depth}
	moved.Entry.Name = a.Entry.Name
	switch {
	case a.Entry.Root != b.Entry.Root || a.Entry.Size != b.Entry.Size:
		p.updates = append(p.updates, a.op(Update, moved))
	case a.Entry.MTime != b.Entry.MTime || a.Entry.Exec != b.Entry.Exec:
		p.metas = append(p.metas, a.op(Meta, moved))
	}
}

// delete plans for what is not in the tree after: one step for the topmost.
func (p *planner) delete() {
	below := map[UID]int64{} // of topmost folders
	var tops []UID
	for _, uid := range p.before.order() {
		if p.after[uid] != nil {
			continue
		}
		p.deleted++
		top := uid
		for parent := p.before[top].Parent; p.before[parent] != nil && p.after[parent] == nil; parent = p.before[top].Parent {
			top = parent
		}
		if top == uid {
			tops = append(tops, uid)
		} else {
			below[top]++
		}
	}
	for _, uid := range tops {
		b := p.before[uid]
		op := b.op(Delete, b)
		op.Below = below[uid]
		p.deletes = append(p.deletes, op)
	}
}

// op returns a step that leads to l from was.
func (l *Located) op(kind Kind, was *Located) Op {
	e := l.Entry
	op := Op{Kind: kind, UID: e.UID, Parent: l.Parent, Name: e.Name, Folder: e.Folder}
	if !e.Folder {
		op.Root, op.Size, op.MTime, op.Exec = e.Root, e.Size, time.Unix(0, e.MTime).UTC(), e.Exec
	}
	if was != nil {
		op.Was = &Was{Parent: was.Parent, Name: was.Entry.Name}
		if w := was.Entry; !w.Folder {
			op.Was.Root, op.Was.MTime, op.Was.Exec = w.Root, time.Unix(0, w.MTime).UTC(), w.Exec
		}
	}
	return op
}
