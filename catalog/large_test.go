package catalog_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

const large = 100_000

// scattered names files so that the order of names is not that of numbers. All have the same time.
func scattered(i int) (string, catalog.PutOptions) {
	return fmt.Sprintf("%06d", i*7919%large), catalog.PutOptions{MTime: time.Unix(1_700_000_000, 0)}
}

// TestLargeFolder copies, moves, removes, restores and purges a folder of many files, and deletes the home. Nothing of it
// stays in memory, and what only moves a folder is instant.
func TestLargeFolder(t *testing.T) {
	const large = 6000
	if testing.Short() {
		t.Skip("takes long")
	}
	f := newFixture(t, databasetest.New(t), catalog.Config{})
	home := f.home(1)
	f.wantError(home.Fill(f.Context(), path(f, "/large"), fileOf(f.put(home, "/x", "x")), large, scattered), nil)
	base := liveHeap()
	bounded := func(what string, most time.Duration, do func()) {
		f.Helper()
		start := time.Now()
		do()
		took, grown := time.Since(start), int64(liveHeap())-int64(base)
		f.Logf("%s: %s, %d KiB more", what, took.Round(10*time.Microsecond), grown>>10)
		if took > most || grown > 16<<20 {
			f.Errorf("%s took %s and %d KiB", what, took, grown>>10)
		}
	}
	const instant = 2 * time.Second // on a machine that does other things too
	bounded("copy", time.Minute, func() {
		must(home.Copy(f.Context(), path(f, "/large"), path(f, "/copy"), catalog.TransferOptions{}))(f)
	})
	bounded("move", instant, func() {
		must(home.Move(f.Context(), path(f, "/copy"), path(f, "/moved"), catalog.TransferOptions{}))(f)
	})
	var trashed catalog.Trashed
	bounded("remove", instant, func() { trashed = f.remove(home, "/moved") })
	bounded("restore", instant, func() { f.restore(home, trashed) })
	bounded("usage", instant, func() { f.wantUsed(1, 2*large+1) })
	trashed = f.remove(home, "/moved")
	bounded("purge", time.Minute, func() { f.wantError(home.Purge(f.Context(), trashed.ID), nil) })
	f.wantUsed(1, large+1)
	bounded("walk", time.Minute, func() {
		n := 0
		for _, err := range home.Walk(f.Context(), catalog.Path{}) {
			if n++; err != nil {
				f.Fatal(err)
			}
		}
		if n != large+3 {
			f.Errorf("walked %d entries", n)
		}
	})
	bounded("delete", time.Minute, func() { f.wantError(f.DeleteHome(f.Context(), 1), nil) })
	var left int
	if err := f.DB().Read().QueryRowContext(f.Context(), "SELECT COUNT(*) FROM entries").Scan(&left); err != nil || left != 0 {
		f.Errorf("%d entries are left, %v", left, err)
	}
}

// liveHeap is what the heap holds after a collection.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkListLarge reads pages of 100 out of 100,000 at random places, in every order.
func BenchmarkListLarge(b *testing.B) {
	c := must(catalog.New(databasetest.New(b), blocktest.New(b), catalog.Config{}))(b)
	home := must(c.Home(b.Context(), catalog.Actor{User: 1}))(b)
	one, _, err := home.Put(b.Context(), path(b, "/x"), strings.NewReader("x"), catalog.PutOptions{})
	if err == nil {
		err = home.Fill(b.Context(), path(b, "/large"), fileOf(one), large, scattered)
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, sort := range []catalog.Sort{catalog.SortName, catalog.SortSize, catalog.SortMTime} {
		for _, desc := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s,desc=%t", sort, desc), func(b *testing.B) { benchmarkPages(b, home, sort, desc) })
		}
	}
}

func benchmarkPages(b *testing.B, home *catalog.Tree, sort catalog.Sort, desc bool) {
	opts := catalog.ListOptions{Sort: sort, Desc: desc, Limit: 100}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		page := must(home.List(b.Context(), path(b, "/large"), opts))(b)
		took = append(took, time.Since(start))
		opts.After = page.Next
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
}
