package replica_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// TestNewMembersDoNotReadThePast: what was deleted before somebody became a member is not for them, from whoever they ask, neither as a
// state nor as a base.
func TestNewMembersDoNotReadThePast(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, eve := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Reader)
	owner.write("file", "secret")
	r.awaitAll(map[string]string{"file": "secret"}, b)
	past := owner.newest(id)
	owner.remove("file")
	owner.write("other", "public")
	r.awaitAll(map[string]string{"other": "public"}, b)
	owner.check(owner.ledger.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		_, err := tx.PutMember(ctx, ledger.Member{Share: id, Hive: eve.id, User: "eve", Role: ledger.Reader, State: ledger.Accepted, Created: time.Now()})
		return err
	}))
	owner.engine.Touch(id)
	r.await("a head names her everywhere", func() bool {
		newest := owner.newest(id)
		h, err := head.Open(newest.Signed, owner.id)
		owner.check(err)
		return h.Role(eve.id, 0) != "" && b.status(id).Applied == newest.Seq
	})
	root := cidOf(cid.Raw, []byte("secret")).Bytes()
	for _, from := range []*hive{owner, b} {
		ref := fetch.Ref{Share: string(id), Head: past.Seq}
		for name, err := range asks(eve.session(from), ref, fetch.File{Path: []string{"file"}, Root: root}) {
			if !errors.Is(err, &wire.Refusal{Code: wire.Stale}) {
				t.Errorf("%s of hive %d: %v, want stale", name, from.n, err)
			}
		}
		nodes := 0
		of := fetch.Of{Ref: fetch.Ref{Share: string(id), Head: owner.newest(id).Seq}, Since: &fetch.Since{Head: past.Seq}}
		if err := eve.session(from).Tree(of, past.Root, func([]byte) error { nodes++; return nil }, nil); err != nil || nodes == 0 {
			t.Errorf("the newest of hive %d, since what she has not: %d nodes, %v", from.n, nodes, err)
		}
	}
}

// file is how a file of a head is asked for.
func (h *hive) file(of state.Head, name string) fetch.File {
	h.t.Helper()
	e, err := tree.Lookup(h.t.Context(), h.blocks, of.Root, name)
	h.check(err)
	return fetch.File{Path: []string{name}, Root: e.Root.Bytes()}
}

// hives are those that a head names.
func (h *hive) hives(of state.Head) []peer.ID {
	h.t.Helper()
	said, err := head.Open(of.Signed, h.id)
	h.check(err)
	return said.Hives()
}

// TestWhoIsRevokedWhileDeletesWait is none for the other members either.
func TestWhoIsRevokedWhileDeletesWait(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Reader)
	owner.mkdirs("many", 600)
	owner.write("file", "secret")
	r.await("all names", func() bool { return len(b.files()) == 602 && len(c.files()) == 602 && c.absent() == 0 })
	owner.remove("many")
	r.await("the deletes wait", func() bool { return owner.status(id).Guarded > 0 })
	before := owner.newest(id)
	owner.revoke(id, b)
	owner.engine.Touch(id)
	r.await("the others hear of it", func() bool { return c.status(id).Applied > before.Seq })
	if root := c.newest(id).Root; !root.Equals(before.Root) {
		t.Errorf("a head has what waits for a yes")
	}
	for name, err := range asks(b.session(c), fetch.Ref{Share: string(id), Head: before.Seq}, owner.file(before, "file")) {
		if !isUnknown(err) && !isUnheard(err) {
			t.Errorf("%s: %v, want unknown", name, err)
		}
	}
	if n := len(c.files()); n != 602 {
		t.Errorf("hive 2 has %d entries before the yes", n)
	}
}

// TestWhoIsRevokedByAHeadThatIsNotApplied gets nothing of the other members: they know of it, though its deletes wait for a yes with them.
func TestWhoIsRevokedByAHeadThatIsNotApplied(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Reader)
	owner.mkdirs("many", 600)
	owner.write("file", "secret")
	r.await("all have all", func() bool { return len(b.files()) == 602 && len(c.files()) == 602 && b.absent()+c.absent() == 0 })
	before := owner.newest(id)
	r.await("it is applied", func() bool { return c.status(id).Applied == before.Seq })
	ref, file := fetch.Ref{Share: string(id), Head: before.Seq}, owner.file(before, "file")
	for name, err := range asks(b.session(c), ref, file) {
		if err != nil {
			t.Errorf("%s of a member: %v", name, err)
		}
	}
	r.mesh.Isolate(c.id, true)
	owner.remove("many")
	r.await("the deletes wait", func() bool { return owner.status(id).Guarded > 0 })
	owner.revoke(id, b)
	owner.check(owner.engine.Decide(t.Context(), id, true))
	r.await("a head has both", func() bool { n := owner.newest(id); return !n.Root.Equals(before.Root) && len(owner.hives(n)) == 1 })
	r.mesh.Isolate(c.id, false)
	r.await("they wait with the other member", func() bool { return c.status(id).Guarded > 0 })
	for name, err := range asks(b.session(c), ref, file) {
		if !isUnknown(err) {
			t.Errorf("%s: %v, want unknown", name, err)
		}
	}
	heads, behind, err := b.session(c).Compare([]fetch.Known{{Share: string(id), Seq: before.Seq}})
	if err != nil || len(heads)+len(behind) > 0 {
		t.Errorf("compared: %d heads, behind %v, %v", len(heads), behind, err)
	}
}

// TestAQuotaCountsWhatComes, whatever the owner's hive says of the size.
func TestAQuotaCountsWhatComes(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	b.check(b.names.SetReplica(t.Context(), b.space, 1, 1000))
	w := owner.blocks.Writer()
	defer w.Close()
	file, err := w.Import(t.Context(), strings.NewReader(noise(1, 100_000)))
	owner.check(err)
	owner.check(w.Commit(t.Context()))
	owner.apply(func(context.Context, *catalog.Snapshot) []catalog.Op {
		return []catalog.Op{{Kind: catalog.OpCreate, UID: uid(), Name: "small", Root: file.Root, Size: 1, MTime: time.Now(), Held: true}}
	})
	r.await("it is refused", func() bool { return len(b.files()) == 1 && b.absent() == 1 && b.status(id).Problem != nil })
	if held, err := b.blocks.Has(t.Context(), file.Root); held || err != nil {
		t.Errorf("100,000 bytes came for 1: %t, %v", held, err)
	}
}
