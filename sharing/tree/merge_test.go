package tree

import (
	"fmt"
	"testing"

	"github.com/ipfs/go-cid"
)

// roots counts the files of a model by content.
func (m model) roots() map[cid.Cid]int {
	count := map[cid.Cid]int{}
	for _, l := range m {
		if !l.Entry.Folder {
			count[l.Entry.Root]++
		}
	}
	return count
}

// scene is three states of a folder: two edited from one.
type scene struct {
	s                  *store
	base, ours, theirs model
	b, o, t            cid.Cid
	log                []string
}

func newScene(t *testing.T, seed uint64) *scene {
	rng := random(seed)
	sc := &scene{s: newStore()}
	contents := uint64(1) << (3 + rng.IntN(20))
	edits := func(hive uint64, who string, m model, n int) model {
		h := &hand{rng: rng, hive: hive, contents: contents}
		m = m.clone()
		for range n {
			if what := h.edit(m); what != "" {
				sc.log = append(sc.log, who+": "+what)
			}
		}
		return m
	}
	sc.base = edits(1, "base", model{}, rng.IntN(30))
	n := 1 + rng.IntN(12)
	sc.ours = edits(2, "ours", sc.base, n)
	sc.theirs = edits(3, "theirs", sc.base, n)
	sc.b, sc.o, sc.t = sc.base.snapshot(t, sc.s), sc.ours.snapshot(t, sc.s), sc.theirs.snapshot(t, sc.s)
	return sc
}

// TestMergeLaws merges random edits of random folders.
func TestMergeLaws(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6000) {
		sc := newScene(t, seed)
		s := sc.s
		m := mustMerge(t, s, sc.b, sc.o, sc.t)
		for name, c := range map[string]struct{ base, ours, theirs, want cid.Cid }{
			"theirs changed nothing": {sc.b, sc.o, sc.b, sc.o},
			"both the same":          {sc.b, sc.o, sc.o, sc.o},
			"ours changed nothing":   {sc.b, sc.b, sc.t, sc.t},
			"again":                  {sc.b, m, sc.t, m},
			"from nothing":           {cid.Undef, sc.o, sc.o, sc.o},
			"into nothing":           {emptyRoot, emptyRoot, sc.t, sc.t},
			"what was merged, back":  {sc.t, m, sc.t, m},
			"what was merged, on":    {sc.o, sc.o, m, m},
		} {
			if got := mustMerge(t, s, c.base, c.ours, c.theirs); got != c.want {
				t.Errorf("seed %d: %s: got another tree", seed, name)
			}
		}
		sc.wantNothingLost(t, load(t, s, m))
		sc.wantPlans(t, m)
		if t.Failed() {
			for _, line := range sc.log {
				t.Log(line)
			}
			t.Fatalf("seed %d\nbase %s\nours %s\ntheirs %s\nmerged %s", seed, sc.base, sc.ours, sc.theirs, load(t, s, m))
		}
	}
}

// String lists a model by path.
func (m model) String() string {
	text := ""
	var list func(parent UID, indent string)
	list = func(parent UID, indent string) {
		for uid, l := range m {
			if l.Parent == parent {
				text += fmt.Sprintf("\n%s%s %s %v %d", indent, l.Entry.Name, uid.String()[8:], l.Entry.Folder, l.Entry.Size)
				list(uid, indent+"  ")
			}
		}
	}
	list(UID{}, "  ")
	return text
}

// wantNothingLost holds the result against what both sides wrote.
func (sc *scene) wantNothingLost(t *testing.T, m model) {
	t.Helper()
	roots := m.roots()
	for uid, l := range sc.ours {
		b, r := sc.base[uid], m[uid]
		if !l.Entry.Folder && (b == nil || b.Entry.Root != l.Entry.Root) && (r == nil || r.Entry.Root != l.Entry.Root) {
			t.Errorf("ours wrote %s, which became %v", uid, r)
		}
	}
	for uid, l := range sc.theirs {
		b, r := sc.base[uid], m[uid]
		if !l.Entry.Folder && (b == nil || b.Entry.Root != l.Entry.Root) && roots[l.Entry.Root] == 0 {
			t.Errorf("theirs wrote %s, which became %v", uid, r)
		}
	}
	for uid, b := range sc.base {
		o, l := sc.ours[uid], sc.theirs[uid]
		if b.Entry.Folder {
			continue
		}
		unchanged := func(l *Located) bool { return l != nil && l.Entry.Root == b.Entry.Root }
		if unchanged(o) && unchanged(l) && !unchanged(m[uid]) {
			t.Errorf("%s, which nobody changed, became %v", uid, m[uid])
		}
		if (unchanged(o) && l == nil || unchanged(l) && o == nil || l == nil && o == nil) && m[uid] != nil {
			t.Errorf("%s, which was deleted, became %v", uid, m[uid])
		}
	}
}

// wantPlans carries out the plans from every state to the result, whole and in parts.
func (sc *scene) wantPlans(t *testing.T, m cid.Cid) {
	t.Helper()
	want := load(t, sc.s, m)
	for name, from := range map[string]struct {
		root cid.Cid
		m    model
	}{"ours": {sc.o, sc.ours}, "theirs": {sc.t, sc.theirs}, "base": {sc.b, sc.base}, "nothing": {cid.Undef, model{}}} {
		got := from.m.clone()
		ops, counts, err := Plan(t.Context(), sc.s, from.root, m)
		if err != nil {
			t.Fatal(err)
		}
		if counts.Entries != len(from.m) || len(from.m)+counts.Created-counts.Deleted != len(want) {
			t.Errorf("from %s: got counts %+v for %d entries that become %d", name, counts, len(from.m), len(want))
		}
		if err := got.apply(from.m, ops, 1<<30); err != nil {
			t.Errorf("from %s: %v", name, err)
		} else if !got.equal(want) {
			t.Errorf("from %s: the plan leads elsewhere: %v", name, got)
		}
		part := from.m.clone()
		for steps := 0; steps < len(ops); steps += 3 { // interrupted
			root := part.snapshot(t, sc.s)
			if err := part.apply(part.clone(), mustPlan(t, sc.s, root, m), 3); err != nil {
				t.Errorf("from %s in parts: %v", name, err)
			}
		}
		if err := part.apply(part.clone(), mustPlan(t, sc.s, part.snapshot(t, sc.s), m), 1<<30); err != nil || !part.equal(want) {
			t.Errorf("from %s in parts: the plan leads elsewhere: %v", name, err)
		}
		wantWalk(t, sc.s, from.root, m)
	}
}

// wantWalk sends what a holder of from lacks to it.
func wantWalk(t *testing.T, s *store, from, to cid.Cid) {
	t.Helper()
	here := newStore()
	for b, err := range Walk(t.Context(), s, cid.Undef, orEmpty(from)) {
		if err != nil {
			t.Fatal(err)
		}
		here.blocks[b.CID] = b.Data
	}
	in := NewIntake(to)
	for b, err := range Walk(t.Context(), s, orEmpty(from), to) {
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Accept(b.CID, b.Data); err != nil {
			t.Error(err)
		}
		here.blocks[b.CID] = b.Data
	}
	for _, err := range Walk(t.Context(), here, orEmpty(from), to) {
		if err != nil {
			t.Errorf("after all was sent: %v", err)
		}
	}
	load(t, here, to)
}

func orEmpty(root cid.Cid) cid.Cid {
	if !root.Defined() {
		return emptyRoot
	}
	return root
}
