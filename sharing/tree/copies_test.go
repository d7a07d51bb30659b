package tree

import (
	"fmt"
	"testing"

	"github.com/ipfs/go-cid"
)

// chained are n identities, each that of the copy of a content beside the one before.
func chained(n int, root cid.Cid) []UID {
	uids := []UID{uid(1)}
	for len(uids) < n {
		uids = append(uids, ConflictUID(uids[len(uids)-1], root))
	}
	return uids
}

// settle has a merge settle its copies beside these entries, and tells how many nodes that read.
func settle(t *testing.T, s *store, in MergeInput, uids []UID) ([]copied, int) {
	t.Helper()
	m := &merger{r: &reader{blocks: s}, in: in, ours: newDiffer(s), theirs: newDiffer(s), met: side{}, keep: map[UID]bool{}}
	for side, root := range map[*differ]cid.Cid{m.ours: in.Ours, m.theirs: in.Theirs} {
		if err := side.run(t.Context(), in.Base, root); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range uids {
		e := m.theirs.after[u].Entry
		m.copies = append(m.copies, copied{uid: u, copy: ConflictUID(u, e.Root), entry: e})
	}
	s.gets = 0
	if err := m.settleCopies(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m.copies, s.gets
}

// TestChainOfCopies: where somebody has taken the identities of copies, one after the other, ours is not read for each. The copy
// gets the first that is free.
func TestChainOfCopies(t *testing.T) {
	t.Parallel()
	s := newStore()
	state := func(root uint64, chain []UID) cid.Cid {
		list := []Entry{{UID: uid(1), Name: "0", Root: content(root)}}
		for i, u := range chain {
			list = append(list, Entry{UID: u, Name: fmt.Sprintf("1%03d", i), Root: content(9)})
		}
		for i := range uint64(2000) {
			list = append(list, file(fmt.Sprintf("2%04d", i), 100+i))
		}
		return mustBuild(t, s, list).Root
	}
	uids := chained(102, content(2))
	in := MergeInput{Base: state(0, nil), Ours: state(1, nil), Theirs: state(2, nil)}
	one, reads := settle(t, s, in, uids[:1])
	in.Theirs = state(2, uids[1:101])
	last, more := settle(t, s, in, uids[:1])
	if len(one) != 1 || one[0].copy != uids[1] || len(last) != 1 || last[0].copy != uids[101] {
		t.Errorf("got %v and %v", one, last)
	}
	if reads == 0 || more > 2*reads {
		t.Errorf("read %d nodes for a chain of 100, %d for none", more, reads)
	}
}

// TestCopiesThatLeadToOne: where each entry has the identity of the copy of the one before, and all conflict, no identity is looked
// at again for each of them, which would take minutes.
func TestCopiesThatLeadToOne(t *testing.T) {
	t.Parallel()
	const files = 20_000
	s := newStore()
	uids := chained(files+1, content(2))
	state := func(root uint64) cid.Cid {
		var list []Entry
		for i, u := range uids[:files] {
			list = append(list, Entry{UID: u, Name: fmt.Sprintf("%05d", i), Root: content(root)})
		}
		return mustBuild(t, s, list).Root
	}
	copies, _ := settle(t, s, MergeInput{Ours: state(1), Theirs: state(2)}, uids[:files])
	if len(copies) != files {
		t.Fatalf("got %d copies", len(copies))
	}
	for i, c := range copies { // the nearest comes first
		if c.copy != uids[files] || c.uid != uids[files-1-i] {
			t.Fatalf("copy %d is %s of %s", i, c.copy, c.uid)
		}
	}
}
