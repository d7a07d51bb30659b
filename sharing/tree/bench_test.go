package tree

import (
	"testing"

	"github.com/ipfs/go-cid"
)

func BenchmarkBuild(b *testing.B) {
	list := files(random(1), 11_478)
	for b.Loop() {
		mustBuild(b, newStore(), list)
	}
}

func BenchmarkEdit(b *testing.B) {
	s := newStore()
	list := files(random(1), 100_000)
	root := mustBuild(b, s, list).Root
	n := uint64(0)
	for b.Loop() {
		n++
		e := file(list[n*7919%100_000].Name, n)
		f, err := Edit(b.Context(), s, s, root, []Slot{{e.Name, &e}})
		if err != nil {
			b.Fatal(err)
		}
		root = f.Root
	}
}

// edited is a folder of 100,000 entries and the same with one changed.
func edited(b *testing.B) (s *store, from, to cid.Cid) {
	s = newStore()
	list := files(random(1), 100_000)
	for i := range list {
		list[i].UID = uid(uint64(i) + 1)
	}
	from = mustBuild(b, s, list).Root
	list[50_000].Root = content(1)
	return s, from, mustBuild(b, s, list).Root
}

func BenchmarkDiff(b *testing.B) {
	s, from, to := edited(b)
	s.gets = 0
	n := 0
	for b.Loop() {
		n++
		if _, err := Diff(b.Context(), s, from, to); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.gets)/float64(n), "nodes/op")
}

func BenchmarkMerge(b *testing.B) {
	s, from, to := edited(b)
	for b.Loop() {
		if _, err := Merge(b.Context(), s, s, MergeInput{Base: from, Ours: from, Theirs: to}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	s, _, to := edited(b)
	for b.Loop() { // 100,000 creates
		if _, _, err := Plan(b.Context(), s, cid.Undef, to); err != nil {
			b.Fatal(err)
		}
	}
}
