package tree

import (
	"context"
	"slices"

	"github.com/ipfs/go-cid"
)

// link is an identity that a copy of a content may get. Where it is taken, the next is ConflictUID of it.
type link struct {
	uid  UID
	root cid.Cid
}

// end is the identity that a link leads to, so many links on.
type end struct {
	uid   UID
	links int
}

// settleCopies gives each copy an identity that is free, and drops those that are in the result anyway. However the identities
// are made, each is looked at once.
func (m *merger) settleCopies(ctx context.Context) error {
	m.known.first = make(map[UID]bool, len(m.copies))
	for _, c := range m.copies {
		m.known.first[c.copy] = true
	}
	ends := make(map[link]end)
	var settled []copied
	for _, c := range m.copies {
		e, err := m.follow(ctx, ends, link{c.copy, c.entry.Root})
		if err != nil {
			return err
		}
		c.copy, c.links = e.uid, e.links
		_, there, err := m.inOursWhole(ctx, c.copy)
		switch {
		case err != nil:
			return err
		case there:
			m.keep[c.copy] = true
		case m.theirs.after[c.copy] == nil || m.theirs.before[c.copy] != nil: // theirs does not add it
			settled = append(settled, c)
		}
	}
	slices.SortStableFunc(settled, func(a, b copied) int { return a.links - b.links })
	m.copies = settled
	return nil
}

// follow finds the first identity that is free for a content, or has it.
func (m *merger) follow(ctx context.Context, ends map[link]end, at link) (end, error) {
	var passed []link
	for {
		if _, ok := ends[at]; ok {
			break
		}
		root, there, err := m.inOursWhole(ctx, at.uid)
		if err != nil {
			return end{}, err
		}
		t := m.theirs.after[at.uid]
		if (t == nil || t.Entry.Root == at.root) && (!there || root == at.root) {
			ends[at] = end{uid: at.uid}
			break
		}
		passed = append(passed, at)
		at.uid = ConflictUID(at.uid, at.root)
	}
	e := ends[at]
	for _, l := range slices.Backward(passed) {
		e.links++
		ends[l] = e
	}
	return e, nil
}

// identities are files of ours, found by reading it whole.
type identities struct {
	first map[UID]bool // what is looked for first: mostly that is all
	roots map[UID]cid.Cid
	reads int // 1: the roots of those are known; 2: of all
}

// inOursWhole returns the content of an entry of ours, whether it differs or not. What differs is known; for what may be in
// what does not, ours is read whole, twice at most.
func (m *merger) inOursWhole(ctx context.Context, uid UID) (root cid.Cid, there bool, err error) {
	if o := m.inOurs(uid); o != nil {
		return o.Entry.Root, true, nil
	}
	if m.ours.before[uid] != nil {
		return cid.Undef, false, nil
	}
	k, need := &m.known, 2
	if k.first[uid] {
		need = 1
	}
	if k.reads < need {
		k.reads = need
		if k.roots, err = m.find(ctx, func(uid UID) bool { return need == 2 || k.first[uid] }); err != nil {
			return cid.Undef, false, err
		}
	}
	root, there = k.roots[uid]
	return root, there, nil
}

// find reads ours whole for files.
func (m *merger) find(ctx context.Context, wanted func(UID) bool) (map[UID]cid.Cid, error) {
	found := make(map[UID]cid.Cid)
	for folders := []Entry{{Root: m.in.Ours, Size: -1}}; len(folders) > 0; {
		f := folders[len(folders)-1]
		folders = folders[:len(folders)-1]
		for e, err := range m.r.list(ctx, f.Root, f.Size) {
			if err != nil {
				return nil, err
			}
			if e.Folder {
				folders = append(folders, e)
			} else if wanted(e.UID) {
				found[e.UID] = e.Root
			}
		}
	}
	return found, nil
}
