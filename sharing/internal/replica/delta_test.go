package replica_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// noise is text that does not compress.
func noise(seed byte, n int) string {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data)
	return string(data)
}

// replace has another file take the place of one in a single step, as programs do that save a file elsewhere and move it there.
func (h *hive) replace(name, text string) {
	h.t.Helper()
	_, _, err := h.home().Put(h.t.Context(), path("/saved"), strings.NewReader(text), catalog.PutOptions{})
	h.check(err)
	_, err = h.home().Move(h.t.Context(), path("/saved"), path("/shared/"+name), catalog.TransferOptions{Overwrite: true})
	h.check(err)
}

// passed is how many bytes two hives sent each other.
func (r *rig) passed(a, b *hive) int64 { return r.mesh.Bytes(a.id, b.id) + r.mesh.Bytes(b.id, a.id) }

// TestChangesAreCheap: what files were is found by their identity, and by their path where they were replaced. Both ways.
func TestChangesAreCheap(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, member := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	large, small := noise(1, 3<<20), noise(2, 30_000)
	owner.mkdir("in")
	owner.write("in/large", large)
	owner.write("in/small", small)
	r.awaitEqual()
	steps := []struct {
		name string
		by   *hive
		do   func(h *hive)
	}{
		{"edited", owner, func(h *hive) { h.write("in/large", large[:1<<20]+"x"+large[1<<20:]) }},
		{"edited by the member", member, func(h *hive) { h.write("in/large", "y"+large) }},
		{"renamed and edited", owner, func(h *hive) { h.rename("in/small", "other"); h.write("other", small[:20_000]+"z"+small[20_000:]) }},
		{"renamed and edited by the member", member, func(h *hive) { h.rename("other", "in/again"); h.write("in/again", small+"1") }},
		{"replaced", owner, func(h *hive) { h.replace("in/large", large+"2") }},
	}
	for _, step := range steps {
		before := r.passed(owner, member)
		step.do(step.by)
		want := step.by.files()
		r.awaitAll(want, owner, member)
		if n := r.passed(owner, member) - before; n > 12_000 {
			t.Errorf("%s: %d bytes passed", step.name, n)
		} else {
			t.Logf("%s: %d bytes", step.name, n)
		}
	}
	status, err := member.engine.Status(t.Context(), id)
	member.check(err)
	if status.Saved < 5<<20 || status.Received > 3<<20+100_000 {
		t.Errorf("the member received %d bytes and was saved %d", status.Received, status.Saved)
	}
	member.restart()
	after, err := member.engine.Status(t.Context(), id)
	member.check(err)
	if after.Saved != status.Saved {
		t.Errorf("saved %d bytes, after a restart %d", status.Saved, after.Saved)
	}
}

// TestBasesShowNothing: whatever a member names as the older state that he does not have by right, he gets the answer of one that
// is not there.
func TestBasesShowNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, member := r.hives[0], r.hives[1]
	secret := noise(1, 50_000)
	_, _, err := owner.home().Put(t.Context(), path("/private"), strings.NewReader(secret), catalog.PutOptions{})
	owner.check(err)
	r.shareFolder("/elsewhere", "", ledger.Reader) // a share that the member is not in, with many heads
	for n := range 5 {
		owner.write("public", secret+fmt.Sprint(n))
		r.awaitAll(map[string]string{"public": owner.files()["public"]}, r.hives[2])
	}
	elsewhere := owner.space
	id := r.share(ledger.Reader)
	if owner.space != elsewhere {
		t.Fatal("another home")
	}
	owner.write("public", secret+"!")
	r.awaitAll(owner.files(), member)
	newest := owner.newest(id)
	file, err := tree.Lookup(t.Context(), owner.blocks, newest.Root, "public")
	owner.check(err)
	s := member.session(owner)
	ref := fetch.Ref{Share: string(id), Head: newest.Seq}
	type answers struct {
		Parts  []fetch.Part
		Leaves []fetch.Leaf
		Runs   int
		Nodes  [][]byte
		Edits  int
	}
	ask := func(since *fetch.Since, from cid.Cid, was ...string) (a answers) {
		of := fetch.Of{Ref: ref, Since: since}
		f := fetch.File{Path: []string{"public"}, Root: file.Root.Bytes(), Was: was}
		owner.check(s.Content(of, []fetch.File{f}, func(p fetch.Part) error {
			p.Data = bytes.Clone(p.Data)
			a.Parts = append(a.Parts, p)
			return nil
		}))
		owner.check(s.List(of, f, func(l fetch.Leaf) error { a.Leaves = append(a.Leaves, l); return nil },
			func(int, int) error { a.Runs++; return nil }))
		owner.check(s.Tree(of, from, func(n []byte) error { a.Nodes = append(a.Nodes, n); return nil },
			func(graft.Edit) error { a.Edits++; return nil }))
		return a
	}
	unusable := ask(&fetch.Since{Head: 1 << 40}, cid.Undef)
	if unusable.Runs > 0 || unusable.Edits > 0 || len(unusable.Nodes) == 0 {
		t.Errorf("an unknown head is a base: %+v", unusable)
	}
	for name, got := range map[string]answers{
		"a head of another share":       ask(&fetch.Since{Head: newest.Seq + 3}, cid.Undef),
		"a proposal that there is not":  ask(&fetch.Since{}, cid.Undef),
		"a tree by its hash alone":      ask(&fetch.Since{Head: 1 << 40}, newest.Root),
		"a path outside of the share":   ask(&fetch.Since{Head: 1 << 40}, cid.Undef, "..", "private"),
		"a file of the owner, by name":  ask(&fetch.Since{Head: 1 << 40}, cid.Undef, "private"),
		"a file that is in no old head": ask(&fetch.Since{Head: 1 << 40}, cid.Undef, "other"),
	} {
		if !cmp.Equal(got, unusable, cmpopts.EquateErrors()) {
			t.Errorf("%s: another answer than for what is not there", name)
		}
	}
	known := &fetch.Since{Head: newest.Seq}
	for _, was := range [][]string{{"..", "private"}, {"private"}, {"other"}} {
		if a := ask(known, cid.Undef, was...); !cmp.Equal(a.Parts, unusable.Parts, cmpopts.EquateErrors()) || a.Runs > 0 {
			t.Errorf("%v is a base", was)
		}
	}
}

// TestHeadsThatWerePassedOver: heads that come while an older one is applied are left out. Garbage collection is not asked to keep
// their trees, which never came.
func TestHeadsThatWerePassedOver(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, member := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	owner.write("file", "0")
	r.awaitEqual()
	r.mesh.Partition(owner.id, member.id, true)
	for n := range 3 {
		seq := owner.newest(id).Seq
		owner.write("file", fmt.Sprint("edit ", n))
		r.await("the next head", func() bool { return owner.newest(id).Seq > seq })
		if n < 2 { // the member hears of it, but cannot ask
			member.check(member.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return state.New(member.db).AddHead(ctx, tx, id, owner.newest(id))
			}))
		}
	}
	r.mesh.Partition(owner.id, member.id, false)
	r.awaitEqual()
	for root, err := range member.engine.Roots(t.Context()) {
		member.check(err)
		if err := member.blocks.Walk(t.Context(), root, func(cid.Cid) error { return nil }); err != nil {
			t.Errorf("a tree that is to be kept: %v", err)
		}
	}
}
