package replica_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// put adds members to a share of the hive, or changes those it has.
func (h *hive) put(id ledger.ID, change func(m *ledger.Member), people ...ledger.Member) {
	h.t.Helper()
	h.check(h.ledger.Write(h.t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		for _, m := range people {
			known, err := tx.Member(ctx, id, m.Hive, m.User)
			if err == nil {
				m = known
			} else if !errors.Is(err, ledger.ErrNotFound) {
				return err
			}
			change(&m)
			if _, err := tx.PutMember(ctx, m); err != nil {
				return err
			}
		}
		return nil
	}))
	h.engine.Touch(id)
}

// TestMembersOfALostHead: what changed of them since the backup was made comes back, and what changed after it was put back stays, also where
// the hive started again after that.
func TestMembersOfALostHead(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"once": false, "after another start": true} {
		t.Run(name, func(t *testing.T) { t.Parallel(); membersOfALostHead(t, again) })
	}
}

func membersOfALostHead(t *testing.T, again bool) {
	t.Helper()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	person := func(n int, role ledger.Role, state ledger.State) ledger.Member {
		return ledger.Member{Share: id, Hive: hivetest.IDOf(hivetest.Key(50 + n)), User: fmt.Sprint("person", n), Role: role, State: state, Created: time.Now()}
	}
	same := func(*ledger.Member) {}
	limited, offered := person(1, ledger.Reader, ledger.Accepted), person(2, ledger.Reader, ledger.Offered)
	revoked, lowered := person(3, ledger.Reader, ledger.Accepted), person(4, ledger.Writer, ledger.Accepted)
	late, raised := person(5, ledger.Reader, ledger.Accepted), person(6, ledger.Reader, ledger.Accepted)
	owner.put(id, same, limited, offered, revoked, lowered, raised)
	names := func(h *hive, want ...ledger.Member) func() bool {
		return func() bool {
			says, err := head.Open(h.newest(id).Signed, owner.id)
			return err == nil && !slices.ContainsFunc(want, func(m ledger.Member) bool { return says.Find(m.Hive, m.User) == nil })
		}
	}
	r.await("all are named", names(b, limited, revoked, lowered, raised))
	r.await("it is applied", func() bool { return b.status(id).Applied == owner.newest(id).Seq })
	backup, restore := owner.newest(id).Seq, owner.backup()
	ends := time.Now().Add(time.Hour).Truncate(time.Second)
	owner.put(id, func(m *ledger.Member) { m.Expires, m.Version = &ends, 7 }, limited)
	r.await("a head of the same tree is applied", func() bool { return b.status(id).Applied > backup && b.status(id).Applied == owner.newest(id).Seq })
	owner.put(id, func(m *ledger.Member) { m.State = ledger.Accepted }, offered)
	owner.put(id, func(m *ledger.Member) { m.State = ledger.Revoked }, revoked)
	owner.put(id, func(m *ledger.Member) { m.Role = ledger.Writer }, raised)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	r.await("all are named", names(b, offered))
	r.mesh.Isolate(owner.id, true)
	restore()
	owner.put(id, same, late)
	owner.put(id, func(m *ledger.Member) { m.Role = ledger.Reader }, lowered)
	r.await("a head of it", names(owner, late))
	r.await("a head of all", func() bool {
		says, err := head.Open(owner.newest(id).Signed, owner.id)
		return err == nil && says.Find(lowered.Hive, lowered.User).Role == head.Reader
	})
	if again {
		owner.restart()
		r.mesh.Isolate(owner.id, true)
	}
	r.mesh.Isolate(owner.id, false)
	r.awaitAll(map[string]string{"file": "1"}, owner)
	members, err := owner.ledger.Members(t.Context(), id)
	owner.check(err)
	got := make(map[string]string)
	for _, m := range members {
		if m.User == limited.User && m.Version < 7 {
			t.Errorf("the next word to %s has number %d, and 7 was heard there", m.User, m.Version+1)
		}
		got[m.User] = fmt.Sprint(m.Role, " ", m.State, " ", m.Expires != nil && m.Expires.Equal(ends))
	}
	want := map[string]string{
		"user1": "writer accepted false", limited.User: "reader accepted true", offered.User: "reader accepted false",
		revoked.User: "reader revoked false", lowered.User: "reader accepted false", late.User: "reader accepted false",
		raised.User: "writer accepted false",
	}
	if !maps.Equal(got, want) {
		t.Errorf("members are %v, want %v", got, want)
	}
}

// TestUsersHereOfALostHead: who of the owner's own hive was revoked, or made a reader, since the backup was made is so again, with the mount;
// nobody becomes a member by that.
func TestUsersHereOfALostHead(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	person := func(n int64, role ledger.Role) ledger.Member {
		if _, err := owner.names.Mount(t.Context(), catalog.Actor{User: n}, path("/theirs"), catalog.Mount{
			Space: owner.space, Root: owner.folder, Role: catalog.Role(role), Ref: string(id),
		}); err != nil {
			t.Fatal(err)
		}
		return ledger.Member{
			Share: id, Hive: owner.id, User: fmt.Sprint("user", n), LocalUser: n, Role: role, State: ledger.Accepted, Mounted: true, Created: time.Now(),
		}
	}
	same := func(*ledger.Member) {}
	stays, revoked, lowered := person(11, ledger.Writer), person(12, ledger.Writer), person(13, ledger.Writer)
	again, late := person(14, ledger.Reader), person(15, ledger.Reader)
	owner.put(id, same, stays, revoked, lowered, again)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	names := func(h *hive, n int) func() bool {
		return func() bool {
			says, err := head.Open(h.newest(id).Signed, owner.id)
			return err == nil && len(says.Members) == n+1
		}
	}
	r.await("all are named", names(b, 4))
	restore := owner.backup()
	owner.put(id, func(m *ledger.Member) { m.State = ledger.Revoked }, revoked, again)
	owner.put(id, func(m *ledger.Member) { m.Role = ledger.Reader }, lowered)
	newcomer := ledger.Member{Share: id, Hive: owner.id, User: "user16", LocalUser: 16, Role: ledger.Reader, State: ledger.Accepted, Created: time.Now()}
	owner.put(id, same, newcomer)
	owner.write("file", "2")
	r.awaitAll(map[string]string{"file": "2"}, b)
	r.await("the change is named", names(b, 3))
	r.mesh.Isolate(owner.id, true)
	restore()
	owner.put(id, func(m *ledger.Member) { m.Role = ledger.Writer }, again) // after it, and so it counts
	owner.put(id, same, late)
	r.await("a head of it", names(owner, 5))
	r.mesh.Isolate(owner.id, false)
	r.awaitAll(map[string]string{"file": "2"}, owner)
	got := make(map[string]string)
	members, err := owner.ledger.Members(t.Context(), id)
	owner.check(err)
	for _, m := range members {
		got[m.User] = fmt.Sprint(m.Role, " ", m.State)
	}
	want := map[string]string{
		"user1": "reader accepted", "user11": "writer accepted", "user12": "writer revoked", "user13": "reader accepted",
		"user14": "writer accepted", "user15": "reader accepted",
	}
	if !maps.Equal(got, want) {
		t.Errorf("members are %v, want %v", got, want)
	}
	mounts, err := owner.names.Mounts(t.Context(), string(id))
	owner.check(err)
	roles := make(map[int64]catalog.Role)
	for _, m := range mounts {
		roles[m.User] = m.Role
	}
	if want := map[int64]catalog.Role{11: "writer", 13: "reader", 14: "reader", 15: "reader"}; !maps.Equal(roles, want) {
		t.Errorf("mounts are %v, want %v", roles, want)
	}
}
