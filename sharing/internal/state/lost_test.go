package state_test

import (
	"context"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
)

// TestLost: what became of lost heads is known for as long as heads of their numbers are.
func TestLost(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		ctx, states, id := t.Context(), state.New(db), ledger.NewID()
		root := cid.MustParse("bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua")
		write := func(fn func(ctx context.Context, tx bun.Tx) error) {
			t.Helper()
			if err := db.Write(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		add := func(seq uint64) {
			t.Helper()
			write(func(ctx context.Context, tx bun.Tx) error {
				signed := head.Signed{Body: []byte{1}, Signature: []byte{2}}
				return states.AddHead(ctx, tx, id, state.Head{Seq: seq, Root: root, Signed: signed, Created: time.Now()})
			})
		}
		fates := func(want ...state.Fate) {
			t.Helper()
			for i, hash := range []string{"one", "two"} {
				if got, err := states.Lost(ctx, id, []byte(hash)); err != nil || got != want[i] {
					t.Errorf("fate of %s is %v, %v; want %v", hash, got, err, want[i])
				}
			}
		}
		fates(state.Unheard, state.Unheard)
		note := func(hash string, seq uint64, fate state.Fate) {
			t.Helper()
			write(func(ctx context.Context, tx bun.Tx) error {
				return state.NoteLost(ctx, tx, id, seq, []byte(hash), fate)
			})
		}
		add(3)
		add(9)
		note("one", 5, state.GivenUp)
		note("two", 9, state.Taken)
		fates(state.GivenUp, state.Taken)
		note("one", 5, state.Taken)
		fates(state.Taken, state.Taken)
		for seq, want := range map[uint64][2]uint64{2: {0, 3}, 5: {3, 9}, 9: {3, 0}} {
			if before, after, err := state.Around(ctx, states, id, seq); err != nil || before.Seq != want[0] || after.Seq != want[1] {
				t.Errorf("around %d are %d and %d, %v; want %v", seq, before.Seq, after.Seq, err, want)
			}
		}
		add(5 + state.KeepHeads)
		fates(state.Unheard, state.Taken)
		write(func(ctx context.Context, tx bun.Tx) error { return states.Drop(ctx, tx, id) })
		fates(state.Unheard, state.Unheard)
	})
}
