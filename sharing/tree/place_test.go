package tree

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestConflictNamesAreNotCountedTwice: of names that are the same once they are cut, each gets the first number that is free, and
// no number is looked up again for each of them.
func TestConflictNamesAreNotCountedTwice(t *testing.T) {
	t.Parallel()
	const date, files, taken = "2001-09-09", 120, 300
	long := strings.Repeat("n", 255-len(" (conflict, bob, "+date+", 100)"))
	names := []string{"n", "n.x", long, long + ".x", "s.x (conflict, bob, 2001-09-09)", "s"}
	there := map[string]bool{"s (conflict, bob, 2001-09-09).x (conflict, bob, 2001-09-09)": true}
	for n := range taken {
		if n%50 != 7 { // the numbers of some are free
			there[conflictName(long, false, "bob", date, n+1)] = true
		}
	}
	var list []Entry
	for name := range there {
		list = append(list, file(name, uint64(len(list)+1)))
	}
	slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	s := newStore()
	m := &merger{
		r: &reader{blocks: s}, in: MergeInput{Ours: mustBuild(t, s, list).Root, By: "bob", Date: time.Unix(1e9, 0)},
		result: side{}, placed: map[place]UID{}, next: map[counted]int{},
	}
	rng := random(1)
	wanted := 0
	for i := range files {
		name := names[rng.IntN(len(names))]
		if i%2 == 0 {
			name = long + fmt.Sprintf("%04d", rng.IntN(2)*rng.IntN(1e4))
		}
		folder, want := rng.IntN(4) == 0, ""
		for n := 1; want == "" || there[want]; n++ {
			want = conflictName(name, folder, "bob", date, n)
			wanted++
		}
		there[want] = true
		e := Entry{UID: uid(uint64(1000 + i)), Name: name, Folder: folder}
		if err := m.putBeside(t.Context(), UID{}, e, e.UID); err != nil {
			t.Fatal(err)
		}
		if got := m.conflicts[i].As; got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
	if looked := s.gets; wanted < 4*looked {
		t.Errorf("read %d nodes, for names that are %d by counting", looked, wanted)
	}
}
