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
	known, err := o.knows(ctx, share.ID, h, signed)
	if err != nil {
		return err
	}
	if _, taken := o.taken.Load(string(signed.Hash())); taken || known && h.Seq <= newest.Seq {
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

// knows tells whether what a head has is known here, or was and is forgotten. One that is not here by its number is of before a head that was
// taken back, or follows it, and then it was lost too.
func (o *Owner) knows(ctx context.Context, id ledger.ID, h head.Head, signed head.Signed) (bool, error) {
	known, err := o.States.Head(ctx, id, h.Seq)
	if err != nil || known.Seq > 0 {
		return bytes.Equal(known.Signed.Hash(), signed.Hash()), err
	}
	before, err := o.States.Head(ctx, id, h.Seq-1)
	return before.Seq == 0 || !bytes.Equal(before.Signed.Hash(), h.Prev), err
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
	if err := m.bringLost(ctx, l); err != nil {
		l.failed.Store(true)
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	base, err := m.ancestor(ctx)
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
	o.taken.Store(string(l.signed.Hash()), nil)
	o.skips.Store(share.ID, nil)
	o.lost.CompareAndDelete(share.ID, l)
	o.Log.Info("the state of a share is taken back from another hive", "share", string(share.ID), "seq", l.head.Seq, "peer", l.hive.String())
	o.Wake(share.ID)
	return nil
}

// bringLost fetches the tree of a lost head. The base is the newest state that both hives know by the same number; without one it is the
// empty folder, so that nothing is taken for deleted.
func (m *merging) bringLost(ctx context.Context, l *lost) error {
	newest, err := m.States.Newest(ctx, m.share.ID)
	if err != nil {
		return err
	}
	for seq := min(newest.Seq, l.head.Seq); seq > 0 && seq+state.KeepHeads > newest.Seq; seq-- {
		same, err := m.sameHead(ctx, l, seq)
		if err != nil {
			return err
		}
		if same.Defined() {
			m.base, m.of.Since = same, &fetch.Since{Head: seq}
			break
		}
	}
	s, err := m.Dial(ctx, m.hive)
	if err != nil {
		return err
	}
	defer s.Close()
	return m.BringTree(ctx, s, m.w, m.of.Ref, courier.Have{Since: m.of.Since, Root: m.base}, m.tree)
}

// ancestor is the head with whose members those of a lost head are compared: the one that both hives know, and none that was made since this
// hive began, for then it may have come from a backup. Zero: there is none.
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

// sameHead is the tree of a head, if the other hive has that by the same number; undefined if not.
func (m *merging) sameHead(ctx context.Context, l *lost, seq uint64) (cid.Cid, error) {
	h, err := m.States.Head(ctx, m.share.ID, seq)
	if err != nil || h.Seq == 0 {
		return cid.Undef, err
	}
	s, err := m.Dial(ctx, l.hive)
	if err != nil {
		return cid.Undef, err
	}
	defer s.Close()
	err = m.BringTree(ctx, s, m.w, fetch.Ref{Share: string(m.share.ID), Head: seq}, courier.Have{}, h.Root)
	switch {
	case err == nil:
		return h.Root, nil
	case errors.Is(err, fetch.ErrProtocol), refused(err) != "":
		return cid.Undef, nil
	}
	return cid.Undef, err
}
