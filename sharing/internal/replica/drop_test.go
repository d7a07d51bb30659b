package replica_test

import (
	"context"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/replica"
	"github.com/melissiproject/hive/sharing/internal/state"
)

// leave takes the replica of a share away, as social does.
func (h *hive) leave(id ledger.ID) {
	h.t.Helper()
	h.check(h.names.DropReplica(h.t.Context(), h.space))
	h.space, h.folder = 0, 0
	h.hold(id)
}

// accept makes a new one.
func (h *hive) accept(id ledger.ID) {
	h.t.Helper()
	var err error
	h.space, h.folder, err = h.names.NewReplica(h.t.Context(), "shared", 1, catalog.Unlimited)
	h.check(err)
	h.hold(id)
}

// hold has the share be in the space of the hive.
func (h *hive) hold(id ledger.ID) {
	h.t.Helper()
	h.check(h.ledger.Write(h.t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		share, err := tx.Share(ctx, id)
		if err != nil {
			return err
		}
		share.Space, share.Folder = h.space, h.folder
		return errors.Join(h.engine.Drop(ctx, tx.Tx, id), tx.PutShare(ctx, share))
	}))
}

// TestAcceptedAgain: who left a share and accepts it again begins with nothing, though something is known of the replica before.
func TestAcceptedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("one", "1")
	b.write("two", "2")
	all := map[string]string{"one": "1", "two": "2"}
	r.awaitAll(all, owner, b)
	r.await("nothing is open", func() bool { return !b.status(id).Proposed })
	states := state.New(b.db)
	before, err := states.Replica(t.Context(), id)
	b.check(err)
	b.leave(id)
	if after, err := states.Replica(t.Context(), id); err != nil || after != (state.Replica{}) {
		t.Errorf("%+v, %v is known of a replica that is gone", after, err)
	}
	b.check(b.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { // of a step that ended late
		return states.Change(ctx, tx, id, func(r *state.Replica) { *r = before })
	}))
	b.accept(id)
	r.awaitAll(all, owner, b)
	b.write("three", "3") // under a number that the owner has not seen
	all["three"] = "3"
	r.awaitAll(all, owner, b)
}

// TestHeadsOfWhatIsNotAccepted are not kept: an offer takes no space.
func TestHeadsOfWhatIsNotAccepted(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	owner.write("file", "text")
	r.awaitAll(map[string]string{"file": "text"}, b)
	b.leave(id) // as if it had not been accepted yet
	if err := owner.send(b.id, "head", owner.newest(id).Signed); !isUnknown(err) {
		t.Errorf("a head: %v, want unknown", err)
	}
	if seq := b.newest(id).Seq; seq != 0 {
		t.Errorf("head %d is kept", seq)
	}
	b.accept(id)
	r.awaitAll(map[string]string{"file": "text"}, b)
}

// TestDropIsUndone: what a transaction dropped that fails is still known, and goes on.
func TestDropIsUndone(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	id := r.share(ledger.Reader)
	r.hives[0].write("file", "text")
	r.awaitAll(map[string]string{"file": "text"}, r.hives...)
	b, broken := r.hives[1], errors.New("broken")
	err := b.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return errors.Join(b.engine.Drop(ctx, tx, id), broken)
	})
	if s := b.status(id); !errors.Is(err, broken) || s.Applied == 0 {
		t.Errorf("%v, and the state is %+v", err, s)
	}
	r.hives[0].write("file", "other")
	r.awaitAll(map[string]string{"file": "other"}, r.hives...)
}

// TestTidy forgets all of a share that is over, on the hive of its owner and on one that has left it.
func TestTidy(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Writer)
	owner.write("file", "text")
	owner.mkdir("folder")
	b.mkdir("other")
	r.awaitAll(map[string]string{"file": "text", "folder/": "", "other/": ""}, owner, b)
	for _, h := range r.hives {
		h.halt()
		h.check(replica.Tidy(t.Context(), h.engine))
		if n := h.roots(); n < 3 {
			t.Fatalf("hive %d: %d roots of a share that goes on", h.n, n)
		}
		h.check(h.ledger.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
			share, err := tx.Share(ctx, id)
			if share.State = ledger.Ended; !share.Own {
				share.State, share.Space, share.Folder = ledger.Left, 0, 0
			}
			return errors.Join(err, tx.PutShare(ctx, share))
		}))
		h.check(replica.Tidy(t.Context(), h.engine))
		if n := h.roots(); n != 0 {
			t.Errorf("hive %d: %d roots are left", h.n, n)
		}
		for _, table := range []string{"replicas", "heads", "proposals", "confirmed", "partials", "forest", "forest_spaces"} {
			var n int
			h.check(h.db.Read().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM ?", bun.Ident(table)).Scan(&n))
			if n != 0 {
				t.Errorf("hive %d: %d rows of %s are left", h.n, n, table)
			}
		}
	}
}

// roots counts what a collection would leave for shares.
func (h *hive) roots() (n int) {
	h.t.Helper()
	for _, err := range h.engine.Roots(h.t.Context()) {
		h.check(err)
		n++
	}
	return n
}
