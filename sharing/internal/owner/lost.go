package owner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// ErrLost says that other hives have a head that this one signed and does not know: it comes from a backup. Until what is in that head
// is taken back no other is made.
var ErrLost = errors.New("sharing: this hive comes from a backup, other hives have a newer state of the share")

// lostTime is how long a lost head is tried to take back before heads are made without it: a hive that has one and does not give it must
// not end a share.
const lostTime = time.Hour

// lost is a head of before the backup was put in its place.
type lost struct {
	head   head.Head
	signed head.Signed
	hive   peer.ID // that has it
	heard  time.Time
	failed atomic.Bool // that hive did not give it
}

// pending is the lost head of a share that is to be taken back; nil where there is none, or it was tried for too long.
func (o *Owner) pending(id ledger.ID) *lost {
	found, ok := o.lost.Load(id)
	if !ok || time.Since(found.(*lost).heard) > lostTime {
		return nil
	}
	return found.(*lost)
}

// loses tells whether there is something to ask for or to take back.
func (o *Owner) loses(id ledger.ID) bool {
	_, doubted := o.doubted.Load(id)
	return doubted || o.pending(id) != nil
}

// TakeLost hears of a head that this hive may have signed and does not know.
func (o *Owner) TakeLost(ctx context.Context, share ledger.Share, from peer.ID, signed head.Signed) error {
	h, err := head.Open(signed, o.Self)
	if errors.Is(err, head.ErrSignature) {
		return courier.Unknown()
	}
	if err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	if _, may, err := o.Ledger.MayRead(ctx, share.ID, from); err != nil {
		return err
	} else if !may {
		return courier.Unknown()
	}
	newest, err := o.States.Newest(ctx, share.ID)
	if err != nil {
		return err
	}
	if known, err := o.knows(ctx, share.ID, h, signed); err != nil || known {
		return err
	}
	fate, err := o.States.Lost(ctx, share.ID, signed.Hash())
	if err != nil {
		return err
	}
	if fate == state.Taken {
		if newest.Seq <= h.Seq+1 { // this hive ended before it made the head that all take
			o.skips.Store(share.ID, nil)
			o.Wake(share.ID)
		}
		return nil
	}
	before := o.pending(share.ID)
	if before == nil || before.head.Seq < h.Seq || before.head.Seq == h.Seq && before.failed.Load() {
		l := &lost{head: h, signed: signed, hive: from, heard: time.Now()}
		if before != nil {
			l.heard = before.heard
		}
		o.lost.Store(share.ID, l)
		o.Log.Warn("a head of this hive is not known here: does it come from a backup? What is in it is taken back", "share", string(share.ID),
			"seq", h.Seq, "newest", newest.Seq, "peer", from.String())
	}
	o.Wake(share.ID)
	return nil
}

// knows tells whether what a head has is known here, or was and is forgotten. One whose number was left out here was lost; one between a head
// that was taken back and what is known from before is in that.
func (o *Owner) knows(ctx context.Context, id ledger.ID, h head.Head, signed head.Signed) (bool, error) {
	known, err := o.States.Head(ctx, id, h.Seq)
	if err != nil || known.Seq > 0 {
		return bytes.Equal(known.Signed.Hash(), signed.Hash()), err
	}
	before, after, err := state.Around(ctx, o.States, id, h.Seq)
	if err != nil || after.Seq == 0 || before.Seq == 0 {
		return after.Seq > 0, err
	}
	next, err := head.Open(after.Signed, o.Self)
	return !bytes.Equal(before.Signed.Hash(), next.Prev), err
}

// askLost asks a hive for its newest head, where one of this hive does not follow that.
func (o *Owner) askLost(ctx context.Context, share ledger.Share) error {
	hive, ok := o.doubted.LoadAndDelete(share.ID)
	if !ok {
		return nil
	}
	s, err := o.Dial(ctx, hive.(peer.ID))
	if err != nil {
		return err
	}
	defer s.Close()
	heads, _, err := s.Compare([]fetch.Known{{Share: string(share.ID)}})
	for _, h := range heads {
		if err := o.TakeLost(ctx, share, hive.(peer.ID), h); err != nil {
			return err
		}
	}
	return err
}

// takeBack merges what a lost head has into the folder, and goes on from there.
func (o *Owner) takeBack(ctx context.Context, share ledger.Share) error {
	l := o.pending(share.ID)
	if l == nil {
		return nil
	}
	m := merging{
		Owner: o, share: share, hive: l.hive, tree: l.head.Tree(), by: share.OwnerUser, w: o.Blocks.Writer(),
		of: fetch.Of{Ref: fetch.Ref{Share: string(share.ID), Head: l.head.Seq}},
		guard: func(ctx context.Context, counts tree.Counts, to cid.Cid) (bool, error) {
			return o.Guard(ctx, share.ID, counts, to)
		},
	}
	defer m.w.Close()
	base, err := m.bringLost(ctx, l)
	if err != nil {
		l.failed.Store(true)
		return fmt.Errorf("%w: %w", ErrLost, err)
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
		if err := o.noteTaken(ctx, tx, l); err != nil {
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
		l.failed.Store(true)
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	for _, tell := range announce {
		tell()
	}
	o.Ledger.Announce()
	o.skips.Store(share.ID, nil)
	o.lost.CompareAndDelete(share.ID, l)
	o.Log.Info("the state of a share is taken back from another hive", "share", string(share.ID), "seq", l.head.Seq, "peer", l.hive.String())
	o.Wake(share.ID)
	return nil
}

// noteTaken notes that what a lost head has is here again, with what the head before it had.
func (o *Owner) noteTaken(ctx context.Context, tx bun.Tx, l *lost) error {
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
		if members, err = m.meet(ctx, l, seq); err != nil {
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
func (m *merging) meet(ctx context.Context, l *lost, seq uint64) (same head.Head, err error) {
	known, err := m.States.Head(ctx, m.share.ID, seq)
	if err != nil || known.Seq == 0 {
		return head.Head{}, err
	}
	if m.of.Since == nil {
		has, err := m.has(ctx, l, fetch.Ref{Head: seq}, known.Root)
		if err != nil || !has {
			return head.Head{}, err
		}
		m.base, m.of.Since = known.Root, &fetch.Since{Head: seq}
	}
	has, err := m.has(ctx, l, fetch.Ref{Head: seq, Hash: known.Signed.Hash()}, known.Root)
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
func (m *merging) has(ctx context.Context, l *lost, ref fetch.Ref, root cid.Cid) (bool, error) {
	s, err := m.Dial(ctx, l.hive)
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
