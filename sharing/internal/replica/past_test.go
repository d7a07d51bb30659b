package replica_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/wire"
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
	for name, err := range asks(b.session(c), fetch.Ref{Share: string(id), Head: before.Seq}, fetch.File{Path: []string{"file"}}) {
		if err == nil {
			t.Errorf("%s: answered", name)
		}
	}
	if n := len(c.files()); n != 602 {
		t.Errorf("hive 2 has %d entries before the yes", n)
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
