package member

import (
	"context"
	"errors"
	"fmt"
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
	if err := refusal(m, share.ID, h.Seq, target); err != nil {
		return err
	}
	if err := w.Commit(ctx); err != nil {
		return err
	}
	by, err := m.writerOf(ctx, share)
	if err != nil {
		return err
	}
	number := max(r.Proposal, h.MergedOf(m.Self).Number) + 1 // this hive may come from a backup
	err = m.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := m.States.Change(ctx, tx, share.ID, func(now *state.Replica) {
			now.Proposal, now.ProposalRoot, now.ProposalBase, now.ProposalSeq, now.ProposalNow = number, target, h.Tree(), h.Seq, target
			r = *now
		})
		if err != nil {
			return err
		}
		return send(ctx, m, tx, share, r, by)
	})
	if err != nil {
		return err
	}
	m.Post.Wake()
	m.Log.Debug("proposed", "share", string(share.ID), "number", number, "root", target.String())
	return nil
}

// send puts the open proposal of a replica into the outbox.
func send(ctx context.Context, m *Member, tx bun.Tx, share ledger.Share, r state.Replica, by string) error {
	signed, err := head.Proposal{
		Share: string(share.ID), Number: r.Proposal, BaseSeq: r.ProposalSeq, BaseRoot: r.ProposalBase.Bytes(), Root: r.ProposalRoot.Bytes(), By: by,
	}.Sign(m.Key)
	if err != nil {
		return err
	}
	return m.Post.Put(ctx, tx, post.Message{
		To: share.Owner, Kind: courier.KindProposal, Key: courier.KindProposal + " " + string(share.ID), Share: share.ID, Body: signed,
	})
}

// proposeAgain sends a hive the proposals to its shares that are open here. One that it has is nothing new to it; one that comes from a
// backup has forgotten what it had taken since.
func proposeAgain(ctx context.Context, m *Member, owner peer.ID) error {
	shares, err := m.Ledger.Shares(ctx, ledger.Filter{Received: true, Active: true, Owner: owner})
	if err != nil {
		return err
	}
	for _, share := range shares {
		if r, err := m.States.Replica(ctx, share.ID); err != nil {
			return err
		} else if r.ProposalSeq == 0 {
			continue
		}
		by, err := m.writerOf(ctx, share)
		if err != nil {
			return err
		}
		err = m.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			var now state.Replica
			err := m.States.Change(ctx, tx, share.ID, func(r *state.Replica) { now = *r })
			if err != nil || now.ProposalSeq == 0 { // it came to its end meanwhile
				return err
			}
			return send(ctx, m, tx, share, now, by)
		})
		if err != nil {
			return err
		}
	}
	m.Post.Wake()
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

// maxCode is how many bytes the code of a verdict has at most.
const maxCode = 32

// TakeVerdict hears that a proposal came to nothing. What changed here stays, and goes into the next.
func (m *Member) TakeVerdict(ctx context.Context, from peer.ID, body wire.Raw) error {
	var v courier.Verdict
	if err := wire.Unmarshal(body, &v); err != nil || len(v.Code) > maxCode {
		return &wire.Refusal{Code: wire.Malformed, Text: "verdict"}
	}
	share, err := m.received(ctx, ledger.ID(v.Share))
	if err != nil {
		return err
	}
	if share.Owner != from {
		return courier.Unknown()
	}
	return m.closeProposal(ctx, share.ID, v.Number, v.Code)
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
	return m.closeProposal(ctx, ledger.ID(p.Share), p.Number, refusal.Code)
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

// refused is a proposal that came to nothing.
type refused struct {
	seq  uint64     // of the head that was applied then
	root [2]cid.Cid // its tree, as it was proposed and on top of that head
	code wire.Code
	at   time.Time
}

// roomRest is when it is tried again whether the owner has room now.
const roomRest = 10 * time.Minute

// ErrRefused says that the owner's hive does not take what changed here.
var ErrRefused = errors.New("sharing: the owner's hive refuses what changed here")

// refusal is why there is no use in proposing a tree again on top of a head; nil where there may be.
func refusal(m *Member, id ledger.ID, seq uint64, target cid.Cid) error {
	last, ok := m.refused.Load(id)
	if !ok {
		return nil
	}
	r := last.(refused)
	if rests := r.code != wire.NoRoom || time.Since(r.at) < roomRest; rests && r.seq == seq && (target.Equals(r.root[0]) || target.Equals(r.root[1])) {
		return fmt.Errorf("%w: %s", ErrRefused, r.code)
	}
	return nil
}

// closeProposal ends a proposal without its going into a head. The next one is made when something changes; at once, where only the
// number was wrong or the head is old.
func (m *Member) closeProposal(ctx context.Context, id ledger.ID, number uint64, code wire.Code) error {
	closed := false
	err := m.Change(ctx, id, func(r *state.Replica) {
		if closed = r.Proposal == number && r.Open(); !closed {
			return
		}
		if code != wire.Stale {
			m.refused.Store(id, refused{r.Seq, [2]cid.Cid{r.ProposalRoot, r.ProposalNow}, code, time.Now()})
		}
		r.Close()
	})
	if err == nil && closed {
		m.Wake(id)
	}
	return err
}
