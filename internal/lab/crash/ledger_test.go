package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewest judges a path whose revisions 1 and 3 were acknowledged with a and
// c, and that was sent d without an answer.
func TestNewest(t *testing.T) {
	a, c, d := sum{1}, sum{3}, sum{4}
	for _, tt := range []struct {
		name     string
		revision int64
		sum      sum
		want     verdict
	}{
		{"as acknowledged", 3, c, right},
		{"the write without an answer landed", 4, d, right},
		{"gone", 0, sum{}, lost},
		{"went back", 1, a, lost},
		{"other bytes", 3, a, damaged},
		{"the unanswered bytes under an acknowledged number", 3, d, damaged},
		{"half of a write", 4, sum{9}, damaged},
		{"old bytes as a new revision", 4, a, damaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLedger()
			for revision, s := range map[int64]sum{1: a, 3: c} {
				l.try("/p", s, 1)
				if err := l.acknowledge("/p", revision, s, 10); err != nil {
					t.Fatal(err)
				}
			}
			l.try("/p", d, 2)
			if got, why := l.newest("/p", tt.revision, tt.sum); got != tt.want {
				t.Errorf("got %v (%s), want %v", got, why, tt.want)
			}
		})
	}
}

func TestNeverAcknowledged(t *testing.T) {
	l := newLedger()
	l.try("/p", sum{1}, 1)
	if got, why := l.newest("/p", 0, sum{}); got != right {
		t.Errorf("no file: got %v (%s)", got, why)
	}
	if got, why := l.newest("/p", 1, sum{1}); got != right {
		t.Errorf("the whole file: got %v (%s)", got, why)
	}
	if got, _ := l.newest("/p", 1, sum{2}); got != damaged {
		t.Errorf("another file: got %v, want damaged", got)
	}
	l.observe("/p", 1, sum{1})
	if got, _ := l.newest("/p", 0, sum{}); got != lost {
		t.Errorf("gone after it was seen: got %v, want lost", got)
	}
}

func TestOld(t *testing.T) {
	l := newLedger()
	l.try("/p", sum{1}, 1)
	if err := l.acknowledge("/p", 1, sum{1}, 10); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		found bool
		sum   sum
		want  verdict
	}{{true, sum{1}, right}, {false, sum{}, lost}, {true, sum{2}, damaged}} {
		if got, _ := l.old("/p", 1, tt.found, tt.sum); got != tt.want {
			t.Errorf("found %v with %v: got %v, want %v", tt.found, tt.sum[0], got, tt.want)
		}
	}
}

func TestOneRevisionOneContent(t *testing.T) {
	l := newLedger()
	if err := l.acknowledge("/p", 1, sum{1}, 10); err != nil {
		t.Fatal(err)
	}
	if err := l.acknowledge("/p", 1, sum{1}, 10); err != nil {
		t.Errorf("the same bytes again: got %v", err)
	}
	if err := l.acknowledge("/p", 1, sum{2}, 10); err == nil {
		t.Error("other bytes under the same number: got no error")
	}
	files, acks, bytes := l.totals()
	if files != 1 || acks != 3 || bytes != 30 {
		t.Errorf("totals: got %d, %d, %d", files, acks, bytes)
	}
}

func TestSince(t *testing.T) {
	l := newLedger()
	for i, path := range []string{"/b", "/a", "/c"} {
		l.try(path, sum{}, i)
	}
	recent, older := l.since(1)
	if diff := cmp.Diff([][]string{{"/a", "/c"}, {"/b"}}, [][]string{recent, older}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := l.revisions("/a"); !slices.Equal(got, nil) {
		t.Errorf("revisions: got %v", got)
	}
}
