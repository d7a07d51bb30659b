package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// received is a share that a hive offers.
func received(owner peer.ID, id ledger.ID, ends *time.Time) ledger.Share {
	return ledger.Share{
		ID: id, Owner: owner, OwnerUser: "eve", Name: "Gift", Secret: [32]byte{7}, Mode: ledger.Full, Quota: ledger.Unlimited,
		State: ledger.Active, Expires: ends, Created: database.Now().Time,
	}
}

// TestWhatExpiredDoesNotWait: neither for the user, nor for upkeep.
func TestWhatExpiredDoesNotWait(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		eve := hive(t, "eve")
		past, soon := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		offer := func(member, share *time.Time) {
			s := received(eve, ledger.NewID(), share)
			f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.AddShare(ctx, s) })
			f.join(ledger.Member{Share: s.ID, Hive: f.Self(), User: "alice", LocalUser: f.alice, Role: ledger.Reader, State: ledger.Offered, Expires: member})
		}
		for _, until := range []*time.Time{nil, &soon, &past} {
			offer(until, nil)
			offer(nil, until)
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			for user, want := range map[int64]int64{f.alice: 4, f.bob: 0} {
				if got, err := ledger.CountOffers(ctx, tx, user); err != nil || got != want {
					t.Errorf("user %d: %d offers, %v; want %d", user, got, err, want)
				}
			}
			return nil
		})
		if expired, err := f.ExpiredMembers(t.Context()); err != nil || len(expired) != 0 {
			t.Errorf("ExpiredMembers = %+v, %v; nobody accepted", expired, err)
		}
	})
}

// TestReceiveBelievesWhoseIDItIs, but takes nothing away that somebody uses.
func TestReceiveBelievesWhoseIDItIs(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		owner, eve := hive(t, "owner"), hive(t, "eve")
		id := ledger.IDOf(owner, [32]byte{7})
		receive := func(from peer.ID, id ledger.ID, want peer.ID) {
			t.Helper()
			f.write(func(ctx context.Context, tx *ledger.Tx) error {
				s, err := ledger.Receive(ctx, tx, received(from, id, nil))
				if err == nil && s.Owner != want {
					t.Errorf("%s offers: the owner is %s, want %s", from, s.Owner, want)
				}
				return err
			})
		}
		receive(eve, id, eve)
		f.join(ledger.Member{Share: id, Hive: f.Self(), User: "bob", LocalUser: f.bob, Role: ledger.Reader, State: ledger.Offered})
		f.post(ledger.Outgoing{Hive: eve, Kind: "answer", Share: id})
		receive(owner, id, owner)
		if members, err := f.Members(t.Context(), id); err != nil || len(members) != 0 || f.kinds() != "" {
			t.Errorf("left of the other: %+v, %v, %s", members, err, f.kinds())
		}
		receive(eve, id, owner)
		// By chance, as older hives made them: the first stays.
		chance := ledger.NewID()
		receive(eve, chance, eve)
		receive(owner, chance, eve)
		// In use.
		used := received(eve, ledger.IDOf(owner, [32]byte{7}), nil)
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM shares WHERE id = ?", id)
			used.Space, used.Folder, used.User = 5, 6, f.bob
			if err == nil {
				err = tx.AddShare(ctx, used)
			}
			return err
		})
		receive(owner, id, eve)
	})
}
