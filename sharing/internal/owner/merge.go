package owner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/forest"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// TakeProposal notes what the hive of a writer proposes. It is merged later, with what it needs at hand.
func (o *Owner) TakeProposal(ctx context.Context, from peer.ID, body wire.Raw) error {
	var signed head.Signed
	if err := wire.Unmarshal(body, &signed); err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "proposal"}
	}
	p, err := head.OpenProposal(signed, from)
	if errors.Is(err, head.ErrSignature) {
		return courier.Unknown()
	}
	if err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "proposal"}
	}
	id := ledger.ID(p.Share)
	role, may, err := o.Ledger.MayRead(ctx, id, from)
	if err != nil {
		return err
	}
	share, err := o.Ledger.Share(ctx, id)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	if err != nil || !may || role != ledger.Writer || !share.Own {
		return courier.Unknown()
	}
	err = o.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return o.States.Propose(ctx, tx, id, state.Proposal{Hive: from, Number: p.Number, Signed: signed})
	})
	if errors.Is(err, state.ErrNumber) {
		return &wire.Refusal{Code: wire.Stale, Text: "another proposal has this number, or a higher one"}
	}
	if err == nil {
		o.Wake(id)
	}
	return err
}

// mostMerging is how many proposals to a share are merged at once: a hive that is slow, or hangs, holds no other up.
const mostMerging = 8

// outcome is how the merging of a proposal of a hive went.
type outcome struct {
	hive peer.ID
	err  error
}

// mergeAll merges the proposals that are open, and those that come meanwhile, of which it hears by news; and what was lost. What fails is
// tried again while others are under way, which may be for days.
func (o *Owner) mergeAll(ctx context.Context, share ledger.Share, news <-chan struct{}) error {
	outcomes, rested := make(chan outcome), make(chan struct{}, 1)
	running, tried := 0, make(attempts) // each hive with one: who makes many proposals leaves room for others
	for {
		if o.loses(share.ID) && tried.begin(o.Self, 0, 0) {
			running++
			go func() { outcomes <- outcome{o.Self, errors.Join(o.askLost(ctx, share), o.takeBack(ctx, share))} }()
		}
		proposals, err := o.States.Proposals(ctx, share.ID)
		if err != nil && running == 0 {
			return err
		}
		for _, p := range proposals {
			if !p.Open() || running == mostMerging || !tried.begin(p.Hive, p.Number, p.Allowed) {
				continue
			}
			running++
			go func() { outcomes <- outcome{p.Hive, o.end(ctx, share, p, o.mergeOne(ctx, share, p))} }()
		}
		if running == 0 {
			return tried.faults()
		}
		stop := tried.ring(func() {
			select {
			case rested <- struct{}{}:
			default:
			}
		})
		select {
		case out := <-outcomes:
			running--
			tried[out.hive].end(out.err)
			if out.hive == o.Self && out.err == nil {
				delete(tried, o.Self) // another head may have been heard of meanwhile
			}
		case <-news:
			tried.hope()
		case <-rested:
		}
		stop()
	}
}

// end notes what became of a proposal, and gives the error where that is still open.
func (o *Owner) end(ctx context.Context, share ledger.Share, p state.Proposal, err error) error {
	if final := verdictOf(err); final != "" {
		o.Log.Warn("proposal refused", "share", string(share.ID), "peer", p.Hive.String(), "err", err)
		err = o.refuse(ctx, share.ID, p, final)
	}
	if errors.Is(err, courier.ErrGuarded) {
		return nil // a yes wakes it
	}
	if err != nil {
		return fmt.Errorf("proposal of %s: %w", p.Hive, err)
	}
	o.Wake(share.ID)
	return nil
}

// verdictOf is the code of an error with which a proposal ends, else "": it will be the same next time, or what is proposed must be able to
// change.
func verdictOf(err error) wire.Code {
	switch {
	case errors.Is(err, head.ErrSignature), errors.Is(err, head.ErrMalformed), errors.Is(err, tree.ErrFormat),
		errors.Is(err, tree.ErrName), errors.Is(err, tree.ErrLimit), errors.Is(err, catalog.ErrOp), errors.Is(err, fetch.ErrProtocol):
		return wire.Malformed
	case errors.Is(err, errNoWriter):
		return wire.Unknown
	case errors.Is(err, catalog.ErrQuota):
		return wire.NoRoom
	case refused(err) == wire.Stale:
		return wire.Stale
	}
	return ""
}

// refused is the code of a refusal, "" for other errors.
func refused(err error) wire.Code {
	if r, ok := errors.AsType[*wire.Refusal](err); ok {
		return r.Code
	}
	return ""
}

var errNoWriter = errors.New("sharing: not a writer any more")

// mergeOne brings what a proposal needs, merges it into the folder, and notes that it is merged in the same transaction.
func (o *Owner) mergeOne(ctx context.Context, share ledger.Share, from state.Proposal) error {
	p, err := head.OpenProposal(from.Signed, from.Hive)
	if err != nil {
		return err
	}
	if role, may, err := o.Ledger.MayRead(ctx, share.ID, from.Hive); err != nil {
		return err
	} else if !may || role != ledger.Writer {
		return errNoWriter
	}
	m := merging{
		Owner: o, share: share, hive: from.Hive, hives: []peer.ID{from.Hive}, base: p.Base(), tree: p.Tree(), by: p.By, w: o.Blocks.Writer(),
		of: fetch.Of{Ref: fetch.Ref{Share: string(share.ID), Proposal: p.Number}, Since: new(fetch.Since)},
		guard: func(ctx context.Context, counts tree.Counts, _ cid.Cid) (bool, error) {
			return o.allows(ctx, share.ID, from, counts)
		},
		settle: func(ctx context.Context, tx bun.Tx, _ forest.Grown, merged cid.Cid) error {
			if from.Allowed == p.Number { // so is the head it goes into
				err := o.States.Change(ctx, tx, share.ID, func(r *state.Replica) { r.Confirmed = merged })
				if err != nil {
					return err
				}
			}
			return o.States.Settle(ctx, tx, share.ID, from.Hive, p.Number, p.Tree())
		},
	}
	defer m.w.Close()
	err = m.bringProposed(ctx, p)
	if err == nil {
		err = m.run(ctx)
	}
	return err
}

// run merges, into the folder as it is at the end. What came does not come again at the next try.
func (m *merging) run(ctx context.Context) error {
	for range courier.Rounds {
		done, err := m.try(ctx)
		if err != nil {
			return errors.Join(err, m.partials().NoteWhole(context.WithoutCancel(ctx), m.came))
		}
		if done {
			return nil
		}
	}
	return errors.New("sharing: the folder changes too fast")
}

// try merges into the folder as it is now; false means that the folder changed meanwhile.
func (m *merging) try(ctx context.Context) (bool, error) {
	ours, err := m.Forest.Grow(ctx, m.share.Space, m.share.Folder)
	if err != nil {
		return false, err
	}
	merged, err := tree.Merge(ctx, m.Blocks, m.w, tree.MergeInput{Base: m.base, Ours: ours.Root, Theirs: m.tree, By: m.by, Date: time.Now()})
	if err != nil {
		return false, err
	}
	plan, counts, err := tree.Plan(ctx, m.Blocks, ours.Root, merged.Root)
	if err != nil {
		return false, err
	}
	if ok, err := m.guard(ctx, counts, merged.Root); err != nil {
		return false, err
	} else if !ok {
		return false, courier.ErrGuarded
	}
	if err := m.bringFiles(ctx, plan); err != nil {
		return false, err
	}
	settle := func(ctx context.Context, tx bun.Tx) error { return m.settle(ctx, tx, ours, merged.Root) }
	if len(plan) == 0 {
		return true, m.DB.Write(ctx, settle)
	}
	label := m.by + "@" + m.hive.String()
	applied, err := m.Catalog.Apply(ctx, catalog.Target{
		Space: m.share.Space, Folder: m.share.Folder, Actor: catalog.Actor{Label: label}, After: ours.Seq,
	}, courier.Steps(plan, true), settle)
	return applied.Stale == 0, err
}
