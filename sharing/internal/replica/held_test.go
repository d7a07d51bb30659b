package replica_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/member"
	"github.com/melissiproject/hive/sharing/internal/replica"
)

const most = 601 // entries below and with the folder that goes

// holding is a share of the first hive with a writer and a reader, of which the writer has deleted most.
func holding(t *testing.T) (r *rig, id ledger.ID) {
	t.Helper()
	r = newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	id = r.share(ledger.Writer, ledger.Reader)
	_, err := b.names.Mount(t.Context(), catalog.Actor{User: 1}, path("/mount"), catalog.Mount{Space: b.space, Root: b.folder, Ref: string(id), Role: "writer"})
	b.check(err)
	owner.mkdir("many")
	owner.apply(func(ctx context.Context, s *catalog.Snapshot) (ops []catalog.Op) {
		many, _, _ := owner.entry(ctx, s, "many")
		for i := range most - 1 {
			ops = append(ops, catalog.Op{Kind: catalog.OpMkdir, UID: uid(), Parent: many.UID, Name: fmt.Sprint(i)})
		}
		return ops
	})
	owner.write("file", "1")
	r.await("all have all", func() bool { return len(b.files()) == most+1 && len(c.files()) == most+1 && b.absent()+c.absent() == 0 })
	b.remove("many")
	r.await("the proposal waits", func() bool { return len(owner.status(id).Held) == 1 })
	return r, id
}

// TestAProposalThatDeletesMuch waits for the owner, whatever else happens meanwhile; and after a yes for no second one.
func TestAProposalThatDeletesMuch(t *testing.T) {
	t.Parallel()
	r, id := holding(t)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	owner.write("file", "2")
	r.await("a change goes out", func() bool { return c.files()["file"] == "2" && b.files()["file"] == "2" })
	for range 3 {
		owner.engine.Touch(id)
	}
	if held, want := owner.status(id).Held, (replica.Held{Hive: b.id, User: "user1", Deletes: most}); len(held) != 1 || held[0] != want {
		t.Errorf("held is %+v, want %+v", held, want)
	}
	if n := len(owner.files()); n != most+1 {
		t.Errorf("the owner has %d entries before the yes", n)
	}
	owner.check(owner.engine.Decide(t.Context(), id, true))
	r.await("the reader's hive waits, too", func() bool { return c.status(id).Guarded == most })
	if err := c.engine.Decide(t.Context(), id, false); !errors.Is(err, replica.ErrNotProposed) {
		t.Errorf("A no of the reader's hive: %v, want ErrNotProposed", err)
	}
	owner.write("file", "3") // a yes is one to what is near, too
	c.check(c.engine.Decide(t.Context(), id, true))
	r.awaitAll(map[string]string{"file": "3"}, owner, b, c)
	for _, h := range r.hives {
		for what, err := range map[string]error{"yes": h.engine.Decide(t.Context(), id, true), "no": h.engine.Decide(t.Context(), id, false)} {
			if !errors.Is(err, replica.ErrNothingHeld) {
				t.Errorf("A %s on hive %d when all is done: %v, want ErrNothingHeld", what, h.n, err)
			}
		}
	}
}

// TestAProposalThatIsRefused leaves the share as it is, and its writer goes on from what he has brought back.
func TestAProposalThatIsRefused(t *testing.T) {
	t.Parallel()
	r, id := holding(t)
	owner, b := r.hives[0], r.hives[1]
	owner.check(owner.engine.Decide(t.Context(), id, false))
	r.await("the writer's hive says so", func() bool { return errors.Is(b.status(id).Problem, member.ErrRefused) })
	if s := owner.status(id); len(s.Held) != 0 || len(owner.files()) != most+1 {
		t.Errorf("the owner has %d entries, held is %+v", len(owner.files()), s.Held)
	}
	home := b.home()
	trash, err := home.Trash(t.Context(), 0, 10)
	b.check(err)
	if len(trash) != 1 {
		t.Fatalf("the trash has %+v", trash)
	}
	_, err = home.RestoreTrash(t.Context(), trash[0].ID, nil)
	b.check(err)
	b.write("file", "of the writer")
	r.await("it arrives", func() bool { return owner.files()["file"] == "of the writer" })
	if all := r.awaitEqual(); len(all) != most+1 {
		t.Errorf("there are %d entries", len(all))
	}
	r.await("all is well", func() bool { return b.status(id).Problem == nil && owner.status(id).Problem == nil })
}

// TestDeletesThatAreTakenBack wait for no yes any more.
func TestDeletesThatAreTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.mkdir("many")
	for range 2 {
		owner.apply(func(ctx context.Context, s *catalog.Snapshot) (ops []catalog.Op) {
			many, _, _ := owner.entry(ctx, s, "many")
			for range 300 {
				u := uid()
				ops = append(ops, catalog.Op{Kind: catalog.OpMkdir, UID: u, Parent: many.UID, Name: fmt.Sprintf("%x", u)})
			}
			return ops
		})
	}
	r.await("all is there", func() bool { return len(b.files()) == most })
	owner.remove("many")
	r.await("the deletes wait", func() bool { return owner.status(id).Guarded == most })
	home := owner.home()
	trash, err := home.Trash(t.Context(), 0, 10)
	owner.check(err)
	_, err = home.RestoreTrash(t.Context(), trash[0].ID, nil)
	owner.check(err)
	r.await("nothing waits", func() bool { return owner.status(id).Guarded == 0 })
}
