package owner

import (
	"context"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// allows holds a proposal back that deletes a lot, until somebody said yes to it.
func (o *Owner) allows(ctx context.Context, id ledger.ID, p state.Proposal, counts tree.Counts) (bool, error) {
	many, held := courier.Many(counts) && p.Allowed != p.Number, int64(0)
	if many {
		held = int64(counts.Deleted)
	}
	if held == p.Held {
		return !many, nil
	}
	if many {
		o.Log.Warn("a proposal deletes much and waits for a yes", "share", string(id), "peer", p.Hive.String(), "deletes", counts.Deleted, "entries", counts.Entries)
	}
	return !many, o.States.Hold(ctx, id, p.Hive, p.Number, held)
}

// Refuse says no to the proposals that wait for a yes, and tells how many there were.
func (o *Owner) Refuse(ctx context.Context, id ledger.ID) (n int, err error) {
	proposals, err := o.States.Proposals(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, p := range proposals {
		if !p.Waits() {
			continue
		}
		if err := o.refuse(ctx, id, p, wire.Refused); err != nil {
			return n, err
		}
		n++
	}
	o.Wake(id)
	return n, nil
}

// refuse ends a proposal and says so.
func (o *Owner) refuse(ctx context.Context, id ledger.ID, p state.Proposal, code wire.Code) error {
	err := o.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := o.States.Settle(ctx, tx, id, p.Hive, p.Number, cid.Undef); err != nil {
			return err
		}
		return o.Post.Put(ctx, tx, post.Message{
			To: p.Hive, Kind: courier.KindVerdict, Key: courier.KindVerdict + " " + string(id), Share: id,
			Body: courier.Verdict{Share: string(id), Number: p.Number, Code: code},
		})
	})
	if err == nil {
		o.Post.Wake()
	}
	return err
}
