package replica_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/replica"
	"github.com/melissiproject/hive/sharing/internal/state"
)

func TestMembersFollowTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	a, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Reader, ledger.Writer)
	r.awaitAll(map[string]string{}, b, c)
	a.mkdir("docs")
	a.write("docs/one", "1")
	a.write("two", "2")
	big := strings.Repeat("0123456789abcdef", 300_000)
	a.write("big", big)
	want := map[string]string{"docs/": "", "docs/one": "1", "two": "2", "big": "4800000 bytes, 3031323334353637"}
	r.awaitAll(want, b, c)
	a.rename("docs/one", "one")
	a.write("two", "22")
	a.remove("docs")
	r.awaitAll(map[string]string{"one": "1", "two": "22", "big": want["big"]}, b, c)
	if proposals, err := state.New(a.db).Proposals(t.Context(), id); err != nil || len(proposals) > 0 {
		t.Errorf("who wrote nothing proposed %+v: %v", proposals, err)
	}
}

// TestOwnersKnowWhatMembersHave: the owner's hive keeps which head each hive has said it has.
func TestOwnersKnowWhatMembersHave(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	a, b, c := r.hives[0], r.hives[1], r.hives[2]
	id := r.share(ledger.Reader, ledger.Reader)
	has := func(h *hive) (seq uint64) {
		status, err := a.engine.Status(t.Context(), id)
		a.check(err)
		for _, confirmed := range status.Confirmed {
			if confirmed.Hive == h.id && !confirmed.At.IsZero() {
				seq = confirmed.Seq
			}
		}
		return seq
	}
	all := func(hives ...*hive) func() bool {
		return func() bool {
			newest := a.newest(id).Seq
			return newest > 0 && !slices.ContainsFunc(hives, func(h *hive) bool { return has(h) != newest })
		}
	}
	a.write("one", "1")
	r.awaitAll(map[string]string{"one": "1"}, b, c)
	r.await("both have said what they have", all(b, c))
	before := has(c)
	r.mesh.Isolate(c.id, true)
	a.write("two", "2")
	r.awaitAll(map[string]string{"one": "1", "two": "2"}, b)
	r.await("hive 1 has said that it has the next", all(b))
	if got := has(c); got != before {
		t.Errorf("hive 2, which nobody reaches, has head %d, want %d", got, before)
	}
	if _, _, err := b.session(a).Compare([]fetch.Known{{Share: string(id), Seq: 1 << 40}}); err != nil || has(b) != a.newest(id).Seq {
		t.Errorf("a head that there is not yet: %v, hive 1 has %d", err, has(b))
	}
	r.mesh.Isolate(c.id, false)
	c.session(a).Close() // as the network does with hives that share something
	r.await("hive 2 has it too", all(b, c))
}

func TestWritersPropose(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	a, b, c := r.hives[0], r.hives[1], r.hives[2]
	r.share(ledger.Writer, ledger.Reader)
	a.write("plan", "by a")
	r.awaitAll(map[string]string{"plan": "by a"}, b, c)
	b.mkdir("from b")
	b.write("from b/new", "by b")
	b.write("plan", "by b")
	r.awaitAll(map[string]string{"plan": "by b", "from b/": "", "from b/new": "by b"}, a, b, c)
	b.rename("plan", "from b/plan")
	b.remove("from b/new")
	r.awaitAll(map[string]string{"from b/": "", "from b/plan": "by b"}, a, b, c)
}

// TestWritesBeforeTheFirstHead stay, beside what the owner has of the same name.
func TestWritesBeforeTheFirstHead(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	r.mesh.Partition(owner.id, b.id, true)
	r.share(ledger.Writer)
	owner.write("same", "by the owner")
	b.write("same", "by the writer")
	b.write("more", "by the writer")
	r.mesh.Partition(owner.id, b.id, false)
	r.await("all is there", func() bool {
		texts := slices.Sorted(maps.Values(owner.files()))
		return slices.Equal(texts, []string{"by the owner", "by the writer", "by the writer"}) && maps.Equal(owner.files(), b.files())
	})
	if got := owner.files(); got["same"] == "" || got["more"] != "by the writer" {
		t.Errorf("got %v", got)
	}
}

// TestWhoBecomesAWriterKeepsWhatTheyWrite before a head says that they are one.
func TestWhoBecomesAWriterKeepsWhatTheyWrite(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	owner.write("file", "old")
	r.awaitAll(map[string]string{"file": "old"}, b)
	r.mesh.Partition(owner.id, b.id, true)
	b.setRole(id, b, ledger.Writer)
	b.write("more", "by a writer")
	r.await("b proposes", func() bool {
		s, err := b.engine.Status(t.Context(), id)
		b.check(err)
		return s.Proposed
	})
	owner.setRole(id, b, ledger.Writer)
	r.mesh.Partition(owner.id, b.id, false)
	r.awaitAll(map[string]string{"file": "old", "more": "by a writer"}, owner, b)
}

// setRole is what a change of a member's role, or the news of it, does at h.
func (h *hive) setRole(id ledger.ID, member *hive, role ledger.Role) {
	h.t.Helper()
	h.check(h.ledger.Write(h.t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		m, err := tx.Member(ctx, id, member.id, fmt.Sprintf("user%d", member.n))
		if err != nil {
			return err
		}
		m.Role = role
		_, err = tx.PutMember(ctx, m)
		return err
	}))
	h.engine.Touch(id)
}

func TestBothSidesEditTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	a, b := r.hives[0], r.hives[1]
	r.share(ledger.Writer)
	a.write("note.txt", "first")
	r.awaitAll(map[string]string{"note.txt": "first"}, b)
	r.mesh.Partition(a.id, b.id, true)
	a.write("note.txt", "by a")
	b.write("note.txt", "by b")
	a.write("only a", "a")
	b.write("only b", "b")
	r.mesh.Partition(a.id, b.id, false)
	r.await("a has what b wrote", func() bool { return a.files()["only b"] == "b" })
	all := r.awaitEqual()
	if all["note.txt"] != "by a" || all["only a"] != "a" || len(all) != 4 {
		t.Errorf("got %v", all)
	}
	copies := 0
	for name, text := range all {
		if strings.HasPrefix(name, "note (conflict, user1, ") && strings.HasSuffix(name, ").txt") && text == "by b" {
			copies++
		}
	}
	if copies != 1 {
		t.Errorf("%d conflict copies in %v", copies, all)
	}
}

// TestTheTreeIsThereBeforeAnybodyAccepts: the tree of a share that is offered to another hive grows at once, without a head. It goes
// when the offer does. A share that no other hive may accept needs none.
func TestTheTreeIsThereBeforeAnybodyAccepts(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner := r.hives[0]
	count := func(table string) (n int) {
		owner.check(owner.db.Read().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n))
		return n
	}
	put := func(id ledger.ID, state ledger.State, m ledger.Member) {
		m.Share, m.User, m.Role, m.Created = id, "user1", ledger.Reader, time.Now()
		owner.put(id, func(m *ledger.Member) { m.State = state }, m)
	}
	far := ledger.Member{Hive: r.hives[1].id}
	inside := r.shareFolder("/inside")
	put(inside, ledger.Offered, ledger.Member{Hive: owner.id, LocalUser: 1})
	put(inside, ledger.Declined, far)
	id := r.share()
	owner.write("file", "content")
	put(id, ledger.Offered, far)
	r.await("a tree", func() bool { return count("forest") > 0 })
	owner.check(replica.Tidy(t.Context(), owner.engine))
	if trees, heads := count("forest"), count("heads"); trees != 1 || heads > 0 {
		t.Errorf("%d trees, want 1; %d heads that nobody gets", trees, heads)
	}
	put(id, ledger.Declined, far)
	owner.check(replica.Tidy(t.Context(), owner.engine))
	if n := count("forest") + count("forest_spaces"); n > 0 {
		t.Errorf("%d rows of trees that nobody needs", n)
	}
	put(id, ledger.Offered, far)
	r.await("the tree again", func() bool { return count("forest") > 0 })
}

// TestOneFailedReadEndsNothing: a database that is away for a moment is asked for the shares again.
func TestOneFailedReadEndsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	a, b := r.hives[0], r.hives[1]
	rename := func(from, to string) {
		t.Helper()
		a.check(a.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
			return err
		}))
	}
	rename("shares", "away")
	asked := make(chan struct{}, 100)
	a.work.before(func(step string) {
		if strings.Contains(step, `FROM "shares"`) {
			asked <- struct{}{}
		}
	})
	a.ledger.Announce()
	for range 2 { // so the first has failed
		select {
		case <-asked:
		case <-time.After(time.Minute):
			t.Fatal("the shares are not asked for again")
		}
	}
	a.work.before(nil)
	rename("away", "shares")
	r.share(ledger.Reader)
	a.write("file", "content")
	r.awaitAll(map[string]string{"file": "content"}, b)
}
