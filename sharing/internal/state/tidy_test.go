package state_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/state"
)

func TestTidy(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		ctx, states := t.Context(), state.New(db)
		shares, err := ledger.New(ctx, db, ledger.Config{Self: nettest.ID("a")})
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			own   bool
			space int64
			state ledger.State
			stays bool
		}{
			"own":          {true, 1, ledger.Active, true},
			"own, ended":   {true, 1, ledger.Ended, false},
			"received":     {false, 2, ledger.Active, true},
			"may go on":    {false, 3, ledger.Revoked, true},
			"left":         {false, 0, ledger.Left, false},
			"not accepted": {false, 0, ledger.Active, false},
			"forgotten":    {},
		} {
			id := ledger.NewID()
			err := shares.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
				err := states.Change(ctx, tx.Tx, id, func(r *state.Replica) { r.Seq = 7 })
				if err != nil || test.state == "" {
					return err
				}
				return tx.AddShare(ctx, ledger.Share{
					ID: id, Own: test.own, Owner: nettest.ID("b"), Space: test.space, Mode: ledger.Full, State: test.state, Created: time.Now(),
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := states.Tidy(ctx); err != nil {
				t.Fatal(err)
			}
			if r, err := states.Replica(ctx, id); err != nil || (r.Seq == 7) != test.stays {
				t.Errorf("%s: state %+v, %v; want it to stay: %t", name, r, err, test.stays)
			}
			err = db.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return states.Drop(ctx, tx, id) })
			if r, rerr := states.Replica(ctx, id); err != nil || rerr != nil || r.Seq != 0 {
				t.Errorf("%s: after Drop %+v, %v, %v", name, r, err, rerr)
			}
		}
	})
}
