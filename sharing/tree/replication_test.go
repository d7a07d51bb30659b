package tree

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
)

// The replication of a share, without keys, disks and networks: one owner, writers, and messages that get lost, come twice, late and in any
// order. docs/tree.md says how bases are chosen.

// heading is a head as it travels.
type heading struct {
	seq    int
	root   cid.Cid
	merged map[int]int // number of the last proposal of each writer that is in it
}

// proposal is a writer's state as it travels.
type proposal struct {
	by, number int
	base       int // sequence of a head
	root       cid.Cid
}

// owner orders the share.
type owner struct {
	*hand
	m      model
	heads  []heading
	merged map[int]int
}

// writer holds a replica.
type writer struct {
	*hand
	m      model
	head   heading   // the last that was applied
	sent   *proposal // not yet merged, as far as is known
	base   cid.Cid   // what head would be with sent merged
	number int
	begun  int // sequence of the last head that was applied, be it in part
}

type world struct {
	t       *testing.T
	s       *store
	rng     *rand.Rand
	o       *owner
	w       []*writer
	toOwner []proposal
	toAll   [][]heading // by writer
	acked   map[cid.Cid]bool
	ended   map[cid.Cid]bool // seen by one who replaced or deleted them
	next    uint64
	log     []string
	calm    bool // nothing is lost, no edits, no crashes
}

func newWorld(t *testing.T, seed uint64, writers int) *world {
	w := &world{t: t, s: newStore(), rng: random(seed), acked: map[cid.Cid]bool{}, ended: map[cid.Cid]bool{}}
	w.o = &owner{hand: &hand{rng: w.rng, hive: 1, contents: 1}, m: model{}, merged: map[int]int{}}
	for range w.rng.IntN(25) {
		w.edit(w.o.hand, w.o.m)
	}
	w.publish()
	first := w.o.heads[0]
	for i := range writers {
		w.w = append(w.w, &writer{hand: &hand{rng: w.rng, hive: uint64(i + 2), contents: 1}, m: load(t, w.s, first.root), head: first})
		w.toAll = append(w.toAll, nil)
	}
	return w
}

func (w *world) say(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

// edit lets a user edit a folder, with contents that are all different, and notes which versions were made and ended.
func (w *world) edit(h *hand, m model) {
	before := m.clone()
	h.fresh = func() uint64 { w.next++; return w.next }
	what := h.edit(m)
	if what != "" {
		w.say("%d: %s", h.hive, what)
	}
	for uid, b := range before {
		if a := m[uid]; a == nil || a.Entry.Root != b.Entry.Root {
			w.ended[b.Entry.Root] = true
		}
	}
	for uid, a := range m {
		if b := before[uid]; !a.Entry.Folder && (b == nil || a.Entry.Root != b.Entry.Root) {
			w.acked[a.Entry.Root] = true
		}
	}
}

func (w *world) merge(base, ours, theirs cid.Cid, by int) cid.Cid {
	m, err := Merge(w.t.Context(), w.s, w.s, MergeInput{Base: base, Ours: ours, Theirs: theirs, By: fmt.Sprint("writer ", by), Date: time.Unix(1e9, 0)})
	if err != nil {
		w.t.Fatal(err)
	}
	return m.Root
}

// carryOut applies a plan from one state to another to a model. A user may be quicker, or the hive may crash between two batches.
func (w *world) carryOut(h *hand, m model, from, to cid.Cid) (done, touched bool) {
	ops, before := mustPlan(w.t, w.s, from, to), m.clone()
	if w.chance(6) {
		w.edit(h, m)
		stale := m.apply(before, ops, 1<<30)
		return stale == nil, true
	}
	steps := 1 << 30
	if w.chance(5) {
		steps = w.rng.IntN(3)
	}
	if err := m.apply(before, ops, steps); err != nil {
		w.t.Fatal(err)
	}
	done = m.snapshot(w.t, w.s) == to
	if !done {
		w.say("%d: crash after %d steps", h.hive, steps)
	}
	return done, true
}

func (w *world) chance(n int) bool { return !w.calm && w.rng.IntN(n) == 0 }

// publish makes a head of what the owner has.
func (w *world) publish() {
	o := w.o
	h := heading{seq: len(o.heads) + 1, root: o.m.snapshot(w.t, w.s), merged: map[int]int{}}
	for by, n := range o.merged {
		h.merged[by] = n
	}
	if n := len(o.heads); n > 0 && o.heads[n-1].root == h.root && fmt.Sprint(o.heads[n-1].merged) == fmt.Sprint(h.merged) {
		return
	}
	o.heads = append(o.heads, h)
	w.say("head %d, merged %v", h.seq, h.merged)
}

// announce sends the last head to everyone.
func (w *world) announce() {
	for i := range w.w {
		w.toAll[i] = append(w.toAll[i], w.o.heads[len(w.o.heads)-1])
	}
}

// propose sends what a writer has: the same again until it is known to be merged.
func (w *world) propose(i int) {
	wr := w.w[i]
	if wr.begun > wr.head.seq { // first to the end
		return
	}
	if root := wr.m.snapshot(w.t, w.s); wr.sent == nil && root != wr.head.root {
		wr.number++
		wr.sent = &proposal{by: i, number: wr.number, base: wr.head.seq, root: root}
		wr.base = root
		w.say("%d: proposal %d on head %d", wr.hive, wr.number, wr.head.seq)
	}
	if wr.sent != nil {
		w.toOwner = append(w.toOwner, *wr.sent)
	}
}

// take lets the owner merge a proposal.
func (w *world) take(p proposal) {
	o := w.o
	if p.number <= o.merged[p.by] {
		return
	}
	now := o.m.snapshot(w.t, w.s)
	merged := w.merge(o.heads[p.base-1].root, now, p.root, p.by)
	w.say("owner merges proposal %d of %d", p.number, p.by+2)
	if done, _ := w.carryOut(o.hand, o.m, now, merged); done {
		o.merged[p.by] = p.number
	}
}

// receive lets a writer take over a head.
func (w *world) receive(i int, h heading) {
	wr := w.w[i]
	if h.seq <= wr.head.seq || h.seq < wr.begun {
		return
	}
	now := wr.m.snapshot(w.t, w.s)
	known := wr.sent != nil && h.merged[i] >= wr.sent.number
	base := wr.head.root
	if known {
		base = wr.base
	}
	w.say("%d: takes head %d on %d (proposal merged: %v)", wr.hive, h.seq, wr.head.seq, known)
	done, touched := w.carryOut(wr.hand, wr.m, now, w.merge(base, h.root, now, i))
	if !done {
		if touched {
			wr.begun = h.seq
		}
		return
	}
	if known {
		wr.sent = nil
	} else if wr.sent != nil {
		wr.base = w.merge(wr.head.root, h.root, wr.base, i)
	}
	wr.head, wr.begun = h, h.seq
}

// step does something that can happen.
func (w *world) step() {
	i := w.rng.IntN(len(w.w))
	switch w.rng.IntN(12) {
	case 0, 1:
		w.edit(w.o.hand, w.o.m)
	case 2, 3, 4:
		w.edit(w.w[i].hand, w.w[i].m)
	case 5:
		w.propose(i)
	case 6:
		w.publish()
		w.announce()
	case 7, 8:
		if p, ok := draw(w.rng, &w.toOwner); ok {
			w.take(p)
		}
	default:
		if h, ok := draw(w.rng, &w.toAll[i]); ok {
			w.receive(i, h)
		}
	}
}

// draw takes any message: it may get lost, or stay to come again.
func draw[T any](rng *rand.Rand, queue *[]T) (msg T, ok bool) {
	if len(*queue) == 0 {
		return msg, false
	}
	i := rng.IntN(len(*queue))
	msg = (*queue)[i]
	if rng.IntN(3) > 0 {
		*queue = append((*queue)[:i], (*queue)[i+1:]...)
	}
	return msg, rng.IntN(4) > 0
}

// settle lets all messages through until nothing changes any more.
func (w *world) settle() {
	w.calm = true
	w.say("calm")
	for range 12 {
		for i := range w.w {
			w.propose(i)
		}
		for _, p := range w.toOwner {
			w.take(p)
		}
		w.toOwner = nil
		w.publish()
		w.announce()
		for i, queue := range w.toAll {
			for _, h := range queue {
				w.receive(i, h)
			}
			w.toAll[i] = nil
		}
	}
}

// TestReplication runs random histories of a share: at the end all replicas are equal, and no version is lost that nobody who
// had seen it replaced or deleted.
func TestReplication(t *testing.T) {
	t.Parallel()
	histories := uint64(1000)
	again, twice := 0, 0
	for seed := range histories {
		w := newWorld(t, seed, 2)
		for range 20 + w.rng.IntN(120) {
			w.step()
		}
		w.settle()
		w.check()
		if t.Failed() {
			for _, line := range w.log {
				t.Log(line)
			}
			t.Fatalf("seed %d: owner %s", seed, w.o.m)
		}
		for root, n := range w.o.m.roots() {
			if w.ended[root] {
				again++
			}
			if n > 1 {
				twice++
			}
		}
	}
	t.Logf("%d histories: %d ended versions are in conflict copies, %d contents lie twice", histories, again, twice)
}

func (w *world) check() {
	want := w.o.m
	for _, wr := range w.w {
		if !wr.m.equal(want) {
			w.t.Errorf("hive %d differs: %s", wr.hive, wr.m)
		}
		if wr.sent != nil {
			w.t.Errorf("hive %d still waits for proposal %d", wr.hive, wr.sent.number)
		}
	}
	roots := want.roots()
	for root := range w.acked {
		if roots[root] == 0 && !w.ended[root] {
			w.t.Errorf("lost %s", root)
		}
	}
}
