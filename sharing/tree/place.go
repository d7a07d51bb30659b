package tree

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ipfs/go-cid"
	"golang.org/x/text/unicode/norm"
)

// place puts what theirs added, moved or changed where it was put, parents first.
func (m *merger) place(ctx context.Context) error {
	for _, uid := range m.order {
		b, t, o := m.theirs.before[uid], m.theirs.after[uid], m.inOurs(uid)
		var err error
		switch {
		case m.moves[uid]:
			e := o.Entry
			if !e.Folder {
				e, _ = mergeFile(b, o.Entry, t.Entry)
			}
			e.Name = t.Entry.Name
			err = m.put(ctx, t.Parent, e, false)
		case o != nil: // it stays where it is
		case t.Entry.Folder:
			if b == nil {
				_, err = m.folder(ctx, uid)
			}
		case b == nil || t.Entry.Root != b.Entry.Root:
			err = m.put(ctx, t.Parent, t.Entry, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// put gives an entry its place in a folder of theirs, under another name when its own is taken. A file that is not in ours
// is not needed where one of its name has its content.
func (m *merger) put(ctx context.Context, parent UID, e Entry, added bool) error {
	parent, err := m.folder(ctx, parent)
	if err != nil {
		return err
	}
	other, taken, err := m.occupant(ctx, parent, e.Name)
	if err != nil || taken && added && !other.Folder && other.Root == e.Root {
		return err
	}
	if taken {
		return m.putBeside(ctx, parent, e, e.UID)
	}
	m.set(parent, e)
	return nil
}

// folder returns the folder of the result that stands for one of theirs. One that is not there is made, or made again; where
// another folder has its name, both are one.
func (m *merger) folder(ctx context.Context, uid UID) (UID, error) {
	if other, ok := m.alias[uid]; ok {
		return other, nil
	}
	if uid == (UID{}) || m.now(uid) != nil {
		return uid, nil
	}
	t := m.theirs.after[uid]
	parent, err := m.folder(ctx, t.Parent)
	if err != nil {
		return UID{}, err
	}
	e := Folder{Root: emptyRoot}.Entry(uid, t.Entry.Name)
	other, taken, err := m.occupant(ctx, parent, e.Name)
	switch {
	case err != nil:
		return UID{}, err
	case taken && other.Folder:
		m.alias[uid] = other.UID
		if m.now(other.UID) == nil {
			m.met[other.UID] = &Located{Parent: parent, Entry: other}
		}
		return other.UID, nil
	case taken:
		return uid, m.putBeside(ctx, parent, e, uid)
	}
	m.set(parent, e)
	return uid, nil
}

// occupant returns the entry that has a name in a folder of the result.
func (m *merger) occupant(ctx context.Context, parent UID, name string) (Entry, bool, error) {
	if uid, ok := m.placed[place{parent, name}]; ok {
		return m.result[uid].Entry, true, nil
	}
	root := m.in.Ours
	if parent != (UID{}) {
		o := m.inOurs(parent)
		if o == nil {
			return Entry{}, false, nil
		}
		root = o.Entry.Root
	}
	e, ok, err := m.r.lookup(ctx, root, name)
	if err != nil || !ok {
		return Entry{}, false, err
	}
	if l, changed := m.result[e.UID]; changed {
		if l == nil || l.Parent != parent || l.Entry.Name != name {
			return Entry{}, false, nil
		}
		e = l.Entry
	}
	return e, true, nil
}

// set puts an entry where nothing is.
func (m *merger) set(parent UID, e Entry) {
	m.result[e.UID] = &Located{Parent: parent, Entry: e}
	m.placed[place{parent, e.Name}] = e.UID
}

// counted are conflict names that differ only in their number, and are of one length.
type counted struct {
	parent    UID
	stem, ext string
	mark      int // bytes of it, which rise with the number
}

// putBeside gives an entry, of which original is what it was, the next free conflict name.
func (m *merger) putBeside(ctx context.Context, parent UID, e Entry, original UID) error {
	name, date := e.Name, m.in.Date.UTC().Format("2006-01-02")
	for n := 1; ; {
		mark := conflictMark(m.in.By, date, n)
		stem, ext := around(name, e.Folder, mark)
		row := counted{parent, stem, ext, len(mark)}
		if next := m.next[row]; next > n { // those before are taken, and stay so
			n = next
			continue
		}
		n++
		m.next[row] = n
		e.Name = norm.NFC.String(stem + mark + ext)
		if _, taken, err := m.occupant(ctx, parent, e.Name); err != nil {
			return err
		} else if !taken {
			break
		}
	}
	m.conflicts = append(m.conflicts, Conflict{UID: original, Copy: e.UID, Parent: parent, Name: name, As: e.Name})
	m.set(parent, e)
	return nil
}

// placeCopies puts contents of theirs beside the entries that keep ours.
func (m *merger) placeCopies(ctx context.Context) error {
	for _, c := range m.copies {
		l := m.now(c.uid)
		e := c.entry
		e.UID, e.Name = c.copy, l.Entry.Name
		if err := m.putBeside(ctx, l.Parent, e, c.uid); err != nil {
			return err
		}
	}
	return nil
}

const (
	maxBy  = 64 // bytes of a user's name in a conflict name
	maxExt = 32 // bytes of the ending of a file's name that is kept at the end
)

// conflictName returns "name (conflict, by, date).ext", from the second on with a number, cut to the length of a name.
func conflictName(name string, folder bool, by, date string, n int) string {
	mark := conflictMark(by, date, n)
	stem, ext := around(name, folder, mark)
	return norm.NFC.String(stem + mark + ext)
}

// conflictMark is what tells a conflict name from the name.
func conflictMark(by, date string, n int) string {
	by = norm.NFC.String(strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsControl(r) || r == utf8.RuneError {
			return '_'
		}
		return r
	}, by))
	if n > 1 {
		return fmt.Sprintf(" (conflict, %s, %s, %d)", cut(by, maxBy), date, n)
	}
	return fmt.Sprintf(" (conflict, %s, %s)", cut(by, maxBy), date)
}

// around returns what of a name stands before a mark and after it.
func around(name string, folder bool, mark string) (stem, ext string) {
	ext = path.Ext(name)
	if folder || ext == name || ext == "." || len(ext) > maxExt {
		ext = ""
	}
	return cut(strings.TrimSuffix(name, ext), MaxName-len(mark)-len(ext)), ext
}

// cut shortens a text to so many bytes without cutting a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// render stores the tree of the result: ours, edited from the bottom up.
func (m *merger) render(ctx context.Context, sink Sink) (Folder, error) {
	edits := map[UID]map[string]*Entry{{}: {}}
	edit := func(parent UID, name string, e *Entry) {
		if edits[parent] == nil {
			edits[parent] = map[string]*Entry{}
		}
		if e != nil || edits[parent][name] == nil {
			edits[parent][name] = e
		}
	}
	for uid, l := range m.result {
		if o := m.inOurs(uid); o != nil && (l == nil || !l.samePlace(o)) {
			edit(o.Parent, o.Entry.Name, nil)
		}
		if l == nil {
			continue
		}
		edit(l.Parent, l.Entry.Name, &l.Entry)
		if l.Entry.Folder && m.inOurs(uid) == nil && edits[uid] == nil {
			edits[uid] = map[string]*Entry{} // stored even if nothing is in it
		}
	}
	depths, err := m.depths(edits)
	if err != nil {
		return Folder{}, err
	}
	var folder Folder
	for _, d := range depths {
		root := m.in.Ours
		if d.uid != (UID{}) {
			root = cid.Undef
			if o := m.inOurs(d.uid); o != nil {
				root = o.Entry.Root
			}
		}
		changes := make([]change, 0, len(edits[d.uid]))
		for name, e := range edits[d.uid] {
			changes = append(changes, change{key: name, entry: e})
		}
		if folder, err = m.r.edit(ctx, sink, root, changes); err != nil {
			return Folder{}, err
		}
		if d.uid != (UID{}) {
			l := m.now(d.uid)
			e := folder.Entry(d.uid, l.Entry.Name)
			edit(l.Parent, e.Name, &e)
		}
	}
	return folder, nil
}

type deep struct {
	uid   UID
	depth int
}

// depths returns the folders of the result with edits in or below them, the deepest first and the root last.
func (m *merger) depths(edits map[UID]map[string]*Entry) ([]deep, error) {
	depth := map[UID]int{{}: 0}
	for uid := range edits {
		var chain []UID
		for at := uid; ; {
			if _, known := depth[at]; known {
				uid = at
				break
			}
			l := m.now(at)
			if l == nil { // a folder that is gone
				chain = nil
				uid = UID{}
				break
			}
			chain = append(chain, at)
			at = l.Parent
		}
		for i := range chain {
			depth[chain[len(chain)-1-i]] = depth[uid] + 1 + i
		}
		if depth[uid]+len(chain) > MaxDepth {
			return nil, fmt.Errorf("%w: %d folders in each other", ErrLimit, depth[uid]+len(chain))
		}
	}
	list := make([]deep, 0, len(depth))
	for uid, d := range depth {
		list = append(list, deep{uid, d})
	}
	slices.SortFunc(list, func(a, b deep) int { return cmp.Compare(b.depth, a.depth) })
	return list, nil
}
