package owner

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// bringProposal fetches the trees of a proposal.
func (o *Owner) bringProposal(ctx context.Context, w *blockstore.Writer, id ledger.ID, hive peer.ID, p head.Proposal) error {
	s, err := o.Dial(ctx, hive)
	if err != nil {
		return err
	}
	defer s.Close()
	ref := fetch.Ref{Share: string(id), Proposal: p.Number}
	base := p.Base()
	if h, err := o.States.Head(ctx, id, p.BaseSeq); err != nil {
		return err
	} else if h.Seq == 0 || !h.Root.Equals(base) { // a head that is forgotten: its tree comes back from where it is
		old := ref
		old.Base = true
		if err := o.BringTree(ctx, s, w, old, courier.Have{}, base); err != nil {
			return err
		}
	}
	return o.BringTree(ctx, s, w, ref, courier.Have{Since: new(fetch.Since), Root: base}, p.Tree())
}

// bringProposed fetches the files of a plan that the folder does not have. They are kept until release.
func (o *Owner) bringProposed(ctx context.Context, share ledger.Share, hive peer.ID, p head.Proposal, plan []tree.Op) (release func(), err error) {
	needed := contentsOf(plan)
	if len(needed) == 0 {
		return func() {}, nil
	}
	changes, err := tree.Diff(ctx, o.Blocks, p.Base(), p.Tree())
	if err != nil {
		return nil, err
	}
	var wants []content.Want
	var bytes int64
	for uid, c := range changes.ByUID {
		if c.After == nil || c.After.Entry.Folder {
			continue
		}
		root := c.After.Entry.Root
		if size, ok := needed[root]; ok {
			delete(needed, root)
			bytes += size
			wants = append(wants, content.Want{Path: changes.PathAfter(uid), Root: root, Size: size})
		}
	}
	if len(needed) > 0 {
		return nil, fmt.Errorf("%w: it names content that is in no change", fetch.ErrProtocol)
	}
	if room, err := o.Catalog.ReplicaRoom(ctx, share.Space); err != nil {
		return nil, err
	} else if room != catalog.Unlimited && bytes > room {
		return nil, fmt.Errorf("%w: %d bytes proposed, room for %d", catalog.ErrQuota, bytes, room)
	}
	if err := o.Find(ctx, share.Space, courier.BasesOf(changes), wants); err != nil {
		return nil, err
	}
	of := fetch.Of{Ref: fetch.Ref{Share: string(share.ID), Proposal: p.Number}, Since: new(fetch.Since)}
	w := o.Blocks.Writer() // content.Fetch has one of its own, which ends before the names are made
	err = o.Fetcher(share.ID, func(ctx context.Context, files []content.Want) error { return keepFiles(ctx, w, files) }, noPartials{}).
		Fetch(ctx, []peer.ID{hive}, of, wants)
	if err != nil {
		w.Close()
		return nil, err
	}
	return func() { w.Close() }, nil
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

// keepFiles has w keep files that another writer stored and that is still open.
func keepFiles(ctx context.Context, w *blockstore.Writer, files []content.Want) error {
	for _, f := range files {
		if err := w.Keep(ctx, f.Root); err != nil {
			return err
		}
	}
	return nil
}

// noPartials forgets them: what a proposal needs has no entry yet.
type noPartials struct{}

func (noPartials) Chunks(context.Context, content.Want) ([]byte, error) { return nil, nil }
func (noPartials) Note(context.Context, content.Want, []byte) error     { return nil }
