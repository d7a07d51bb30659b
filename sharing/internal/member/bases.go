package member

import (
	"context"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// filledLag is how many heads a share may go on while some content is not to be had, before newer content is asked for as a
// difference to a newer head: the heads of before are forgotten one day.
const filledLag = state.KeepHeads / 2

// bases are what the files of a replica were at the last head whose content was all here. Where that head is forgotten there
// are none.
func (m *Member) bases(ctx context.Context, id ledger.ID, r state.Replica) (*fetch.Since, courier.Bases, error) {
	if r.Filled == 0 || r.Filled >= r.Seq {
		return nil, nil, nil
	}
	h, err := m.States.Head(ctx, id, r.Filled)
	if err != nil || h.Seq == 0 {
		return nil, nil, err
	}
	changes, err := tree.Diff(ctx, m.Blocks, h.Root, r.Root)
	if err != nil {
		m.Log.Warn("older state of a share not read", "share", string(id), "seq", h.Seq, "err", err)
		return nil, nil, nil
	}
	return &fetch.Since{Head: h.Seq}, courier.BasesOf(changes), nil
}

// filled notes that the content of a head is here, or was not to be had.
func filled(ctx context.Context, m *Member, id ledger.ID, r state.Replica, whole bool) error {
	if r.Filled >= r.Seq || !whole && r.Seq-r.Filled < filledLag {
		return nil
	}
	return m.Change(ctx, id, func(now *state.Replica) { now.Filled = max(now.Filled, r.Seq) })
}

// whole tells whether all content of a replica is held.
func whole(ctx context.Context, m *Member, space int64) (bool, error) {
	absent, err := m.Catalog.Absent(ctx, space, 0, 1)
	return len(absent) == 0, err
}

// older is what a file of many chunks was at the newest head of before seq with another content of it that is held.
func older(ctx context.Context, m *Member, share ledger.Share, seq uint64, w content.Want) (*fetch.Since, *content.Base, error) {
	if w.Root.Type() == cid.Raw {
		return nil, nil, nil
	}
	last := w.Root
	for back := uint64(1); back < min(seq, state.KeepHeads); back++ {
		h, err := m.States.Head(ctx, share.ID, seq-back)
		if err != nil {
			return nil, nil, err
		}
		if h.Seq == 0 { // passed over
			continue
		}
		e, err := tree.At(ctx, m.Blocks, h.Root, w.Path)
		if err != nil || e.Folder || e.Root.Equals(last) {
			continue
		}
		last = e.Root
		held, err := m.Catalog.HeldBefore(ctx, share.Space, map[catalog.UID]cid.Cid{catalog.UID(e.UID): e.Root})
		if err != nil {
			return nil, nil, err
		}
		if held[catalog.UID(e.UID)] {
			return &fetch.Since{Head: h.Seq}, &content.Base{Path: w.Path, Root: e.Root}, nil
		}
	}
	return nil, nil, nil
}
