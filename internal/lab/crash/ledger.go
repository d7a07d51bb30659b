package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// sum is the SHA-256 of a content.
type sum [sha256.Size]byte

// ledger is the record of what the hive acknowledged, and of what it was sent
// without an answer and may therefore hold or not.
type ledger struct {
	mu    sync.Mutex
	paths map[string]*record
	acks  int
	bytes int64
}

// record is what is known of one path.
type record struct {
	acked map[int64]sum // by revision
	tried map[sum]int   // sent without an answer, and how often
	round int           // when it was last written
}

func newLedger() *ledger { return &ledger{paths: map[string]*record{}} }

func (l *ledger) record(path string) *record {
	r, ok := l.paths[path]
	if !ok {
		r = &record{acked: map[int64]sum{}, tried: map[sum]int{}}
		l.paths[path] = r
	}
	return r
}

// try notes a write before it is sent.
func (l *ledger) try(path string, s sum, round int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.record(path)
	r.tried[s]++
	r.round = round
}

// acknowledge notes the answer to a write that was tried. One revision cannot
// stand for two contents.
func (l *ledger) acknowledge(path string, revision int64, s sum, size int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.record(path)
	if r.tried[s]--; r.tried[s] <= 0 {
		delete(r.tried, s)
	}
	l.acks++
	l.bytes += size
	if before, ok := r.acked[revision]; ok && before != s {
		return fmt.Errorf("%s: revision %d acknowledged for two contents", path, revision)
	}
	r.acked[revision] = s
	return nil
}

// observe notes that the hive showed a newest revision after a start: from then
// on it counts like an acknowledged one.
func (l *ledger) observe(path string, revision int64, s sum) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(path).acked[revision] = s
}

// since lists the paths that were written in this round or later, and the older ones.
func (l *ledger) since(round int) (recent, older []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for path, r := range l.paths {
		if r.round >= round {
			recent = append(recent, path)
		} else {
			older = append(older, path)
		}
	}
	slices.Sort(recent)
	slices.Sort(older)
	return recent, older
}

// revisions lists the acknowledged revisions of a path, oldest first.
func (l *ledger) revisions(path string) []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.record(path).acked))
}

// verdict is what a look at a file says.
type verdict int

const (
	right verdict = iota
	lost
	damaged
)

// newest judges the newest revision that the hive shows; revision 0 is no file.
func (l *ledger) newest(path string, revision int64, s sum) (verdict, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.record(path)
	known := slices.Sorted(maps.Keys(r.acked))
	last := int64(0)
	if len(known) > 0 {
		last = known[len(known)-1]
	}
	switch {
	case revision < last:
		return lost, fmt.Sprintf("revision %d was acknowledged, newest is %d", last, revision)
	case revision == 0:
		return right, ""
	case revision == last && s != r.acked[last]:
		return damaged, fmt.Sprintf("revision %d has other bytes than were acknowledged", last)
	case revision > last && r.tried[s] == 0:
		return damaged, fmt.Sprintf("revision %d holds what nobody sent", revision)
	}
	return right, ""
}

// old judges one acknowledged revision.
func (l *ledger) old(path string, revision int64, found bool, s sum) (verdict, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch want := l.record(path).acked[revision]; {
	case !found:
		return lost, fmt.Sprintf("acknowledged revision %d is gone", revision)
	case s != want:
		return damaged, fmt.Sprintf("acknowledged revision %d has other bytes", revision)
	}
	return right, ""
}

func (l *ledger) totals() (files, acks int, bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.paths {
		if len(r.acked) > 0 {
			files++
		}
	}
	return files, l.acks, l.bytes
}

// findings collects what went wrong, by kind.
type findings struct {
	mu    sync.Mutex
	kinds map[string][]string
}

// Kinds of findings.
const (
	kindLost    = "lost"
	kindDamaged = "damaged"
	kindSlow    = "slow start"
	kindBroken  = "misbehaved"
)

func (f *findings) add(kind, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kinds == nil {
		f.kinds = map[string][]string{}
	}
	f.kinds[kind] = append(f.kinds[kind], fmt.Sprintf(format, args...))
}

func (f *findings) judge(path string, v verdict, why string) {
	switch v {
	case lost:
		f.add(kindLost, "%s: %s", path, why)
	case damaged:
		f.add(kindDamaged, "%s: %s", path, why)
	}
}

func (f *findings) of(kind string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.kinds[kind])
}

func (f *findings) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, list := range f.kinds {
		n += len(list)
	}
	return n
}
