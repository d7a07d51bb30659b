package tree

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

// TestDiffIsWhatDiffers compares Diff with a comparison of all entries.
func TestDiffIsWhatDiffers(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1500) {
		sc := newScene(t, seed)
		c, err := Diff(t.Context(), sc.s, sc.o, sc.t)
		if err != nil {
			t.Fatal(err)
		}
		want := map[UID][2]*Located{}
		for uid := range sc.ours {
			want[uid] = [2]*Located{sc.ours[uid], sc.theirs[uid]}
		}
		for uid := range sc.theirs {
			want[uid] = [2]*Located{sc.ours[uid], sc.theirs[uid]}
		}
		maps.DeleteFunc(want, func(_ UID, l [2]*Located) bool { return l[0] != nil && l[1] != nil && *l[0] == *l[1] })
		got := map[UID][2]*Located{}
		for uid, change := range c.ByUID {
			got[uid] = [2]*Located{change.Before, change.After}
			for i, l := range got[uid] {
				if l == nil {
					continue
				}
				plain := *l
				plain.depth = 0
				if l.Entry.Folder {
					plain.Entry.Root, plain.Entry.Size = cid.Undef, 0
				}
				pair := got[uid]
				pair[i] = &plain
				got[uid] = pair
				path, m := c.PathBefore(uid), sc.ours
				if i == 1 {
					path, m = c.PathAfter(uid), sc.theirs
				}
				if want := m.path(uid); !slices.Equal(path, want) {
					t.Errorf("seed %d: got path %q, want %q", seed, path, want)
				}
			}
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Located{}), cmpopts.EquateComparable(cid.Cid{})); diff != "" {
			t.Fatalf("seed %d: -want +got:\n%s", seed, diff)
		}
	}
}

func (m model) path(uid UID) (names []string) {
	for l := m[uid]; l != nil; l = m[l.Parent] {
		names = append([]string{l.Entry.Name}, names...)
	}
	return names
}

// TestDiffOfLargeFolders compares folders of many nodes, and counts the nodes that were read.
func TestDiffOfLargeFolders(t *testing.T) {
	t.Parallel()
	rng := random(4)
	s := newStore()
	list := files(rng, 40_000)
	for i := range list {
		list[i].UID = uid(uint64(i + 1))
	}
	from := mustBuild(t, s, list)
	for _, n := range []int{0, 1, 5, 300, 20_000} {
		now := maps.Collect(func(yield func(string, Entry) bool) {
			for _, e := range list {
				yield(e.Name, e)
			}
		})
		want := map[UID]bool{}
		for i := range n {
			e := list[rng.IntN(len(list))]
			want[e.UID] = true
			switch i % 3 {
			case 0:
				delete(now, e.Name)
			case 1:
				e.Root = content(uint64(1<<50 + i))
				now[e.Name] = e
			default:
				added := file(fmt.Sprintf("%s+%d", e.Name, i), uint64(1<<40+i))
				delete(want, e.UID)
				if now[e.Name] != e {
					want[e.UID] = true
				}
				want[added.UID] = true
				now[added.Name] = added
			}
		}
		edited := slices.SortedFunc(maps.Values(now), func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
		to := mustBuild(t, s, edited)
		s.gets = 0
		c, err := Diff(t.Context(), s, from.Root, to.Root)
		if err != nil {
			t.Fatal(err)
		}
		if s.gets > 2+12*n {
			t.Errorf("%d nodes read for %d changes in %d entries", s.gets, n, len(list))
		}
		got := slices.SortedFunc(maps.Keys(c.ByUID), compareUID)
		if want := slices.SortedFunc(maps.Keys(want), compareUID); !slices.Equal(got, want) {
			t.Errorf("got %d changes, want %d", len(got), len(want))
		}
		m, err := Merge(t.Context(), s, s, MergeInput{Base: from.Root, Ours: from.Root, Theirs: to.Root})
		if err != nil || m.Root != to.Root {
			t.Errorf("got another tree from a merge of %d changes (%v)", n, err)
		}
		wantWalk(t, s, from.Root, to.Root)
	}
}

func compareUID(a, b UID) int { return strings.Compare(a.String(), b.String()) }

// TestMoveReadsNothing moves a large folder: what is in it is read by nobody.
func TestMoveReadsNothing(t *testing.T) {
	t.Parallel()
	s := newStore()
	list := files(random(4), 20_000)
	for i := range list {
		list[i].UID = uid(uint64(i + 100))
	}
	large := mustBuild(t, s, list)
	inner := mustBuild(t, s, []Entry{large.Entry(uid(1), "large")})
	from := mustBuild(t, s, []Entry{inner.Entry(uid(2), "a"), Folder{Root: emptyRoot}.Entry(uid(3), "b")})
	to := mustBuild(t, s, []Entry{Folder{Root: emptyRoot}.Entry(uid(2), "a"), inner.Entry(uid(3), "b")})
	s.gets = 0
	ops, counts, err := Plan(t.Context(), s, from.Root, to.Root)
	if err != nil || len(ops) != 1 || ops[0].Kind != Move || counts.Entries != 20_003 {
		t.Errorf("got %v, %+v, %v", ops, counts, err)
	}
	if s.gets > 6 {
		t.Errorf("%d nodes read", s.gets)
	}
	for b := range Walk(t.Context(), s, from.Root, to.Root) {
		if b.CID == large.Root {
			t.Error("the large folder was sent again")
		}
	}
}

// TestIntakeHoldsToWhatWasSaid: who leads to more than there is said to be could otherwise lead to nodes without end.
func TestIntakeHoldsToWhatWasSaid(t *testing.T) {
	t.Parallel()
	s := newStore()
	inner := mustBuild(t, s, []Entry{file("a", 1), file("b", 2)})
	upper, err := Node{Level: 1, Subs: []Sub{{Last: "b", Node: inner.Root, Entries: 2}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	folder := func(name string, root cid.Cid, entries int64) Entry {
		return Folder{root, entries}.Entry(uid(uint64(name[0])), name)
	}
	for name, top := range map[string]Node{
		"more entries":            {Entries: []Entry{folder("in", inner.Root, 1)}},
		"fewer entries":           {Entries: []Entry{folder("in", inner.Root, 3)}},
		"entries of a node":       {Level: 1, Subs: []Sub{{Last: "b", Node: inner.Root, Entries: 1}}},
		"another level":           {Level: 2, Subs: []Sub{{Last: "b", Node: inner.Root, Entries: 2}}},
		"one thing, then another": {Entries: []Entry{folder("in", inner.Root, 2), folder("of", inner.Root, 3)}},
	} {
		data, err := top.Encode()
		if err != nil {
			t.Fatal(err)
		}
		in := NewIntake(node.Sum(data))
		if err = in.Accept(node.Sum(data), data); err == nil {
			err = in.Accept(inner.Root, s.blocks[inner.Root])
		}
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: got error %v, want ErrFormat", name, err)
		}
	}
	in := NewIntake(node.Sum(upper))
	if err := errors.Join(in.Accept(node.Sum(upper), upper), in.Accept(inner.Root, s.blocks[inner.Root])); err != nil {
		t.Error(err)
	}
}

func TestIntakeRefuses(t *testing.T) {
	t.Parallel()
	s := newStore()
	inner := mustBuild(t, s, []Entry{file("a", 1)})
	outer := mustBuild(t, s, []Entry{inner.Entry(uid(2), "in")})
	in := NewIntake(outer.Root)
	for name, c := range map[string]struct {
		cid  cid.Cid
		data []byte
		want error
	}{
		"too early":   {inner.Root, s.blocks[inner.Root], ErrUnwanted},
		"other bytes": {outer.Root, s.blocks[inner.Root], ErrFormat},
		"large":       {outer.Root, make([]byte, MaxNode+1), ErrFormat},
	} {
		if err := in.Accept(c.cid, c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: got error %v, want %v", name, err, c.want)
		}
	}
	junk := []byte("junk")
	if err := NewIntake(node.Sum(junk)).Accept(node.Sum(junk), junk); !errors.Is(err, ErrFormat) {
		t.Errorf("got error %v for junk, want ErrFormat", err)
	}
	for _, c := range []cid.Cid{outer.Root, inner.Root} {
		if err := in.Accept(c, s.blocks[c]); err != nil {
			t.Error(err)
		}
		if err := in.Accept(c, s.blocks[c]); !errors.Is(err, ErrUnwanted) {
			t.Errorf("got error %v the second time, want ErrUnwanted", err)
		}
	}
}

// TestErrorsOfStores holds that an error of a store comes out of everything.
func TestErrorsOfStores(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 5)
	for c := range sc.s.blocks {
		if c == sc.o || c == sc.t {
			continue
		}
		cut := newStore()
		maps.Copy(cut.blocks, sc.s.blocks)
		delete(cut.blocks, c)
		_, err := Merge(t.Context(), cut, cut, MergeInput{Base: sc.b, Ours: sc.o, Theirs: sc.t})
		if c == sc.b && err == nil {
			t.Error("merged without the base")
		}
		if err != nil && !strings.Contains(err.Error(), c.String()) {
			t.Errorf("got error %v for missing %s", err, c)
		}
	}
	full := refuser{}
	if _, err := Build(t.Context(), full, each([]Entry{file("a", 1)})); !errors.Is(err, errFull) {
		t.Errorf("got error %v, want that of the sink", err)
	}
	if _, err := Merge(t.Context(), sc.s, full, MergeInput{Base: sc.b, Ours: sc.b, Theirs: sc.t}); !errors.Is(err, errFull) {
		t.Errorf("got error %v, want that of the sink", err)
	}
}
