package replica

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
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// rounds is how often a step is tried again because the folder changed under it.
const rounds = 20

// verdict ends a proposal that no head will name.
type verdict struct {
	Share  string    `cbor:"share"`
	Number uint64    `cbor:"number"`
	Code   wire.Code `cbor:"code"`
	Text   string    `cbor:"text,omitempty"`
}

// takeProposal notes what the hive of a writer proposes. It is merged later, with what it needs at hand.
func (e *Engine) takeProposal(ctx context.Context, from peer.ID, body wire.Raw) error {
	var signed head.Signed
	if err := wire.Unmarshal(body, &signed); err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "proposal"}
	}
	p, err := head.OpenProposal(signed, from)
	if errors.Is(err, head.ErrSignature) {
		return unknown()
	}
	if err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "proposal"}
	}
	id := ledger.ID(p.Share)
	role, may, err := e.Ledger.MayRead(ctx, id, from)
	if err != nil {
		return err
	}
	share, err := e.Ledger.Share(ctx, id)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	if err != nil || !may || role != ledger.Writer || !share.Own {
		return unknown()
	}
	err = e.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return e.states.Propose(ctx, tx, id, state.Proposal{Hive: from, Number: p.Number, Signed: signed})
	})
	if err == nil {
		e.wake(id)
	}
	return err
}

// mergeAll merges the proposals that are open. One that cannot be merged now holds no other up.
func (e *Engine) mergeAll(ctx context.Context, share ledger.Share) error {
	proposals, err := e.states.Proposals(ctx, share.ID)
	if err != nil {
		return err
	}
	var faults []error
	for _, p := range proposals {
		if p.Merged >= p.Number {
			continue
		}
		err := e.mergeOne(ctx, share, p)
		if final := verdictOf(err); final != "" {
			e.log.Warn("proposal refused", "share", string(share.ID), "peer", p.Hive.String(), "err", err)
			err = e.refuse(ctx, share.ID, p, final)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("proposal of %s: %w", p.Hive, err))
		}
	}
	return errors.Join(faults...)
}

// verdictOf is the code of an error that will be the same next time, else "".
func verdictOf(err error) wire.Code {
	switch {
	case errors.Is(err, head.ErrSignature), errors.Is(err, head.ErrMalformed), errors.Is(err, tree.ErrFormat),
		errors.Is(err, tree.ErrName), errors.Is(err, tree.ErrLimit), errors.Is(err, catalog.ErrOp), errors.Is(err, fetch.ErrProtocol):
		return wire.Malformed
	case errors.Is(err, errNoWriter):
		return wire.Unknown
	case refused(err) == wire.Stale:
		return wire.Stale
	}
	return ""
}

var errNoWriter = errors.New("sharing: not a writer any more")

// refuse ends a proposal and says so.
func (e *Engine) refuse(ctx context.Context, id ledger.ID, p state.Proposal, code wire.Code) error {
	err := e.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := e.states.Settle(ctx, tx, id, p.Hive, p.Number); err != nil {
			return err
		}
		return e.Post.Put(ctx, tx, post.Message{
			To: p.Hive, Kind: kindVerdict, Key: kindVerdict + " " + string(id), Share: id,
			Body: verdict{Share: string(id), Number: p.Number, Code: code},
		})
	})
	if err == nil {
		e.Post.Wake()
	}
	return err
}

// mergeOne brings what a proposal needs, merges it into the folder, and notes that it is merged in the same transaction.
func (e *Engine) mergeOne(ctx context.Context, share ledger.Share, from state.Proposal) error {
	p, err := head.OpenProposal(from.Signed, from.Hive)
	if err != nil {
		return err
	}
	if role, may, err := e.Ledger.MayRead(ctx, share.ID, from.Hive); err != nil {
		return err
	} else if !may || role != ledger.Writer {
		return errNoWriter
	}
	w := e.Blocks.Writer()
	defer w.Close()
	if err := e.bringProposal(ctx, w, share.ID, from.Hive, p); err != nil {
		return err
	}
	for range rounds {
		done, err := e.tryMerge(ctx, w, share, from, p)
		if err != nil || done {
			return err
		}
	}
	return errors.New("sharing: the folder changes too fast")
}

// bringProposal fetches the trees of a proposal.
func (e *Engine) bringProposal(ctx context.Context, w *blockstore.Writer, id ledger.ID, hive peer.ID, p head.Proposal) error {
	s, err := e.dial(ctx, hive)
	if err != nil {
		return err
	}
	defer s.Close()
	ref := fetch.Ref{Share: string(id), Proposal: p.Number}
	base := p.Base()
	if h, err := e.states.Head(ctx, id, p.BaseSeq); err != nil {
		return err
	} else if h.Seq == 0 || !h.Root.Equals(base) { // a head that is forgotten: its tree comes back from where it is
		old := ref
		old.Base = true
		if err := e.bringTree(ctx, s, w, old, cid.Undef, base); err != nil {
			return err
		}
	}
	return e.bringTree(ctx, s, w, ref, base, p.Tree())
}

// tryMerge merges into the folder as it is now; false means that the folder changed meanwhile.
func (e *Engine) tryMerge(ctx context.Context, w *blockstore.Writer, share ledger.Share, from state.Proposal, p head.Proposal) (bool, error) {
	ours, err := e.forest.Grow(ctx, share.Space, share.Folder)
	if err != nil {
		return false, err
	}
	merged, err := tree.Merge(ctx, e.Blocks, w, tree.MergeInput{Base: p.Base(), Ours: ours.Root, Theirs: p.Tree(), By: p.By, Date: time.Now()})
	if err != nil {
		return false, err
	}
	plan, counts, err := tree.Plan(ctx, e.Blocks, ours.Root, merged.Root)
	if err != nil {
		return false, err
	}
	if ok, err := e.guard(ctx, share.ID, counts, merged.Root); err != nil {
		return false, err
	} else if !ok {
		return false, errGuarded
	}
	release, err := e.bringProposed(ctx, share, from.Hive, p, plan)
	if err != nil {
		return false, err
	}
	defer release()
	settle := func(ctx context.Context, tx bun.Tx) error {
		return e.states.Settle(ctx, tx, share.ID, from.Hive, p.Number)
	}
	if len(plan) == 0 {
		return true, e.DB.Write(ctx, settle)
	}
	label := p.By + "@" + from.Hive.String()
	applied, err := e.Catalog.Apply(ctx, catalog.Target{
		Space: share.Space, Folder: share.Folder, Actor: catalog.Actor{Label: label}, After: ours.Seq,
	}, steps(plan, func(tree.Op) bool { return true }), settle)
	return applied.Stale == 0, err
}

// bringProposed fetches the files of a plan that the folder does not have. They are kept until release.
func (e *Engine) bringProposed(ctx context.Context, share ledger.Share, hive peer.ID, p head.Proposal, plan []tree.Op) (release func(), err error) {
	needed := contentsOf(plan)
	if len(needed) == 0 {
		return func() {}, nil
	}
	changes, err := tree.Diff(ctx, e.Blocks, p.Base(), p.Tree())
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
	if room, err := e.Catalog.ReplicaRoom(ctx, share.Space); err != nil {
		return nil, err
	} else if room != catalog.Unlimited && bytes > room {
		return nil, fmt.Errorf("%w: %d bytes proposed, room for %d", catalog.ErrQuota, bytes, room)
	}
	w := e.Blocks.Writer() // content.Fetch has one of its own, which ends before the names are made
	err = e.fetcher(share.ID, func(ctx context.Context, files []content.Want) error { return keepFiles(ctx, w, files) }, noPartials{}).
		Fetch(ctx, []peer.ID{hive}, fetch.Ref{Share: string(share.ID), Proposal: p.Number}, wants)
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

// steps are a plan as the catalog takes it.
func steps(plan []tree.Op, held func(tree.Op) bool) []catalog.Op {
	ops := make([]catalog.Op, len(plan))
	for i, op := range plan {
		ops[i] = catalog.Op{
			Kind: catalog.OpKind(op.Kind), UID: catalog.UID(op.UID), NewUID: catalog.UID(op.NewUID), Parent: catalog.UID(op.Parent),
			Name: op.Name, Root: op.Root, Size: op.Size, MTime: op.MTime, Exec: op.Exec, Held: held(op),
		}
		if op.Was != nil {
			ops[i].Was = &catalog.Was{
				Parent: catalog.UID(op.Was.Parent), Name: op.Was.Name, Root: op.Was.Root, MTime: op.Was.MTime, Exec: op.Was.Exec,
			}
		}
	}
	return ops
}
