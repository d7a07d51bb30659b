package tree

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
)

// MergeInput is what a merge is made of. An undefined root is the empty folder.
type MergeInput struct {
	Base, Ours, Theirs cid.Cid   // Ours decides where both changed the same
	By                 string    // who made theirs, for the names of conflict copies
	Date               time.Time // for the names of conflict copies; decides nothing
}

// Merged is the outcome of a merge.
type Merged struct {
	Root      cid.Cid
	Entries   int64
	Conflicts []Conflict
}

// Conflict is an entry of theirs that could not have its name.
type Conflict struct {
	UID    UID    // of the entry
	Copy   UID    // of the copy, where the entry keeps our content; else UID
	Parent UID    // where it is now
	Name   string // what it was to be called
	As     string // what it is called
}

// Merge puts the changes from base to theirs into ours. The same input gives the same root; docs/tree.md has the rules.
func Merge(ctx context.Context, blocks Blocks, sink Sink, in MergeInput) (Merged, error) {
	m := &merger{
		r: &reader{blocks: blocks, cache: make(map[cid.Cid]Node)}, in: in, ours: newDiffer(blocks), theirs: newDiffer(blocks),
		moves: map[UID]bool{}, result: side{}, placed: map[place]UID{}, alias: map[UID]UID{}, met: side{}, keep: map[UID]bool{}, next: map[counted]int{},
	}
	if err := m.theirs.run(ctx, in.Base, in.Theirs); err != nil {
		return Merged{}, fmt.Errorf("merge: theirs: %w", err)
	}
	if err := m.ours.run(ctx, in.Base, in.Ours); err != nil {
		return Merged{}, fmt.Errorf("merge: ours: %w", err)
	}
	m.order = m.theirs.after.order()
	for _, step := range []func(context.Context) error{
		m.chooseMoves, m.mergeContent, m.deleteFiles, m.deleteFolders, m.place, m.placeCopies,
	} {
		if err := step(ctx); err != nil {
			return Merged{}, fmt.Errorf("merge: %w", err)
		}
	}
	f, err := m.render(ctx, sink)
	if err != nil {
		return Merged{}, fmt.Errorf("merge: %w", err)
	}
	return Merged{f.Root, f.Entries, m.conflicts}, nil
}

// merger holds what differs from ours in the result; all else is as it is in ours.
type merger struct {
	r            *reader
	in           MergeInput
	ours, theirs *differ // each from base
	order        []UID   // theirs.after

	moves     map[UID]bool  // of theirs, that are made
	result    side          // nil: not there
	placed    map[place]UID // by result
	alias     map[UID]UID   // folders of theirs that are one with a folder of the result
	met       side          // folders of ours that differ nowhere, but became one with such
	copies    []copied
	keep      map[UID]bool    // conflict copies of ours that must stay
	next      map[counted]int // the number from which on a conflict name may be free
	known     identities      // of files of ours
	conflicts []Conflict
}

type place struct {
	parent UID
	name   string
}

// copied is a content of theirs that will lie beside ours.
type copied struct {
	uid, copy UID
	links     int // that were passed to find copy
	entry     Entry
}

// inOurs returns where an entry is in ours, nil when it is not there. It knows the entries that differ on either side, the
// folders above them, and those met.
func (m *merger) inOurs(uid UID) *Located {
	if l := m.ours.after[uid]; l != nil {
		return l
	}
	if m.ours.before[uid] != nil {
		return nil
	}
	if l := m.theirs.before[uid]; l != nil {
		return l
	}
	return m.met[uid]
}

// now returns where an entry is in the result so far.
func (m *merger) now(uid UID) *Located {
	if l, ok := m.result[uid]; ok {
		return l
	}
	return m.inOurs(uid)
}

// chooseMoves finds the moves of theirs that are made: of what ours has and did not move, unless a folder would come to lie
// in itself. A move that must wait for another is tried again after it.
func (m *merger) chooseMoves(context.Context) error {
	var wait []UID
	for _, uid := range m.order {
		b, t, o := m.theirs.before[uid], m.theirs.after[uid], m.inOurs(uid)
		if b != nil && o != nil && !b.samePlace(t) && b.samePlace(o) {
			wait = append(wait, uid)
		}
		if o != nil && o.Entry.Folder != t.Entry.Folder {
			return fmt.Errorf("%w: %s is a file and a folder", ErrFormat, uid)
		}
	}
	for moved := true; moved; {
		moved = false
		wait = slices.DeleteFunc(wait, func(uid UID) bool {
			if m.leadsTo(m.theirs.after[uid].Parent, uid) {
				return false
			}
			m.moves[uid], moved = true, true
			return true
		})
	}
	for uid := range m.moves {
		m.result[uid] = nil // lifted out
	}
	return nil
}

// leadsTo tells whether uid is the folder, or above it, with the moves chosen so far.
func (m *merger) leadsTo(folder, uid UID) bool {
	for folder != uid {
		if folder == (UID{}) {
			return false
		}
		l := m.inOurs(folder)
		if l == nil || m.moves[folder] {
			l = m.theirs.after[folder]
		}
		folder = l.Parent
	}
	return true
}

// mergeContent takes contents, times and exec bits of theirs that ours did not change, and finds contents that both did.
func (m *merger) mergeContent(ctx context.Context) error {
	for _, uid := range m.order {
		b, t, o := m.theirs.before[uid], m.theirs.after[uid], m.inOurs(uid)
		if o == nil || t.Entry.Folder {
			continue
		}
		e, conflict := mergeFile(b, o.Entry, t.Entry)
		if conflict {
			m.copies = append(m.copies, copied{uid: uid, copy: ConflictUID(uid, t.Entry.Root), entry: t.Entry})
		}
		if e != o.Entry && !m.moves[uid] {
			m.result[uid] = &Located{Parent: o.Parent, Entry: e}
		}
	}
	return m.settleCopies(ctx)
}

// mergeFile returns the content and so on of a file in the result; b is nil when it is not in base.
func mergeFile(b *Located, o, t Entry) (e Entry, conflict bool) {
	if b == nil {
		return o, t.Root != o.Root
	}
	old := b.Entry
	switch {
	case t.Root != old.Root && o.Root == old.Root:
		o.Root, o.Size, o.MTime = t.Root, t.Size, t.MTime
	case t.Root != old.Root:
		conflict = t.Root != o.Root
	case o.Root == old.Root && o.MTime == old.MTime:
		o.MTime = t.MTime
	}
	if o.Exec == old.Exec && !conflict {
		o.Exec = t.Exec
	}
	return o, conflict
}

// ConflictUID is the identity of a copy that keeps a content of an entry beside the entry.
func ConflictUID(uid UID, root cid.Cid) UID {
	h := sha256.New()
	h.Write([]byte("conflict"))
	h.Write(uid[:])
	h.Write(root.Bytes())
	return UID(h.Sum(nil)[:len(uid)])
}

// deleteFiles removes files that theirs deleted, where ours has the content that they saw.
func (m *merger) deleteFiles(context.Context) error {
	for uid, b := range m.theirs.before {
		if m.theirs.after[uid] != nil || b.Entry.Folder || m.keep[uid] {
			continue
		}
		if o := m.inOurs(uid); o != nil && o.Entry.Root == b.Entry.Root {
			m.result[uid] = nil
		}
	}
	return nil
}

// deleteFolders removes folders that theirs deleted and in which nothing stays, from the bottom up.
func (m *merger) deleteFolders(ctx context.Context) error {
	var gone []UID
	depth := map[UID]int{}
	for uid, b := range m.theirs.before {
		if o := m.inOurs(uid); m.theirs.after[uid] == nil && b.Entry.Folder && o != nil {
			gone = append(gone, uid)
			for l := o; l != nil; l = m.inOurs(l.Parent) {
				depth[uid]++
			}
		}
	}
	slices.SortFunc(gone, func(a, b UID) int { return depth[b] - depth[a] })
	for _, uid := range gone {
		empty := true
		f := m.inOurs(uid).Entry
		for e, err := range m.r.list(ctx, f.Root, f.Size) {
			if err != nil {
				return err
			}
			if l, changed := m.result[e.UID]; !changed || l != nil {
				empty = false
				break
			}
		}
		if empty {
			m.result[uid] = nil
		}
	}
	return nil
}
