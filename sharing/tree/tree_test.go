package tree

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

var update = flag.Bool("update", false, "write golden files")

// names returns n different names in order.
func names(rng *rand.Rand, n int) []string {
	set := map[string]bool{}
	for len(set) < n {
		set[fmt.Sprintf("%s %d.txt", strings.Repeat("n", rng.IntN(4)), rng.IntN(10*n))] = true
	}
	var list []string
	for name := range set {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func files(rng *rand.Rand, n int) []Entry {
	var list []Entry
	for _, name := range names(rng, n) {
		list = append(list, file(name, rng.Uint64N(1<<40)))
	}
	return list
}

func TestBuildThenList(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 100, 129, 1000, 30_000} {
		s := newStore()
		want := files(random(uint64(n)), n)
		f := mustBuild(t, s, want)
		if f.Entries != int64(n) {
			t.Errorf("got %d entries, want %d", f.Entries, n)
		}
		got := collect(t, List(t.Context(), s, f.Root))
		if !slices.Equal(got, want) {
			t.Errorf("%d entries came out changed", n)
		}
		if stat, err := Stat(t.Context(), s, f.Root); err != nil || stat != f {
			t.Errorf("got Stat %v, %v, want %v", stat, err, f)
		}
		for _, e := range want[:min(n, 300)] {
			if got, err := Lookup(t.Context(), s, f.Root, e.Name); err != nil || got != e {
				t.Errorf("got %v, %v, want %v", got, err, e)
			}
			if _, err := Lookup(t.Context(), s, f.Root, e.Name+"x"); !errors.Is(err, ErrNotFound) {
				t.Errorf("got error %v for an unknown name", err)
			}
		}
		for range List(t.Context(), s, f.Root) { // may be left early
			break
		}
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	s := newStore()
	leaf := file("leaf", 1)
	inner := mustBuild(t, s, []Entry{leaf})
	outer := mustBuild(t, s, []Entry{inner.Entry(uid(2), "in"), file("zz", 3)})
	if outer.Entries != 3 {
		t.Errorf("got %d entries, want 3", outer.Entries)
	}
	if got, err := At(t.Context(), s, outer.Root, []string{"in", "leaf"}); err != nil || got != leaf {
		t.Errorf("got %v, %v", got, err)
	}
	for _, path := range [][]string{{}, {"x"}, {"in", "x"}, {"zz", "leaf"}} {
		if _, err := At(t.Context(), s, outer.Root, path); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: got error %v, want ErrNotFound", path, err)
		}
	}
	if got := collect(t, List(t.Context(), s, cid.Undef)); len(got) != 0 {
		t.Errorf("got %v in the undefined root", got)
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	good := file("b", 1)
	with := func(change func(*Entry)) []Entry {
		e := good
		change(&e)
		return []Entry{e}
	}
	node := node.Sum([]byte("x"))
	for name, list := range map[string][]Entry{
		"order":           {file("b", 1), file("a", 2)},
		"twice":           {file("b", 1), file("b", 2)},
		"no name":         with(func(e *Entry) { e.Name = "" }),
		"dot":             with(func(e *Entry) { e.Name = "." }),
		"dots":            with(func(e *Entry) { e.Name = ".." }),
		"slash":           with(func(e *Entry) { e.Name = "a/b" }),
		"NUL":             with(func(e *Entry) { e.Name = "a\x00" }),
		"control":         with(func(e *Entry) { e.Name = "a\u0085" }),
		"not UTF-8":       with(func(e *Entry) { e.Name = "a\xff" }),
		"not NFC":         with(func(e *Entry) { e.Name = "u\u0308" }),
		"long":            with(func(e *Entry) { e.Name = strings.Repeat("x", 256) }),
		"no UID":          with(func(e *Entry) { e.UID = UID{} }),
		"no root":         with(func(e *Entry) { e.Root = cid.Undef }),
		"node as content": with(func(e *Entry) { e.Root = node }),
		"file as folder":  with(func(e *Entry) { e.Folder, e.MTime, e.Exec = true, 0, false }),
		"time of folder":  with(func(e *Entry) { e.Folder, e.Root, e.Exec, e.MTime = true, node, false, 1 }),
		"exec of folder":  with(func(e *Entry) { e.Folder, e.Root, e.Exec, e.MTime = true, node, true, 0 }),
		"negative size":   with(func(e *Entry) { e.Size = -1 }),
		"huge folder":     {Folder{node, MaxEntries + 1}.Entry(uid(1), "a")},
		"huge in all":     {Folder{node, MaxEntries - 1}.Entry(uid(1), "a"), file("b", 2)},
	} {
		if _, err := Build(t.Context(), newStore(), each(list)); err == nil {
			t.Errorf("%s: built", name)
		}
	}
	broken := errors.New("broken off")
	_, err := Build(t.Context(), newStore(), func(yield func(Entry, error) bool) { yield(Entry{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got error %v, want that of the list", err)
	}
}

// TestEditIsBuild edits random trees many times, and compares each with a tree built anew.
func TestEditIsBuild(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		rng := random(seed)
		s := newStore()
		now := map[string]Entry{}
		root := cid.Undef
		all := names(rng, 1+rng.IntN(3000))
		for range 25 {
			var edits []Slot
			for range 1 + rng.IntN(1+rng.IntN(1+rng.IntN(len(all)))) {
				name := all[rng.IntN(len(all))]
				e := file(name, rng.Uint64N(1<<40))
				if rng.IntN(5) < 2 {
					edits = append(edits, Slot{name, nil})
					delete(now, name)
					continue
				}
				edits = append(edits, Slot{name, &e})
				now[name] = e
			}
			f, err := Edit(t.Context(), s, s, root, edits)
			if err != nil {
				t.Fatal(err)
			}
			root = f.Root
			var list []Entry
			for _, e := range now {
				list = append(list, e)
			}
			slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
			if want := mustBuild(t, newStore(), list); f != want {
				t.Fatalf("seed %d: got %v of %d entries, want %v", seed, f, len(list), want)
			}
		}
	}
}

// TestEditOfFullNodes edits where nodes end because they are full.
func TestEditOfFullNodes(t *testing.T) {
	t.Parallel()
	var list []Entry
	for i := 0; len(list) < 3*MaxItems; i++ {
		if name := fmt.Sprintf("%06d", i); !node.Closes(0, name) && i%2 == 0 {
			list = append(list, file(name, uint64(i)))
		}
	}
	s := newStore()
	f := mustBuild(t, s, list)
	rng := random(1)
	for n := range 200 {
		i := rng.IntN(len(list))
		e := file(fmt.Sprintf("%s-%03d", list[i].Name[:6], n), 1<<30+rng.Uint64N(1<<30))
		edit := Slot{e.Name, &e}
		at, _ := slices.BinarySearchFunc(list, e.Name, func(e Entry, name string) int { return strings.Compare(e.Name, name) })
		next := slices.Insert(slices.Clone(list), at, e)
		if node.Closes(0, e.Name) || rng.IntN(2) == 0 {
			edit, next = Slot{list[i].Name, nil}, slices.Delete(slices.Clone(list), i, i+1)
		}
		got, err := Edit(t.Context(), s, s, f.Root, []Slot{edit})
		if err != nil {
			t.Fatal(err)
		}
		if want := mustBuild(t, s, next); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
		list, f = next, got
	}
}

func TestEditRefuses(t *testing.T) {
	t.Parallel()
	s := newStore()
	e := file("a", 1)
	if _, err := Edit(t.Context(), s, s, cid.Undef, []Slot{{"b", &e}}); !errors.Is(err, ErrName) {
		t.Errorf("got error %v for an entry of another name, want ErrName", err)
	}
	if _, err := Edit(t.Context(), s, s, node.Sum([]byte("gone")), []Slot{{"a", &e}}); err == nil {
		t.Error("edited a tree that is not here")
	}
	if f, err := Edit(t.Context(), s, s, cid.Undef, nil); err != nil || f.Root != emptyRoot {
		t.Errorf("got %v, %v of no edit of nothing", f, err)
	}
	if s.blocks[emptyRoot] == nil {
		t.Error("the empty folder is not stored")
	}
}

func TestEditTouchesLittle(t *testing.T) {
	t.Parallel()
	s := newStore()
	list := files(random(2), 100_000)
	f := mustBuild(t, s, list)
	s.gets, s.puts = 0, 0
	e := file(list[50_000].Name, 77)
	if _, err := Edit(t.Context(), s, s, f.Root, []Slot{{e.Name, &e}}); err != nil {
		t.Fatal(err)
	}
	if s.gets > 8 || s.puts > 4 {
		t.Errorf("%d nodes read and %d written to edit one name in 100,000", s.gets, s.puts)
	}
}

// TestGolden holds the format: a changed root means that two versions of Hive no longer agree.
func TestGolden(t *testing.T) {
	t.Parallel()
	s := newStore()
	got := map[string]string{}
	for _, n := range []int{0, 1, 100, 5000, 20_000} {
		got[fmt.Sprintf("%d files", n)] = mustBuild(t, s, files(random(5), n)).Root.String()
	}
	inner := mustBuild(t, s, []Entry{{UID: uid(1), Name: "ü", Root: content(1), Size: 1 << 40, MTime: -1, Exec: true}})
	outer := mustBuild(t, s, []Entry{inner.Entry(uid(2), "folder"), file("zero", 0)})
	got["nested"] = outer.Root.String()
	got["nested, bytes"] = fmt.Sprintf("%x", s.blocks[outer.Root])
	golden := "testdata/roots.json"
	if *update {
		data, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLinksAsTheStoreSeesThem compares Links with what a garbage collection follows.
func TestLinksAsTheStoreSeesThem(t *testing.T) {
	t.Parallel()
	s := newStore()
	var list []Entry
	for i, name := range names(random(3), 700) {
		e := file(name, uint64(i))
		if i%3 == 0 {
			e = mustBuild(t, s, []Entry{e}).Entry(uid(uint64(i)+1<<20), name)
		}
		list = append(list, e)
	}
	mustBuild(t, s, list)
	for c, data := range s.blocks {
		want, err := Links(data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := blockstore.Links(c, data)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("the store follows %v, %v, want %v", got, err, want)
		}
	}
}
