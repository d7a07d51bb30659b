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
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// bringHead fetches the tree of a head from whoever has it.
func (m *Member) bringHead(ctx context.Context, w *blockstore.Writer, share ledger.Share, h head.Head, r state.Replica) error {
	hives, err := m.Others(ctx, share)
	if err != nil {
		return err
	}
	ref := fetch.Ref{Share: string(share.ID), Head: h.Seq}
	var have courier.Have
	if r.Seq > 0 {
		have = courier.Have{Since: &fetch.Since{Head: r.Seq}, Root: r.Root}
	}
	var faults []error
	for _, hive := range hives {
		err := func() error {
			s, err := m.Dial(ctx, hive)
			if err != nil {
				return err
			}
			defer s.Close()
			return m.BringTree(ctx, s, w, ref, have, h.Tree())
		}()
		if err == nil {
			return w.Commit(ctx)
		}
		faults = append(faults, fmt.Errorf("hive %s: %w", hive, err))
	}
	return fmt.Errorf("sharing: tree of head %d: %w", h.Seq, errors.Join(faults...))
}

// advance brings the replica from the head it has to the head h, with what changed here on top, and proposes the latter.
// False means that the replica changed meanwhile.
func (m *Member) advance(ctx context.Context, w *blockstore.Writer, share ledger.Share, h head.Head, r state.Replica, role string) (bool, error) {
	local, err := m.Forest.Grow(ctx, share.Space, share.Folder)
	if err != nil {
		return false, err
	}
	last := h.MergedOf(m.Self)
	merged := r.Open() && last.Is(r.Proposal, r.ProposalRoot)
	reused := last.Number >= r.Proposal && !merged // its number was used before: this hive comes from a backup
	base := r.Root
	if merged {
		base = r.ProposalNow
	}
	now, err := m.rebase(ctx, w, h, r, merged)
	if err != nil {
		return false, err
	}
	if role != head.Writer && !local.Root.Equals(base) { // what was changed here goes
		if err := Keep(ctx, m.Courier, share, nil); err != nil {
			return false, err
		}
	}
	target, err := m.combine(ctx, w, share, base, h.Tree(), local.Folder, role)
	if err != nil {
		return false, err
	}
	closes := merged || reused || role != head.Writer || isMissed(m, share.ID, r.Proposal) && !target.Equals(now)
	update := func(s *state.Replica) { // which others may have changed meanwhile
		s.Seq, s.Root, s.Synced = h.Seq, h.Tree(), time.Now().UTC()
		s.Guarded, s.GuardedRoot, s.Confirmed = 0, cid.Undef, cid.Undef // a yes is for once
		switch {
		case s.Proposal != r.Proposal || !s.Open():
		case closes:
			s.Close()
		default:
			s.ProposalNow = now
		}
	}
	end := func() {}
	if r.Seq == 0 {
		end = begin(m, share.ID, h)
	}
	done, err := m.enact(ctx, share, h, local, target, update)
	end()
	if err != nil || !done {
		return false, err
	}
	m.cfg.WakeContent(share.ID)
	if role != head.Writer || target.Equals(h.Tree()) {
		return true, nil
	}
	return true, m.propose(ctx, w, share, h, target)
}

// beginning is a head whose names are being written, the first of a replica. Its content comes meanwhile.
type beginning struct {
	seq  uint64
	root cid.Cid
	end  chan struct{} // closed when all are
}

func (b *beginning) ended() bool {
	select {
	case <-b.end:
		return true
	default:
		return false
	}
}

// begin has the content come that the names of a first head name, until end is called.
func begin(m *Member, id ledger.ID, h head.Head) (end func()) {
	b := &beginning{seq: h.Seq, root: h.Tree(), end: make(chan struct{})}
	m.begun.Store(id, b)
	m.cfg.WakeContent(id)
	return func() {
		m.begun.CompareAndDelete(id, b)
		close(b.end)
	}
}

// rebase is the tree of the open proposal on top of a head that does not name it yet: so that once a head does, what other
// heads brought is not taken for a change made here.
func (m *Member) rebase(ctx context.Context, w *blockstore.Writer, h head.Head, r state.Replica, merged bool) (cid.Cid, error) {
	if !r.Open() || merged || h.Seq == r.Seq {
		return r.ProposalNow, nil
	}
	merge, err := tree.Merge(ctx, m.Blocks, w, tree.MergeInput{Base: r.Root, Ours: h.Tree(), Theirs: r.ProposalNow, Date: time.Now()})
	if err != nil {
		return cid.Undef, err
	}
	return merge.Root, w.Commit(ctx)
}

// combine puts what changed here since base on top of the head. A reader changes nothing.
func (m *Member) combine(ctx context.Context, w *blockstore.Writer, share ledger.Share, base, theirs cid.Cid, local tree.Folder, role string) (cid.Cid, error) {
	switch {
	case role != head.Writer, local.Root.Equals(base), local.Root.Equals(theirs), !base.Defined() && local.Entries == 0:
		return theirs, nil
	case theirs.Equals(base):
		return local.Root, nil
	}
	by, err := m.writerOf(ctx, share)
	if err != nil {
		return cid.Undef, err
	}
	merged, err := tree.Merge(ctx, m.Blocks, w, tree.MergeInput{Base: base, Ours: theirs, Theirs: local.Root, By: by, Date: time.Now()})
	return merged.Root, err
}

// enact turns the replica from one tree into another and notes how far it is then, in one transaction with the last step.
func (m *Member) enact(ctx context.Context, share ledger.Share, h head.Head, local forest.Grown, to cid.Cid, update func(*state.Replica)) (bool, error) {
	plan, counts, err := tree.Plan(ctx, m.Blocks, local.Root, to)
	if err != nil {
		return false, err
	}
	if ok, err := m.Guard(ctx, share.ID, counts, to); err != nil {
		return false, err
	} else if !ok {
		return false, courier.ErrGuarded
	}
	whole, err := whole(ctx, m, share.Space)
	if err != nil {
		return false, err
	}
	done := func(ctx context.Context, tx bun.Tx) error {
		var was uint64
		err := m.States.Change(ctx, tx, share.ID, func(r *state.Replica) {
			was = r.Seq
			if whole { // though nobody filled it: it was read
				r.Filled = was
			}
			update(r)
		})
		if err == nil {
			err = m.States.PassOver(ctx, tx, share.ID, was, h.Seq)
		}
		if err != nil {
			return err
		}
		return m.Ledger.In(tx).SetNamed(ctx, share.ID, namedBy(h))
	}
	if len(plan) == 0 {
		return true, m.DB.Write(ctx, done)
	}
	applied, err := m.Catalog.Apply(ctx, catalog.Target{
		Space: share.Space, Folder: share.Folder, Actor: catalog.Actor{Label: share.OwnerUser + "@" + share.Owner.String()}, After: local.Seq,
	}, courier.Steps(plan, false), done)
	return applied.Stale == 0, err
}

// absentRoots are those of the roots whose content is not held.
func (m *Member) absentRoots(ctx context.Context, space int64, roots map[cid.Cid]bool) (map[cid.Cid]bool, error) {
	absent := make(map[cid.Cid]bool)
	if len(roots) == 0 {
		return absent, nil
	}
	for after := int64(0); ; {
		page, err := m.Catalog.Absent(ctx, space, after, 1000)
		if err != nil || len(page) == 0 {
			return absent, err
		}
		for _, c := range page {
			if roots[c.Root] {
				absent[c.Root] = true
			}
			after = c.Entry
		}
	}
}

// namedBy are the members a head names.
func namedBy(h head.Head) []ledger.Named {
	named := make([]ledger.Named, len(h.Members))
	for i, m := range h.Members {
		named[i] = ledger.Named{Hive: peer.ID(m.Hive), User: m.User, Role: ledger.Role(m.Role)}
		if m.Expires != 0 {
			at := time.Unix(m.Expires, 0)
			named[i].Expires = &at
		}
	}
	return named
}
