package replica_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// newest is the newest head of a share that a hive knows, with its root.
func (h *hive) newest(id ledger.ID) state.Head {
	h.t.Helper()
	newest, err := state.New(h.db).Newest(h.t.Context(), id)
	h.check(err)
	return newest
}

// session opens a conversation of one hive with another.
func (h *hive) session(with *hive) *fetch.Session {
	h.t.Helper()
	s, err := fetch.Dial(h.t.Context(), h.node, with.id)
	h.check(err)
	h.t.Cleanup(func() { s.Close() })
	return s
}

// asks makes every request there is for a share, and returns the answers.
func asks(s *fetch.Session, ref fetch.Ref, file fetch.File) map[string]error {
	answers := make(map[string]error)
	answers["tree"] = s.Tree(fetch.Of{Ref: ref}, cid.Undef, func([]byte) error { return nil }, nil)
	answers["list"] = s.List(fetch.Of{Ref: ref}, file, func(fetch.Leaf) error { return nil }, nil)
	answers["content"] = s.Content(fetch.Of{Ref: ref}, []fetch.File{file}, func(p fetch.Part) error { return p.Gap })
	return answers
}

// send delivers a message of any kind beside the outbox of a hive, and tells how it was received.
func (h *hive) send(to peer.ID, kind string, body any) error {
	h.t.Helper()
	conn, err := h.node.Dial(h.t.Context(), to, post.Protocol)
	h.check(err)
	defer conn.Close()
	h.check(conn.SetDeadline(time.Now().Add(time.Minute)))
	in := bufio.NewReader(conn)
	var answer wire.Refusal // a greeting and a receipt have no code where they are good
	h.check(wire.Read(in, wire.MaxFrame, &answer))
	if answer.Code == "" {
		h.check(wire.Write(conn, map[string]any{"id": []byte("sixteen bytes id"), "kind": kind, "body": body}))
		h.check(wire.Read(in, wire.MaxFrame, &answer))
	}
	if answer.Code == "" {
		return nil
	}
	return &answer
}

func isUnknown(err error) bool { return errors.Is(err, &wire.Refusal{Code: wire.Unknown}) }

// isUnheard tells whether a hive did not listen, as to one with which it has nothing to do.
func isUnheard(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }

func TestStrangersAreNotHeard(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	id := r.share(ledger.Reader)
	r.hives[0].write("secret", "of the members")
	r.awaitAll(map[string]string{"secret": "of the members"}, r.hives[1])
	stranger := r.mesh.Join(hivetest.IDOf(hivetest.Key(77)))
	for _, h := range r.hives {
		s, err := fetch.Dial(t.Context(), stranger, h.id)
		if err != nil {
			t.Fatal(err)
		}
		for name, err := range asks(s, fetch.Ref{Share: string(id), Head: h.newest(id).Seq}, fetch.File{Path: []string{"secret"}}) {
			var refusal *wire.Refusal
			if err == nil || errors.As(err, &refusal) {
				t.Errorf("hive %d answers a stranger who asks for %s: %v", h.n, name, err)
			}
		}
		s.Close()
	}
}

func TestUnknownAndForbiddenAreTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, 4)
	owner, other := r.hives[0], r.hives[3]
	r.shareFolder("/other", "", "", ledger.Writer)
	id := r.shareFolder("/shared", ledger.Writer, ledger.Reader)
	owner.write("secret", "of the members")
	r.awaitAll(map[string]string{"secret": "of the members"}, r.hives[1], r.hives[2])
	root := owner.newest(id)
	e, err := tree.Lookup(t.Context(), owner.blocks, root.Root, "secret")
	owner.check(err)
	file := fetch.File{Path: []string{"secret"}, Root: e.Root.Bytes()}
	forbidden := other.session(owner)
	for _, ref := range []fetch.Ref{
		{Share: string(id), Head: root.Seq},
		{Share: string(ledger.NewID()), Head: root.Seq},
		{Share: "", Head: 0},
		{Share: string(id), Head: root.Seq + 9},
		{Share: string(id), Proposal: 1},
		{Share: string(id), Proposal: 1, Base: true},
	} {
		for name, err := range asks(forbidden, ref, file) {
			if want := (&wire.Refusal{Code: wire.Unknown}).Error(); err == nil || err.Error() != want {
				t.Errorf("%s of %v: got %v, want %q", name, ref, err, want)
			}
		}
	}
	for _, seq := range []uint64{0, 99} {
		heads, behind, err := forbidden.Compare([]fetch.Known{{Share: string(id), Seq: seq}, {Share: string(ledger.NewID()), Seq: seq}})
		if err != nil || len(heads) > 0 || len(behind) > 0 {
			t.Errorf("compared: %d heads, behind %v, %v", len(heads), behind, err)
		}
	}
}

func TestMembersGetOnlyWhatTheTreeHas(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, member := r.hives[0], r.hives[1]
	_, _, err := owner.home().Put(t.Context(), path("/private"), strings.NewReader("of the owner alone"), catalog.PutOptions{})
	owner.check(err)
	private, err := owner.home().Stat(t.Context(), path("/private"))
	owner.check(err)
	id := r.share(ledger.Reader)
	owner.write("public", "for members")
	r.awaitAll(map[string]string{"public": "for members"}, member)
	newest := owner.newest(id)
	ref := fetch.Ref{Share: string(id), Head: newest.Seq}
	public, err := tree.Lookup(t.Context(), owner.blocks, newest.Root, "public")
	owner.check(err)
	files := []fetch.File{
		{Path: []string{"..", "private"}, Root: private.Root.Bytes()},
		{Path: []string{"private"}, Root: private.Root.Bytes()},
		{Path: []string{"public"}, Root: private.Root.Bytes()}, // the root of another file at a path of the share
		{Path: []string{"", "public"}, Root: public.Root.Bytes()},
		{Path: []string{"public", "public"}, Root: public.Root.Bytes()},
	}
	s := member.session(owner)
	for _, f := range files {
		err := s.Content(fetch.Of{Ref: ref}, []fetch.File{f}, func(p fetch.Part) error {
			data, gap := p.Data, p.Gap
			if data != nil || !errors.Is(gap, fetch.ErrGone) {
				t.Errorf("%v: got %d bytes, %v", f.Path, len(data), gap)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%v: %v", f.Path, err)
		}
		if err := s.List(fetch.Of{Ref: ref}, f, func(fetch.Leaf) error { return errors.New("a leaf") }, nil); !errors.Is(err, fetch.ErrGone) {
			t.Errorf("list of %v: %v", f.Path, err)
		}
	}
}

// revoke is what the owner's hive does when a member is revoked, but for the word of it.
func (h *hive) revoke(id ledger.ID, member *hive) {
	h.t.Helper()
	h.check(h.ledger.Write(h.t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		m, err := tx.Member(ctx, id, member.id, fmt.Sprintf("user%d", member.n))
		if err != nil {
			return err
		}
		m.State = ledger.Revoked
		_, err = tx.PutMember(ctx, m)
		return err
	}))
	h.engine.Cut(id, member.id)
}

func TestARevokedMemberGetsNothingMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Writer, ledger.Reader)
	owner.write("file", "old")
	r.awaitAll(map[string]string{"file": "old"}, b, c)
	before := owner.newest(id)
	file := owner.file(before, "file")
	for _, from := range []*hive{owner, c} {
		for name, err := range asks(b.session(from), fetch.Ref{Share: string(id), Head: before.Seq}, file) {
			if err != nil {
				t.Errorf("%s from hive %d for a member: %v", name, from.n, err)
			}
		}
	}
	owner.revoke(id, b)
	owner.write("file", "new")
	r.awaitAll(map[string]string{"file": "new"}, c)
	for _, from := range []*hive{owner, c} {
		for name, err := range asks(b.session(from), fetch.Ref{Share: string(id), Head: before.Seq}, file) {
			if !isUnknown(err) && (from == owner || !isUnheard(err)) {
				t.Errorf("%s from hive %d: %v, want unknown", name, from.n, err)
			}
		}
	}
	if got := b.files(); !maps.Equal(got, map[string]string{"file": "old"}) {
		t.Errorf("the revoked hive has %v", got)
	}
	b.write("file", "by a revoked hive")
	signed, err := head.Proposal{
		Share: string(id), Number: 7, BaseSeq: before.Seq, BaseRoot: owner.newest(id).Root.Bytes(), Root: owner.newest(id).Root.Bytes(), By: "user1",
	}.Sign(b.key)
	b.check(err)
	if err := b.send(owner.id, "proposal", signed); !isUnknown(err) {
		t.Errorf("a proposal of a revoked hive: %v", err)
	}
	if got := owner.files(); got["file"] != "new" {
		t.Errorf("the owner has %v", got)
	}
}

func TestReadersDoNotWrite(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, reader := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	owner.write("file", "right")
	r.awaitAll(map[string]string{"file": "right"}, reader)
	root := owner.newest(id).Root
	signed, err := head.Proposal{Share: string(id), Number: 1, BaseSeq: 1, BaseRoot: root.Bytes(), Root: root.Bytes(), By: "user1"}.Sign(reader.key)
	reader.check(err)
	if err := reader.send(owner.id, "proposal", signed); !isUnknown(err) {
		t.Errorf("proposal of a reader: %v, want unknown", err)
	}
	reader.write("file", "wrong") // as a program that forgot to ask would
	reader.write("more", "wrong")
	owner.write("next", "right")
	r.awaitAll(map[string]string{"file": "right", "next": "right"}, owner, reader)
}

// TestForgedHeads sends heads that the owner did not make, or not for this, by a hive that is a member.
func TestForgedHeads(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	other := r.shareFolder("/other", "", ledger.Writer)
	owner.write("mine", "other share")
	r.await("a head of the other share", func() bool { return owner.newest(other).Seq > 0 })
	id := r.shareFolder("/shared", ledger.Writer, ledger.Reader)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b, c)
	old := owner.newest(id).Signed
	owner.write("file", "2")
	r.awaitAll(map[string]string{"file": "2"}, b, c)
	now := owner.newest(id)
	h, err := head.Open(now.Signed, owner.id)
	owner.check(err)
	sign := func(key ed25519.PrivateKey, change func(*head.Head)) head.Signed {
		forged := h
		forged.Seq, forged.Prev = h.Seq+1, now.Signed.Hash()
		change(&forged)
		signed, err := forged.Sign(key)
		owner.check(err)
		return signed
	}
	changed := sign(owner.key, func(*head.Head) {})
	changed.Body = append([]byte(nil), changed.Body...)
	changed.Body[len(changed.Body)/2] ^= 1
	tests := map[string]struct {
		signed any
		quiet  bool // taken, and of no effect
	}{
		"by a member":              {sign(b.key, func(*head.Head) {}), false},
		"changed":                  {changed, false},
		"of another share":         {sign(owner.key, func(h *head.Head) { h.Share = string(ledger.NewID()) }), false},
		"replayed":                 {old, true},
		"another with this number": {sign(owner.key, func(h *head.Head) { h.Seq--; h.Name = "other" }), false},
		"that follows none":        {sign(owner.key, func(h *head.Head) { h.Prev = make([]byte, 32) }), false},
		"no head":                  {"text", false},
		"no body":                  {head.Signed{}, false},
	}
	for name, test := range tests {
		if err := b.send(c.id, "head", test.signed); (err == nil) != test.quiet {
			t.Errorf("head %s: %v", name, err)
		}
	}
	if got := c.newest(id); got.Seq != now.Seq || !got.Root.Equals(now.Root) {
		t.Errorf("head %d at hive 2, want %d", got.Seq, now.Seq)
	}
	if err := owner.send(b.id, "head", sign(owner.key, func(h *head.Head) { h.Share = string(other) })); !isUnknown(err) {
		t.Errorf("a head of a share that hive 1 is not in: %v", err)
	}
	r.awaitAll(map[string]string{"file": "2"}, c)
}

// TestForgedProposals sends proposals with trees that the proposer does not have, or that are no trees.
func TestForgedProposals(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	private, _, err := owner.home().Put(t.Context(), path("/private"), strings.NewReader("of the owner alone"), catalog.PutOptions{})
	owner.check(err)
	id := r.share(ledger.Writer, ledger.Writer)
	owner.write("file", "right")
	want := map[string]string{"file": "right"}
	r.awaitAll(want, b, c)
	newest := owner.newest(id)
	w := b.blocks.Writer()
	defer w.Close()
	file, err := tree.Lookup(t.Context(), owner.blocks, newest.Root, "file")
	owner.check(err)
	stolen, err := tree.Edit(t.Context(), b.blocks, w, newest.Root, []tree.Slot{ // names the content of a file it cannot read
		{Name: "stolen", Entry: &tree.Entry{UID: tree.UID{9}, Name: "stolen", Root: private.Root, Size: private.Size, MTime: 1}},
	})
	b.check(err)
	twice, err := tree.Edit(t.Context(), b.blocks, w, newest.Root, []tree.Slot{
		{Name: "twice", Entry: &tree.Entry{UID: file.UID, Name: "twice", Root: file.Root, Size: file.Size, MTime: 1}},
	})
	b.check(err)
	b.check(w.Commit(t.Context()))
	propose := func(by *hive, number uint64, share ledger.ID, base, root cid.Cid) head.Signed {
		signed, err := head.Proposal{
			Share: string(share), Number: number, BaseSeq: newest.Seq, BaseRoot: base.Bytes(), Root: root.Bytes(), By: "user1",
		}.Sign(by.key)
		b.check(err)
		return signed
	}
	if err := b.send(owner.id, "proposal", propose(c, 1, id, newest.Root, newest.Root)); !isUnknown(err) {
		t.Errorf("a proposal signed by another: %v", err)
	}
	if err := b.send(owner.id, "proposal", propose(b, 1, ledger.NewID(), newest.Root, newest.Root)); !isUnknown(err) {
		t.Errorf("a proposal to an unknown share: %v", err)
	}
	states := state.New(b.db)
	for n, root := range []cid.Cid{stolen.Root, twice.Root} { // as if the hive had made them itself
		number := uint64(n + 1)
		b.check(b.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return states.Change(ctx, tx, id, func(r *state.Replica) {
				r.Proposal, r.ProposalRoot, r.ProposalBase = number, root, newest.Root
			})
		}))
		if err := b.send(owner.id, "proposal", propose(b, number, id, newest.Root, root)); err != nil {
			t.Errorf("proposal %d: %v", number, err)
		}
		owner.write("next", fmt.Sprint(n)) // the share goes on for the others
		want["next"] = fmt.Sprint(n)
		r.awaitAll(want, owner, c)
	}
}

// TestAHeadDoesNotLendContent: a hive that knows the hash of a file of somebody else at the hive of a member names it in a
// head, but cannot give it. The member does not get it from its own hive.
func TestAHeadDoesNotLendContent(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	secret, err := b.names.Home(t.Context(), catalog.Actor{User: 2})
	b.check(err)
	private, _, err := secret.Put(t.Context(), path("/private"), strings.NewReader("of another user"), catalog.PutOptions{})
	b.check(err)
	r.share(ledger.Reader)
	owner.apply(func(context.Context, *catalog.Snapshot) []catalog.Op {
		return []catalog.Op{{Kind: catalog.OpCreate, UID: uid(), Name: "bait", Root: private.Root, Size: private.Size, MTime: time.Now(), Held: true}}
	})
	r.await("hive 1 has the name", func() bool { _, ok := b.files()["bait"]; return ok })
	owner.write("after", "it")
	r.await("hive 1 has what came after", func() bool { return b.files()["after"] == "it" })
	r.await("hive 1 holds all but the bait", func() bool { return b.absent() == 1 })
	bring, err := b.engine.Fetch(t.Context(), catalog.FetchRequest{Space: b.space, Path: "/bait", Root: private.Root})
	b.check(err)
	reader, err := b.blocks.OpenFetch(t.Context(), private.Root, bring)
	if err == nil {
		_, err = io.ReadAll(reader)
		reader.Close()
	}
	if err == nil {
		t.Error("the bait was read")
	}
}
