package replica

import (
	"context"
	"errors"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
)

// Errors of Decide.
var (
	// ErrNothingHeld says that nothing waits for a yes or a no.
	ErrNothingHeld = errors.New("sharing: no deletes of the share wait for a yes")
	// ErrNotProposed says that what waits cannot be refused.
	ErrNotProposed = errors.New("sharing: what waits is no proposal of a member")
)

// Held is a proposal of a member that deletes so much that it waits for a yes.
type Held struct {
	Hive    peer.ID
	User    string // who wrote, as that hive says
	Deletes int64  // entries
}

// held are the proposals to a share that wait for a yes.
func held(ctx context.Context, states *state.States, id ledger.ID) (list []Held, err error) {
	proposals, err := states.Proposals(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, p := range proposals {
		if !p.Waits() {
			continue
		}
		said, err := head.OpenProposal(p.Signed, p.Hive)
		if err != nil {
			return nil, err
		}
		list = append(list, Held{p.Hive, said.By, p.Held})
	}
	return list, nil
}

// Decide says yes to all deletes of a share that wait, or no to those that members propose: these come to nothing, and their hives
// hear of it.
func (e *Engine) Decide(ctx context.Context, id ledger.ID, yes bool) error {
	if !yes {
		return refuse(ctx, e, id)
	}
	err := e.courier.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return allow(ctx, tx, e.courier.States, id) })
	if err == nil {
		e.wake(id)
	}
	return err
}

func allow(ctx context.Context, tx bun.Tx, states *state.States, id ledger.ID) error {
	allowed, err := states.Allow(ctx, tx, id)
	if err != nil {
		return err
	}
	guarded := false
	err = states.Change(ctx, tx, id, func(r *state.Replica) {
		if guarded = r.Guarded > 0; guarded {
			r.Confirmed, r.Guarded, r.GuardedRoot = r.GuardedRoot, 0, cid.Undef
		}
	})
	if err == nil && allowed == 0 && !guarded {
		err = ErrNothingHeld
	}
	return err
}

func refuse(ctx context.Context, e *Engine, id ledger.ID) error {
	refused, err := e.owner.Refuse(ctx, id)
	if err != nil || refused > 0 {
		return err
	}
	switch r, err := e.courier.States.Replica(ctx, id); {
	case err != nil:
		return err
	case r.Guarded > 0:
		return ErrNotProposed
	}
	return ErrNothingHeld
}
