package owner

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// merging is a state that a hive has on its way into the folder: a proposal, or a head that was lost here.
type merging struct {
	*Owner
	share   ledger.Share
	hive    peer.ID
	hives   []peer.ID // that have files of it
	of      fetch.Of  // how the hive knows the state, and its base
	base    cid.Cid
	claimed bool // the base is what the hive says it was
	tree    cid.Cid
	by      string // for the names of conflict copies
	guard   func(ctx context.Context, counts tree.Counts, to cid.Cid) (bool, error)
	settle  func(ctx context.Context, tx bun.Tx, ours forest.Grown, merged cid.Cid) error // with the last step
	w       *blockstore.Writer                                                            // what came is safe until it closes
	have    map[cid.Cid]bool                                                              // contents that came, now or at an earlier try
	came    []cid.Cid                                                                     // those of now
}

// bringProposed fetches the trees of a proposal.
func (m *merging) bringProposed(ctx context.Context, p head.Proposal) error {
	s, err := m.Dial(ctx, m.hive)
	if err != nil {
		return err
	}
	defer s.Close()
	h, err := m.States.Head(ctx, m.share.ID, p.BaseSeq)
	if err != nil {
		return err
	}
	if h.Seq == 0 || !h.Root.Equals(m.base) { // a head that is forgotten: its tree comes back from where it is
		m.claimed = true
		old := m.of.Ref
		old.Base = true
		if err := m.BringTree(ctx, s, m.w, old, courier.Have{}, m.base); err != nil {
			return err
		}
	}
	return m.BringTree(ctx, s, m.w, m.of.Ref, courier.Have{Since: m.of.Since, Root: m.base}, m.tree)
}

// bringFiles fetches the files of a plan that the folder does not have.
func (m *merging) bringFiles(ctx context.Context, plan []tree.Op) error {
	needed := contentsOf(plan)
	if len(needed) == 0 {
		return nil
	}
	changes, err := tree.Diff(ctx, m.Blocks, m.base, m.tree)
	if err != nil {
		return err
	}
	wants, err := m.wanted(ctx, changes, needed)
	if err != nil {
		return err
	}
	if !m.claimed { // else it may name what was never shared
		if err := m.Find(ctx, m.share.Space, courier.BasesOf(changes), wants); err != nil {
			return err
		}
	}
	arrived := func(ctx context.Context, files []content.Want) error { // the fetcher's own writer ends before the names are made
		for _, f := range files {
			if err := m.w.Keep(ctx, f.Root); err != nil {
				return err
			}
			m.have[f.Root] = true
			m.came = append(m.came, f.Root)
		}
		return nil
	}
	return m.Fetcher(m.share.ID, m.partials(), content.Config{Arrived: arrived}).Fetch(ctx, m.hives, m.of, wants)
}

// partials are what has come of the proposal, and does not come again at the next try.
func (m *merging) partials() state.Partials { return m.States.Partials(m.share.ID, m.hive) }

// tidy forgets what came of contents that were needed for older proposals, so that what nobody merges takes no more than one.
func (m *merging) tidy(ctx context.Context, needed map[cid.Cid]int64) error {
	begun, err := m.partials().All(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(begun, func(root cid.Cid, _ bool) bool { _, ok := needed[root]; return ok })
	return m.partials().Forget(ctx, slices.Collect(maps.Keys(begun)))
}

// wanted are the files that make changes to what is needed, but for those that are here.
func (m *merging) wanted(ctx context.Context, changes *tree.Changes, needed map[cid.Cid]int64) (wants []content.Want, err error) {
	if m.have == nil {
		if err := m.tidy(ctx, needed); err != nil {
			return nil, err
		}
		if m.have, err = m.partials().Whole(ctx); err != nil {
			return nil, err
		}
	}
	var bytes int64
	for uid, c := range changes.ByUID {
		if c.After == nil || c.After.Entry.Folder {
			continue
		}
		root := c.After.Entry.Root
		size, ok := needed[root]
		if !ok {
			continue
		}
		delete(needed, root)
		bytes += size
		wants = append(wants, content.Want{Path: changes.PathAfter(uid), Root: root, Size: size})
	}
	if len(needed) > 0 {
		return nil, fmt.Errorf("%w: it names content that is in no change", fetch.ErrProtocol)
	}
	if room, err := m.Catalog.ReplicaRoom(ctx, m.share.Space); err != nil {
		return nil, err
	} else if room != catalog.Unlimited && bytes > room {
		return nil, fmt.Errorf("%w: %d bytes proposed, room for %d", catalog.ErrQuota, bytes, room)
	}
	return slices.DeleteFunc(wants, func(w content.Want) bool { return m.have[w.Root] && m.w.Keep(ctx, w.Root) == nil }), nil
}

// contentsOf are the files a plan makes whose content its own steps do not have: roots and sizes.
func contentsOf(plan []tree.Op) map[cid.Cid]int64 {
	needed := make(map[cid.Cid]int64)
	for _, op := range plan {
		if op.Kind == tree.Create || op.Kind == tree.Update {
			needed[op.Root] = op.Size
		}
	}
	for _, op := range plan {
		if op.Was != nil {
			delete(needed, op.Was.Root)
		}
	}
	return needed
}
