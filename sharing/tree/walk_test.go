package tree

import (
	"runtime"
	"testing"
)

// TestWalkKeepsNoFiles: who asks for the nodes that are new pays for nodes, not for each file that is.
func TestWalkKeepsNoFiles(t *testing.T) { //nolint:paralleltest // it measures the heap
	const n = 100_000
	s := newStore()
	list := files(random(1), n)
	for i := range list {
		list[i].UID = uid(uint64(i) + 1)
	}
	from, to := mustBuild(t, s, list[:1]).Root, mustBuild(t, s, list).Root
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	d := newDiffer(s)
	d.folders = true
	if err := d.run(t.Context(), from, to); err != nil {
		t.Fatal(err)
	}
	if kept := int64(heap()) - int64(before); kept > 2<<20 { // 20 MB with the files
		t.Errorf("%d bytes are kept for %d files", kept, n)
	}
	nodes := 0
	for _, err := range Walk(t.Context(), s, from, to) {
		if err != nil {
			t.Fatal(err)
		}
		nodes++
	}
	if nodes != len(d.fresh) {
		t.Errorf("%d nodes come, want %d", nodes, len(d.fresh))
	}
	runtime.KeepAlive(d)
}

func BenchmarkWalk(b *testing.B) {
	s := newStore()
	list := files(random(1), 100_000)
	for i := range list {
		list[i].UID = uid(uint64(i) + 1)
	}
	from, to := mustBuild(b, s, list[:1]).Root, mustBuild(b, s, list).Root
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range Walk(b.Context(), s, from, to) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
