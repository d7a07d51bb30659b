package owner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// mostAsked is how many hives are asked for a lost head, one after the other.
const mostAsked = 8

// takeBack merges what a lost head has into the folder, and goes on from there. It is had of any hive of the share: that which told of it
// may be away, or not give it. Where none does, they are asked what they have instead.
func (o *Owner) takeBack(ctx context.Context, share ledger.Share) error {
	l := o.pending(share.ID)
	if l == nil {
		return nil
	}
	hives, err := o.holders(ctx, share, l)
	if err != nil {
		return err
	}
	faults := []error{ErrLost}
	for i, hive := range hives {
		from := slices.Concat([]peer.ID{hive}, hives[:i], hives[i+1:])
		switch err := o.takeFrom(ctx, share, l, from); {
		case err == nil:
			o.lost.CompareAndDelete(share.ID, l)
			return nil
		case errors.Is(err, courier.ErrGuarded), errors.Is(err, catalog.ErrQuota), errors.Is(err, blockstore.ErrNoSpace), ctx.Err() != nil:
			return fmt.Errorf("%w: %w", ErrLost, err) // of another hive it is the same
		default:
			faults = append(faults, fmt.Errorf("hive %s: %w", hive, err))
		}
	}
	l.failed.Store(true)
	for _, hive := range hives {
		if hive != l.hive {
			faults = append(faults, o.ask(ctx, share, hive))
		}
	}
	return errors.Join(faults...)
}

// holders are the hives to ask for a lost head: the one that told of it, and others of the share.
func (o *Owner) holders(ctx context.Context, share ledger.Share, l *lost) ([]peer.ID, error) {
	others, err := o.Others(ctx, share)
	if err != nil {
		return nil, err
	}
	others = slices.DeleteFunc(others, func(hive peer.ID) bool { return hive == o.Self || hive == l.hive })
	hives := append([]peer.ID{l.hive}, others...)
	return hives[:min(len(hives), mostAsked)], nil
}

// takeFrom is takeBack with the tree of the first of some hives, and files of all.
func (o *Owner) takeFrom(ctx context.Context, share ledger.Share, l *lost, hives []peer.ID) error {
	m := merging{
		Owner: o, share: share, hive: hives[0], hives: hives, tree: l.head.Tree(), by: share.OwnerUser, w: o.Blocks.Writer(),
		of: fetch.Of{Ref: fetch.Ref{Share: string(share.ID), Head: l.head.Seq}},
		guard: func(ctx context.Context, counts tree.Counts, to cid.Cid) (bool, error) {
			return o.Guard(ctx, share.ID, counts, to)
		},
	}
	defer m.w.Close()
	base, err := m.bringLost(ctx, l)
	if err != nil {
		return err
	}
	var announce []func()
	m.settle = func(ctx context.Context, tx bun.Tx, ours forest.Grown, _ cid.Cid) error {
		newest, err := o.States.NewestIn(ctx, tx, share.ID)
		if err != nil {
			return err
		}
		if l.head.Seq > newest.Seq {
			next := state.Head{Seq: l.head.Seq, Root: l.head.Tree(), Signed: l.signed, SpaceSeq: ours.Seq}
			if err := o.States.AddHead(ctx, tx, share.ID, next); err != nil {
				return err
			}
		}
		if err := noteTaken(ctx, tx, l); err != nil {
			return err
		}
		for _, merged := range l.head.Merged {
			if err := o.States.Passed(ctx, tx, share.ID, peer.ID(merged.Hive), merged.Number); err != nil {
				return err
			}
		}
		announce, err = o.recall(ctx, o.Ledger.In(tx), share, base, l.head)
		return err
	}
	if err := m.run(ctx); err != nil {
		return err
	}
	for _, tell := range announce {
		tell()
	}
	o.Ledger.Announce()
	o.skips.Store(share.ID, nil)
	o.Log.Info("the state of a share is taken back from another hive", "share", string(share.ID), "seq", l.head.Seq, "peer", m.hive.String())
	o.Wake(share.ID)
	return nil
}

// noteTaken notes that what a lost head has is here again, with what the head before it had.
func noteTaken(ctx context.Context, tx bun.Tx, l *lost) error {
	err := state.NoteLost(ctx, tx, ledger.ID(l.head.Share), l.head.Seq, l.signed.Hash(), state.Taken)
	if err == nil && l.head.Seq > 1 {
		err = state.NoteLost(ctx, tx, ledger.ID(l.head.Share), l.head.Seq-1, l.head.Prev, state.Taken)
	}
	return err
}

// bringLost fetches the tree of a lost head. The base is the newest state that both hives know by the same number; without one it is the
// empty folder, so that nothing is taken for deleted. It returns the head with whose members those of the lost one are compared; Seq is 0 where
// there is none.
func (m *merging) bringLost(ctx context.Context, l *lost) (members head.Head, err error) {
	newest, err := m.States.Newest(ctx, m.share.ID)
	if err != nil {
		return head.Head{}, err
	}
	for seq := min(newest.Seq, l.head.Seq); seq > 0 && seq+state.KeepHeads > newest.Seq && members.Seq == 0; seq-- {
		if members, err = m.meet(ctx, seq); err != nil {
			return head.Head{}, err
		}
	}
	if members.Seq == 0 {
		if members, err = m.ancestor(ctx); err != nil {
			return head.Head{}, err
		}
	}
	s, err := m.Dial(ctx, m.hive)
	if err != nil {
		return head.Head{}, err
	}
	defer s.Close()
	return members, m.BringTree(ctx, s, m.w, m.of.Ref, courier.Have{Since: m.of.Since, Root: m.base}, m.tree)
}

// meet looks whether the hive of a lost head has another head as it is here: its tree is the base then. It returns the head if all of it is
// the same: two of one number and tree may differ by their members.
func (m *merging) meet(ctx context.Context, seq uint64) (same head.Head, err error) {
	known, err := m.States.Head(ctx, m.share.ID, seq)
	if err != nil || known.Seq == 0 {
		return head.Head{}, err
	}
	if m.of.Since == nil {
		has, err := m.has(ctx, fetch.Ref{Head: seq}, known.Root)
		if err != nil || !has {
			return head.Head{}, err
		}
		m.base, m.of.Since = known.Root, &fetch.Since{Head: seq}
	}
	has, err := m.has(ctx, fetch.Ref{Head: seq, Hash: known.Signed.Hash()}, known.Root)
	if err != nil || !has {
		return head.Head{}, err
	}
	return head.Open(known.Signed, m.Self)
}

// ancestor is the newest head that may be the same where the other hive has none of which it is sure, since it applied others: that of the base,
// and none that was made since this hive began, for then it may have come from a backup.
func (m *merging) ancestor(ctx context.Context) (head.Head, error) {
	if m.of.Since == nil {
		return head.Head{}, nil
	}
	seq := m.of.Since.Head
	if began, ok := m.began.Load(m.share.ID); ok {
		seq = min(seq, began.(uint64))
	}
	h, err := m.States.Head(ctx, m.share.ID, seq)
	if err != nil || h.Seq == 0 {
		return head.Head{}, err
	}
	return head.Open(h.Signed, m.Self)
}

// has tells whether the hive of a lost head has another head, by its number or also its hash, with a tree that is here.
func (m *merging) has(ctx context.Context, ref fetch.Ref, root cid.Cid) (bool, error) {
	s, err := m.Dial(ctx, m.hive)
	if err != nil {
		return false, err
	}
	defer s.Close()
	ref.Share = string(m.share.ID)
	have := courier.Have{} // what comes proves it
	if len(ref.Hash) > 0 {
		have = courier.Have{Since: &fetch.Since{Head: ref.Head}, Root: root}
	}
	err = m.BringTree(ctx, s, m.w, ref, have, root)
	if errors.Is(err, fetch.ErrProtocol) || refused(err) != "" {
		return false, nil
	}
	return err == nil, err
}
