package owner

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// publish makes a head where the folder, the members or what was merged is not as the last head says.
func (o *Owner) publish(ctx context.Context, share ledger.Share, members []head.Member, remote []peer.ID) error {
	merged, err := o.mergedOf(ctx, share.ID) // before the tree, which then has all of it
	if err != nil {
		return err
	}
	replica, err := o.States.Replica(ctx, share.ID)
	if err != nil {
		return err
	}
	yes := replica.Confirmed
	grown, err := o.Forest.Grow(ctx, share.Space, share.Folder)
	if err != nil {
		return err
	}
	last, err := o.States.Newest(ctx, share.ID)
	if err != nil {
		return err
	}
	without := o.givenUp(share.ID)
	h := head.Head{
		Share: string(share.ID), Seq: o.next(share.ID, last.Seq, without), Root: grown.Root.Bytes(), Name: share.Name, Members: members, Merged: merged,
	}
	if h.Seq > 1 {
		h.Prev = last.Signed.Hash()
	}
	if last.Seq > 0 {
		before, err := head.Open(last.Signed, o.Self)
		if err != nil {
			return err
		}
		if ok, err := o.passes(ctx, share.ID, last.Root, grown.Root); err != nil {
			return err
		} else if !ok { // who is a member is not held back
			yes = cid.Undef
			grown.Root, grown.Seq, h.Root, h.Merged = last.Root, last.SpaceSeq, before.Root, before.Merged
		}
		if h.Seq == last.Seq+1 && says(h, before) { // else other hives may have another head by the number of the last
			return nil
		}
	}
	o.began.LoadOrStore(share.ID, last.Seq)
	signed, err := h.Sign(o.Key)
	if err != nil {
		return err
	}
	err = o.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		next := state.Head{Seq: h.Seq, Root: grown.Root, Signed: signed, SpaceSeq: grown.Seq}
		if err := o.States.AddHead(ctx, tx, share.ID, next); err != nil {
			return err
		}
		if err := o.States.Change(ctx, tx, share.ID, func(r *state.Replica) {
			if r.Confirmed == yes { // it is for once
				r.Confirmed = cid.Undef
			}
		}); err != nil {
			return err
		}
		if without != nil {
			if err := state.NoteLost(ctx, tx, share.ID, without.head.Seq, without.signed.Hash(), state.GivenUp); err != nil {
				return err
			}
		}
		for _, hive := range remote {
			if err := o.Post.Put(ctx, tx, courier.HeadMessage(share.ID, hive, signed)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sharing: publish head %d of share %s: %w", h.Seq, share.ID, err)
	}
	o.skips.Delete(share.ID)
	if without != nil {
		o.lost.CompareAndDelete(share.ID, without)
	}
	o.Post.Wake()
	o.Log.Debug("head published", "share", string(share.ID), "seq", h.Seq, "root", grown.Root.String())
	return nil
}

// next is the number of the head after one. After a lost head was taken back it leaves one out: so hives take it whose newest head is
// the lost one, and those that took another by its number. So it is after one that is given up.
func (o *Owner) next(id ledger.ID, last uint64, without *lost) uint64 {
	if without != nil {
		return max(last, without.head.Seq) + 2
	}
	if _, ok := o.skips.Load(id); ok {
		return last + 2
	}
	return last + 1
}

// HeadTaken hears that another hive has taken a head.
func (o *Owner) HeadTaken(ctx context.Context, to peer.ID, body wire.Raw, refusal *wire.Refusal) error {
	var signed head.Signed
	if err := wire.Unmarshal(body, &signed); err != nil {
		return nil //nolint:nilerr // nothing of ours
	}
	h, err := head.Open(signed, o.Self)
	if err != nil {
		return nil //nolint:nilerr // of a share of another hive
	}
	if refusal != nil { // it was not taken
		if refusal.Code == wire.Stale {
			o.doubted.Store(doubt{ledger.ID(h.Share), to}, time.Now())
			o.Wake(ledger.ID(h.Share))
		}
		return nil
	}
	return o.States.Confirm(ctx, ledger.ID(h.Share), to, h.Seq)
}

// says tells whether two heads say the same but for their number.
func says(a, b head.Head) bool {
	return bytes.Equal(a.Root, b.Root) && a.Name == b.Name &&
		slices.EqualFunc(a.Members, b.Members, func(x, y head.Member) bool {
			return bytes.Equal(x.Hive, y.Hive) && x.User == y.User && x.Role == y.Role && x.Expires == y.Expires
		}) &&
		slices.EqualFunc(a.Merged, b.Merged, func(x, y head.Merged) bool {
			return bytes.Equal(x.Hive, y.Hive) && x.Number == y.Number && bytes.Equal(x.Root, y.Root)
		})
}

// mergedOf says which proposals went into a share.
func (o *Owner) mergedOf(ctx context.Context, id ledger.ID) ([]head.Merged, error) {
	proposals, err := o.States.Proposals(ctx, id)
	if err != nil {
		return nil, err
	}
	var merged []head.Merged
	for _, p := range proposals {
		if p.Merged > 0 {
			m := head.Merged{Hive: []byte(p.Hive), Number: p.Merged}
			if p.MergedRoot.Defined() {
				m.Root = p.MergedRoot.Bytes()
			}
			merged = append(merged, m)
		}
	}
	return merged, nil
}

// passes holds a step back that deletes a lot, until somebody said yes to it.
func (o *Owner) passes(ctx context.Context, id ledger.ID, from, to cid.Cid) (bool, error) {
	if from.Equals(to) {
		return o.Guard(ctx, id, tree.Counts{}, to)
	}
	_, counts, err := tree.Plan(ctx, o.Blocks, from, to)
	if err != nil {
		return false, err
	}
	return o.Guard(ctx, id, counts, to)
}
