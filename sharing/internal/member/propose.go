package member

import (
	"context"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// propose sends the owner what the replica has on top of the head it applied. One proposal is open at a time: what changes
// meanwhile waits for its end.
func (m *Member) propose(ctx context.Context, w *blockstore.Writer, share ledger.Share, h head.Head, target cid.Cid) error {
	r, err := m.States.Replica(ctx, share.ID)
	if err != nil || r.Open() {
		return err
	}
	if err := w.Commit(ctx); err != nil {
		return err
	}
	by, err := m.writerOf(ctx, share)
	if err != nil {
		return err
	}
	signed, err := head.Proposal{
		Share: string(share.ID), Number: r.Proposal + 1, BaseSeq: h.Seq, BaseRoot: h.Root, Root: target.Bytes(), By: by,
	}.Sign(m.Key)
	if err != nil {
		return err
	}
	err = m.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := m.States.Change(ctx, tx, share.ID, func(now *state.Replica) {
			now.Proposal, now.ProposalRoot, now.ProposalBase, now.ProposalNow = r.Proposal+1, target, h.Tree(), target
		})
		if err != nil {
			return err
		}
		return m.Post.Put(ctx, tx, post.Message{
			To: share.Owner, Kind: courier.KindProposal, Key: courier.KindProposal + " " + string(share.ID), Share: share.ID, Body: signed,
		})
	})
	if err != nil {
		return err
	}
	m.Post.Wake()
	m.Log.Debug("proposed", "share", string(share.ID), "number", r.Proposal+1, "root", target.String())
	return nil
}

// writerOf is a user of this hive who may write to a share: the one who wrote last is not known for sure.
func (m *Member) writerOf(ctx context.Context, share ledger.Share) (string, error) {
	members, err := m.Ledger.Members(ctx, share.ID)
	if err != nil {
		return "", err
	}
	for _, member := range members {
		if member.Hive == m.Self && member.Role == ledger.Writer && member.State == ledger.Accepted && member.Live(time.Now()) {
			return member.User, nil
		}
	}
	return "", nil
}

// TakeVerdict hears that a proposal came to nothing. What changed here stays, and goes into the next.
func (m *Member) TakeVerdict(ctx context.Context, from peer.ID, body wire.Raw) error {
	var v courier.Verdict
	if err := wire.Unmarshal(body, &v); err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "verdict"}
	}
	share, err := m.received(ctx, ledger.ID(v.Share))
	if err != nil {
		return err
	}
	if share.Owner != from {
		return courier.Unknown()
	}
	return m.closeProposal(ctx, share.ID, v.Number)
}

// ProposalEnded hears that a proposal was taken, or refused for good.
func (m *Member) ProposalEnded(ctx context.Context, _ peer.ID, body wire.Raw, refusal *wire.Refusal) error {
	if refusal == nil {
		return nil // the head will say
	}
	var signed head.Signed
	var p head.Proposal
	if err := wire.Unmarshal(body, &signed); err != nil {
		return nil //nolint:nilerr // nothing of ours
	}
	if err := wire.Unmarshal(signed.Body, &p); err != nil {
		return nil //nolint:nilerr // nothing of ours
	}
	return m.closeProposal(ctx, ledger.ID(p.Share), p.Number)
}

// Missed tells m that the owner asked for something of a proposal that is not held any more. If what is here now is something
// else, that is proposed instead.
func Missed(m *Member, id ledger.ID, number uint64) {
	if before, _ := m.missed.Swap(id, number); before != number {
		m.Wake(id)
	}
}

func isMissed(m *Member, id ledger.ID, number uint64) bool {
	missed, _ := m.missed.Load(id)
	return missed == number
}

// closeProposal ends a proposal without its going into a head. The next one is made when something changes.
func (m *Member) closeProposal(ctx context.Context, id ledger.ID, number uint64) error {
	return m.Change(ctx, id, func(r *state.Replica) {
		if r.Proposal == number {
			r.Close()
		}
	})
}
