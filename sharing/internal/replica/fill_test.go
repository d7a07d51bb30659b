package replica_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/replica"
	"github.com/melissiproject/hive/sharing/internal/state"
)

// writeMany writes files into the folder that is to be shared, in one step. It gives their content by name, and the roots.
func (h *hive) writeMany(n int) (files map[string]string, roots []cid.Cid) {
	h.t.Helper()
	folder, err := h.home().Mkdir(h.t.Context(), path("/shared"), true)
	h.check(err)
	files = make(map[string]string)
	var ops []catalog.Op
	w := h.blocks.Writer()
	defer w.Close()
	for i := range n {
		name := fmt.Sprintf("file %d", i)
		files[name] = name
		file, err := w.Import(h.t.Context(), strings.NewReader(name))
		h.check(err)
		roots = append(roots, file.Root)
		ops = append(ops, catalog.Op{
			Kind: catalog.OpCreate, UID: uid(), Name: name, Root: file.Root, Size: file.Size, MTime: time.Now(), Held: true,
		})
	}
	h.check(w.Commit(h.t.Context()))
	_, err = h.names.Apply(h.t.Context(), catalog.Target{Space: folder.Space, Folder: folder.ID, Actor: catalog.Actor{User: 1}}, ops, nil)
	h.check(err)
	return files, roots
}

// hasOne tells whether a hive has one of some contents.
func (h *hive) hasOne(roots []cid.Cid) bool {
	for _, root := range roots {
		if held, err := h.blocks.Has(h.t.Context(), root); err != nil || held {
			return err == nil
		}
	}
	return false
}

// naming tells of a step whether it is the first of a transaction that writes many names.
func naming() func(step string) bool {
	began := false
	return func(step string) bool {
		switch {
		case strings.HasPrefix(step, "UPDATE spaces"): // the last
			began = false
		case strings.HasPrefix(step, "INSERT INTO entries") && strings.Contains(step, "), ("):
			first := !began
			began = true
			return first
		}
		return false
	}
}

// TestContentComesBeforeAllNames: of many files the first come while the names of the others are still written. Those are
// not written here before that.
func TestContentComesBeforeAllNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, member := r.hives[0], r.hives[1]
	want, roots := owner.writeMany(1200) // in three transactions
	steps := 0
	names := naming()
	member.work.before(func(step string) {
		if !names(step) {
			return
		}
		if steps++; steps != 2 {
			return
		}
		r.await("content of the first names", func() bool { return member.hasOne(roots) })
	})
	r.share(ledger.Reader)
	r.awaitAll(want, owner, member)
	if member.halt(); steps < 3 {
		t.Errorf("the names were written in %d steps", steps)
	}
}

// TestReadingBeforeAllNames: of a share that was just accepted a file is read while the names of others are still written.
func TestReadingBeforeAllNames(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	want, roots := owner.writeMany(1200)
	all, got := slices.Collect(maps.Keys(want)), make(chan string, 1)
	steps := 0
	names := naming()
	b.work.before(func(step string) {
		if !names(step) {
			return
		}
		if steps++; steps != 2 {
			return
		}
		go func() {
			defer close(got)
			written := b.files()
			name := all[slices.IndexFunc(all, func(name string) bool { _, ok := written[name]; return ok })]
			text, err := b.read(name, 100)
			if err != nil || text != want[name] {
				t.Errorf("%s: read %q, %v", name, text, err)
			}
			got <- name
		}()
		r.await("what is read", func() bool { return b.hasOne(roots) })
	})
	r.mesh.Isolate(b.id, true)
	id := r.share(ledger.Reader)
	b.setMode(id, ledger.OnDemand)
	r.mesh.Isolate(b.id, false)
	if <-got == "" {
		t.Error("nothing was read")
	}
	r.await("all names", func() bool { return len(b.files()) == len(want) })
}

// half has about half of a large file come from a hive to another, and then cuts the two off from each other. Before, something
// came of a content that is in no file.
func half(t *testing.T, back bool, size int) (r *rig, from, to *hive, id ledger.ID, begun state.Partials) {
	t.Helper()
	r = newRig(t, 2)
	from, to = r.hives[0], r.hives[1]
	id = r.share(ledger.Writer)
	r.await("a head", func() bool { return from.status(id).Seq > 0 && to.status(id).Complete })
	proposer := peer.ID("")
	if back {
		from, to, proposer = to, from, to.id
	}
	begun = state.New(to.db).Partials(id, proposer)
	to.check(begun.NoteWhole(t.Context(), []cid.Cid{cidOf(cid.Raw, []byte("older"))}))
	var puts atomic.Int64
	to.work.before(func(step string) {
		if step != "put blocks" {
			return
		}
		if puts.Add(1) == 5 { // some of them of names and of the chunk list
			go r.mesh.Isolate(to.id, true)
		}
	})
	from.write("large", noise(1, size))
	r.await("the transfer failed", func() bool { return to.status(id).Problem != nil })
	if n := int(r.mesh.Bytes(from.id, to.id)); n < size/8 || n > size*7/8 {
		t.Fatalf("%d of %d bytes came at first", n, size)
	}
	return r, from, to, id, begun
}

// TestWhatArrivedIsNotCollected: of a large file half arrives, the other hive goes, garbage is collected. The rest comes when the
// other is there again, and the half does not come twice. Both ways.
func TestWhatArrivedIsNotCollected(t *testing.T) {
	t.Parallel()
	const size = 48 << 20
	for name, back := range map[string]bool{"to a member": false, "to the owner": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, from, to, _, begun := half(t, back, size)
			to.check(replica.Tidy(t.Context(), to.engine))
			if contents, err := begun.All(t.Context()); err != nil || len(contents) != 1 {
				t.Errorf("of %v something came, %v: want the one that is waited for", contents, err)
			}
			to.collect()
			r.mesh.Isolate(to.id, false)
			r.awaitEqual()
			if n := r.mesh.Bytes(from.id, to.id); n > size+size/16 {
				t.Errorf("%d bytes came for %d", n, size)
			}
		})
	}
}

// TestWhatChangesWhileItComes: of a large file half arrives, and then it is another, of which only what is new and what is missing comes.
func TestWhatChangesWhileItComes(t *testing.T) {
	t.Parallel()
	const size = 48 << 20
	r, owner, member, _, _ := half(t, false, size)
	text := noise(1, size)
	text = text[:size/2] + "inserted" + text[size/2:]
	owner.write("large", text)
	r.mesh.Isolate(member.id, false)
	r.awaitAll(map[string]string{"large": shown(text)}, owner, member)
	if n := r.mesh.Bytes(owner.id, member.id); n > size+size/16 {
		t.Errorf("%d bytes came for %d", n, size)
	}
}

// TestWhatNobodyWaitsForIsCollected: of a large file half arrives, and then nobody waits for it any more.
func TestWhatNobodyWaitsForIsCollected(t *testing.T) {
	t.Parallel()
	const size = 48 << 20
	for name, back := range map[string]bool{"another takes its place": false, "its writer is none": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, from, to, id, _ := half(t, back, size)
			if back {
				to.setRole(id, from, ledger.Reader)
			} else {
				from.write("large", "small")
			}
			r.mesh.Isolate(to.id, false)
			r.await("a collection takes the half away", func() bool { // once nothing is written that it must leave
				to.check(replica.Tidy(t.Context(), to.engine))
				to.collect()
				stat, err := to.blocks.Stat(t.Context())
				to.check(err)
				return stat.Bytes < size/8
			})
		})
	}
}

// TestCopiesDoNotCome: what a member has under one name does not come for another, not even from an older revision or the trash.
func TestCopiesDoNotCome(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, member := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	first, other, gone := noise(1, 8<<20), noise(2, 100<<10), noise(3, 2<<20)
	settled := func(want map[string]string) {
		t.Helper()
		for name, text := range want {
			want[name] = shown(text)
		}
		r.awaitAll(want, owner, member)
	}
	owner.write("file", first)
	owner.write("other", other)
	owner.write("gone", gone)
	settled(map[string]string{"file": first, "other": other, "gone": gone})
	before := r.mesh.Bytes(owner.id, member.id)
	owner.remove("gone")
	owner.write("other", first)
	settled(map[string]string{"file": first, "other": first})
	owner.write("other", other) // as it was
	owner.write("copy", first)
	owner.write("back", gone)
	settled(map[string]string{"file": first, "other": other, "copy": first, "back": gone})
	if n := r.mesh.Bytes(owner.id, member.id) - before; n > 100<<10 {
		t.Errorf("%d bytes came for what was here", n)
	}
	if saved := member.status(id).Saved; saved < 8<<20+2<<20 {
		t.Errorf("%d bytes saved", saved)
	}
}

// shown is a content as files shows it.
func shown(text string) string {
	if len(text) > 100 {
		return fmt.Sprintf("%d bytes, %x", len(text), text[:8])
	}
	return text
}

// absent is how many files of the replica are not held.
func (h *hive) absent() int {
	h.t.Helper()
	n := 0
	for after := int64(0); ; {
		page, err := h.names.Absent(h.t.Context(), h.space, after, 1000)
		h.check(err)
		if len(page) == 0 {
			return n
		}
		n += len(page)
		after = page[len(page)-1].Entry
	}
}
