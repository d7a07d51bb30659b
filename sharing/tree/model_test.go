package tree

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
)

// model is a tree as a table of entries, as a database has it.
type model map[UID]*Located

// load reads a whole tree into a model.
func load(t testing.TB, s *store, root cid.Cid) model {
	t.Helper()
	m := model{}
	var walk func(parent UID, root cid.Cid)
	walk = func(parent UID, root cid.Cid) {
		for _, e := range collect(t, List(t.Context(), s, root)) {
			if m[e.UID] != nil {
				t.Fatalf("%s occurs twice", e.UID)
			}
			below := e.Root
			if e.Folder {
				e.Root, e.Size = cid.Undef, 0
			}
			m[e.UID] = &Located{Parent: parent, Entry: e}
			if e.Folder {
				walk(e.UID, below)
			}
		}
	}
	walk(UID{}, root)
	return m
}

// snapshot stores a model as a tree.
func (m model) snapshot(t testing.TB, s *store) cid.Cid {
	t.Helper()
	below := map[UID][]Entry{}
	for _, l := range m {
		below[l.Parent] = append(below[l.Parent], l.Entry)
	}
	var build func(uid UID) Folder
	build = func(uid UID) Folder {
		list := below[uid]
		for i, e := range list {
			if e.Folder {
				list[i] = build(e.UID).Entry(e.UID, e.Name)
			}
		}
		slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
		return mustBuild(t, s, list)
	}
	return build(UID{}).Root
}

func (m model) clone() model {
	out := model{}
	for uid, l := range m {
		c := *l
		out[uid] = &c
	}
	return out
}

func (m model) equal(o model) bool {
	return maps.EqualFunc(m, o, func(a, b *Located) bool { return *a == *b })
}

func (m model) uids(folders bool) []UID {
	var list []UID
	for uid, l := range m {
		if l.Entry.Folder == folders {
			list = append(list, uid)
		}
	}
	slices.SortFunc(list, func(a, b UID) int { return cmp.Compare(a.String(), b.String()) })
	return list
}

func (m model) child(parent UID, name string) UID {
	for uid, l := range m {
		if l.Parent == parent && l.Entry.Name == name {
			return uid
		}
	}
	return UID{}
}

func (m model) within(uid, folder UID) bool {
	for uid != (UID{}) {
		if uid == folder {
			return true
		}
		uid = m[uid].Parent
	}
	return false
}

// below returns the entries in a folder, on all levels, and itself.
func (m model) below(folder UID) []UID {
	var list []UID
	for uid := range m {
		if m.within(uid, folder) {
			list = append(list, uid)
		}
	}
	return list
}

// editor makes random edits as a user would, with names and contents that often meet.
type hand struct {
	rng      *rand.Rand
	hive     uint64
	next     uint64
	contents uint64        // how many there are
	fresh    func() uint64 // gives contents that nobody else has; may be nil
}

func (h *hand) uid() UID {
	h.next++
	return uid(h.hive<<32 | h.next)
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func (h *hand) folder(m model) UID {
	list := append(m.uids(true), UID{})
	return pick(h.rng, list)
}

func (h *hand) name() string { return pick(h.rng, []string{"a", "b.txt", "c", "d.d", "e"}) }

func (h *hand) fill(e *Entry) {
	n := h.rng.Uint64N(h.contents)
	if h.fresh != nil {
		n = h.fresh()
	}
	e.Root, e.Size = content(n), int64(n)
	h.touch(e)
}

func (h *hand) touch(e *Entry) { e.MTime, e.Exec = h.rng.Int64N(50), h.rng.IntN(4) == 0 }

// edit makes one edit and tells what it was; "" when it could not be made.
func (h *hand) edit(m model) string {
	files, folders := m.uids(false), m.uids(true)
	switch n := h.rng.IntN(20); {
	case n < 5:
		return h.create(m, false)
	case n < 7:
		return h.create(m, true)
	case n < 11 && len(files) > 0:
		uid := pick(h.rng, files)
		h.fill(&m[uid].Entry)
		return fmt.Sprint("write ", uid, m[uid].Entry.Root)
	case n < 12 && len(files) > 0:
		h.touch(&m[pick(h.rng, files)].Entry)
		return "touch"
	case n < 14 && len(files) > 0:
		return h.move(m, pick(h.rng, files))
	case n < 16 && len(folders) > 0:
		return h.move(m, pick(h.rng, folders))
	case n < 18 && len(files) > 0:
		uid := pick(h.rng, files)
		delete(m, uid)
		return fmt.Sprint("remove ", uid)
	case n < 19 && len(folders) > 0:
		folder := pick(h.rng, folders)
		for _, uid := range m.below(folder) {
			delete(m, uid)
		}
		return fmt.Sprint("remove folder ", folder)
	}
	return ""
}

func (h *hand) create(m model, folder bool) string {
	parent, name := h.folder(m), h.name()
	if m.child(parent, name) != (UID{}) {
		return ""
	}
	e := Entry{UID: h.uid(), Name: name, Folder: folder}
	if !folder {
		h.fill(&e)
	}
	m[e.UID] = &Located{Parent: parent, Entry: e}
	return fmt.Sprint("create ", e.UID, " ", name, " in ", parent)
}

func (h *hand) move(m model, uid UID) string {
	parent, name := h.folder(m), h.name()
	if h.rng.IntN(2) == 0 {
		parent = m[uid].Parent
	}
	if m.child(parent, name) != (UID{}) || m.within(parent, uid) {
		return ""
	}
	m[uid].Parent, m[uid].Entry.Name = parent, name
	return fmt.Sprint("move ", uid, " to ", name, " in ", parent)
}

// apply carries out a plan that was made of the state from: its adopts, moves, deletes and mkdirs together or not at all, then so many of
// the other steps, of which it leaves out those whose entry is not as expected. It returns what was in the way.
func (m model) apply(from model, ops []Op, steps int) (stale error) {
	now := m.clone()
	if err := now.restructure(from, ops); err != nil {
		return err
	}
	clear(m)
	maps.Copy(m, now)
	for _, op := range ops {
		if op.Kind != Create && op.Kind != Update && op.Kind != Meta {
			continue
		}
		if steps--; steps < 0 {
			break
		}
		l, err := m.expect(op)
		if err == nil && l == nil {
			err = m.free(op)
		}
		if err != nil {
			stale = err
			continue
		}
		if l == nil {
			l = &Located{Parent: op.Parent, Entry: Entry{UID: op.UID, Name: op.Name}}
			m[op.UID] = l
		}
		if op.Kind != Meta {
			l.Entry.Root, l.Entry.Size = op.Root, op.Size
		}
		l.Entry.MTime, l.Entry.Exec = op.MTime.UnixNano(), op.Exec
	}
	return stale
}

// restructure does the steps that go together.
func (m model) restructure(from model, ops []Op) error {
	var place []Op
	for _, op := range ops {
		for _, uid := range m.below(op.UID) { // a folder goes as it was seen
			if op.Kind == Delete && (from[uid] == nil || *from[uid] != *m[uid]) {
				return fmt.Errorf("%v: %s has changed", op, uid)
			}
		}
	}
	for _, op := range ops {
		switch op.Kind {
		case Adopt, Move, Delete, Mkdir:
		default:
			continue
		}
		l, err := m.expect(op)
		if err != nil {
			return err
		}
		switch op.Kind {
		case Adopt:
			if m[op.NewUID] != nil {
				return fmt.Errorf("%v: is there", op)
			}
			delete(m, op.UID)
			l.Entry.UID = op.NewUID
			m[op.NewUID] = l
			for _, child := range m {
				if child.Parent == op.UID {
					child.Parent = op.NewUID
				}
			}
		case Move:
			l.Parent = UID{15: 255} // nowhere
			m[l.Parent] = &Located{}
			place = append(place, op)
		case Delete:
			gone := m.below(op.UID)
			if int64(len(gone)-1) != op.Below {
				return fmt.Errorf("%v: %d below", op, len(gone)-1)
			}
			for _, uid := range gone {
				delete(m, uid)
			}
		case Mkdir:
			place = append(place, op)
		}
	}
	delete(m, UID{15: 255})
	for _, op := range place { // mkdirs first, for moves may go into them; a move may also hold what a mkdir goes into
		if op.Kind == Mkdir {
			m[op.UID] = &Located{Parent: op.Parent, Entry: Entry{UID: op.UID, Name: op.Name, Folder: true}}
			continue
		}
		m[op.UID].Parent, m[op.UID].Entry.Name = op.Parent, op.Name
	}
	for uid := range m { // a user may have been quicker, and moved the one into the other
		steps := 0
		for at := uid; at != (UID{}) && m[at] != nil; at = m[at].Parent {
			if steps++; steps > len(m) {
				return fmt.Errorf("%s lies in itself", uid)
			}
		}
	}
	type at struct {
		parent UID
		name   string
	}
	seen := map[at]bool{}
	for _, l := range m {
		p := at{l.Parent, l.Entry.Name}
		if seen[p] || p.parent != (UID{}) && (m[p.parent] == nil || !m[p.parent].Entry.Folder) {
			return fmt.Errorf("%q is twice in %s, or that is no folder", p.name, p.parent)
		}
		seen[p] = true
	}
	return nil
}

// free checks that a name can be taken.
func (m model) free(op Op) error {
	if m.child(op.Parent, op.Name) != (UID{}) || op.Parent != (UID{}) && (m[op.Parent] == nil || !m[op.Parent].Entry.Folder) {
		return fmt.Errorf("%v: the name is taken or the folder gone", op)
	}
	return nil
}

// expect returns the entry of a step as it must be.
func (m model) expect(op Op) (*Located, error) {
	l := m[op.UID]
	if op.Was == nil {
		if l != nil {
			return nil, fmt.Errorf("%v: is there", op)
		}
		return nil, nil
	}
	if l == nil {
		return nil, fmt.Errorf("%v: is not there", op)
	}
	w := Was{Parent: l.Parent, Name: l.Entry.Name}
	if !l.Entry.Folder {
		w.Root, w.MTime, w.Exec = l.Entry.Root, time.Unix(0, l.Entry.MTime).UTC(), l.Entry.Exec
	}
	if w != *op.Was {
		return nil, fmt.Errorf("%v: is %v, was to be %v", op, w, *op.Was)
	}
	return l, nil
}

func mustMerge(t testing.TB, s *store, base, ours, theirs cid.Cid) cid.Cid {
	t.Helper()
	m, err := Merge(t.Context(), s, s, MergeInput{Base: base, Ours: ours, Theirs: theirs, By: "bob", Date: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := Stat(t.Context(), s, m.Root); err != nil || f.Entries != m.Entries {
		t.Fatalf("got %d entries, want %d (%v)", m.Entries, f.Entries, err)
	}
	return m.Root
}

func mustPlan(t testing.TB, s *store, from, to cid.Cid) []Op {
	t.Helper()
	ops, _, err := Plan(context.Background(), s, from, to)
	if err != nil {
		t.Fatal(err)
	}
	return ops
}
