package tree

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

// FuzzTree gives readers trees whose upper nodes a stranger wrote: they end, and what they take is as Build makes it.
func FuzzTree(f *testing.F) {
	s := newStore()
	inner := mustBuild(f, s, []Entry{file("a", 1), file("b", 2)})
	base := mustBuild(f, s, []Entry{inner.Entry(uid(9), "in"), file("x", 3)})
	other := mustBuild(f, s, []Entry{inner.Entry(uid(9), "moved"), file("y", 3)})
	large := mustBuild(f, s, files(random(1), 300))
	for _, root := range []cid.Cid{inner.Root, base.Root, other.Root, large.Root} {
		f.Add(s.blocks[root])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		here := newStore()
		for c, b := range s.blocks {
			here.blocks[c] = b
		}
		root := node.Sum(data)
		here.blocks[root] = data
		in := NewIntake(root)
		err := in.Accept(root, data)
		if _, derr := Diff(t.Context(), here, base.Root, root); err != nil && derr == nil {
			t.Fatalf("Diff takes what Intake does not: %v", err)
		}
		if list, err := readAll(t, here, root); err == nil {
			if again := mustBuild(t, here, list); again.Root != root {
				t.Fatalf("%d entries were read that Build puts elsewhere", len(list))
			}
		}
		m, err := Merge(t.Context(), here, here, MergeInput{Base: base.Root, Ours: other.Root, Theirs: root, By: "eve"})
		if err != nil {
			return
		}
		if _, _, err := Plan(t.Context(), here, other.Root, m.Root); err != nil {
			t.Fatalf("a merge that cannot be planned: %v", err)
		}
	})
}

func readAll(t *testing.T, s *store, root cid.Cid) (list []Entry, err error) {
	for e, err := range List(t.Context(), s, root) {
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// FuzzConflictName holds that a conflict name is a name.
func FuzzConflictName(f *testing.F) {
	f.Add("report.pdf", "bob@hive", 1)
	f.Add(".bashrc", "a/b\x00\xff", 2)
	f.Add("e\u0301.\u0301", "\u0301", 12)
	f.Fuzz(func(t *testing.T, name, by string, n int) {
		if CheckName(name) != nil || n < 1 {
			return
		}
		for _, folder := range []bool{true, false} {
			got := conflictName(name, folder, by, "2026-11-23", n)
			if err := CheckName(got); err != nil || !utf8.ValidString(got) {
				t.Fatalf("got %q from %q and %q: %v", got, name, by, err)
			}
		}
	})
}

func TestConflictName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 127)
	for _, c := range []struct {
		name   string
		folder bool
		n      int
		want   string
	}{
		{"report.pdf", false, 1, "report (conflict, bob, 2001-09-09).pdf"},
		{"report.pdf", false, 3, "report (conflict, bob, 2001-09-09, 3).pdf"},
		{"my.folder", true, 1, "my.folder (conflict, bob, 2001-09-09)"},
		{".bashrc", false, 1, ".bashrc (conflict, bob, 2001-09-09)"},
		{"plain", false, 1, "plain (conflict, bob, 2001-09-09)"},
		{"end.", false, 1, "end. (conflict, bob, 2001-09-09)"},
		{long, false, 1, long[:2*((255-len(" (conflict, bob, 2001-09-09)"))/2)] + " (conflict, bob, 2001-09-09)"},
	} {
		got := conflictName(c.name, c.folder, "bob", time.Unix(1e9, 0).UTC().Format("2006-01-02"), c.n)
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
