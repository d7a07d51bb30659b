package replica

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// A plan that deletes more than this many entries, and more than a fifth of all, waits for a yes.
const (
	guardEntries = 500
	guardPart    = 5
)

// tend looks after a share of this hive: it merges what is proposed, then publishes what is new.
func (e *Engine) tend(ctx context.Context, id ledger.ID) error {
	share, err := e.Ledger.Share(ctx, id)
	if err != nil || !share.Live(time.Now()) {
		return err
	}
	members, remote, err := e.membersOf(ctx, share)
	if err != nil || len(remote) == 0 {
		return err // a share among users of this hive is a mount of the folder itself
	}
	merging := e.mergeAll(ctx, share)
	if err := e.publish(ctx, share, members, remote); err != nil {
		return err
	}
	return merging
}

// membersOf are the members a head names, and the other hives among theirs.
func (e *Engine) membersOf(ctx context.Context, share ledger.Share) (named []head.Member, remote []peer.ID, err error) {
	members, err := e.Ledger.Members(ctx, share.ID)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	for _, m := range members {
		if m.State != ledger.Accepted || !m.Live(now) {
			continue
		}
		n := head.Member{Hive: []byte(m.Hive), User: m.User, Role: string(m.Role)}
		if m.Expires != nil {
			n.Expires = m.Expires.Unix()
		}
		named = append(named, n)
		if m.Hive != e.self && !slices.Contains(remote, m.Hive) {
			remote = append(remote, m.Hive)
		}
	}
	return named, remote, nil
}

// publish makes a head where the folder, the members or what was merged is not as the last head says.
func (e *Engine) publish(ctx context.Context, share ledger.Share, members []head.Member, remote []peer.ID) error {
	merged, err := e.mergedOf(ctx, share.ID) // before the tree, which then has all of it
	if err != nil {
		return err
	}
	grown, err := e.forest.Grow(ctx, share.Space, share.Folder)
	if err != nil {
		return err
	}
	last, err := e.states.Newest(ctx, share.ID)
	if err != nil {
		return err
	}
	h := head.Head{
		Share: string(share.ID), Seq: last.Seq + 1, Root: grown.Root.Bytes(), Name: share.Name, Members: members, Merged: merged,
	}
	if last.Seq > 0 {
		before, err := head.Open(last.Signed, e.self)
		if err != nil {
			return err
		}
		if h.Prev = last.Signed.Hash(); says(h, before) {
			return nil
		}
		if ok, err := e.passes(ctx, share.ID, last.Root, grown.Root); err != nil || !ok {
			return err
		}
	}
	signed, err := h.Sign(e.cfg.Key)
	if err != nil {
		return err
	}
	err = e.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		next := state.Head{Seq: h.Seq, Root: grown.Root, Signed: signed, SpaceSeq: grown.Seq}
		if err := e.states.AddHead(ctx, tx, share.ID, next); err != nil {
			return err
		}
		for _, hive := range remote {
			if err := e.Post.Put(ctx, tx, headMessage(share.ID, hive, signed)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sharing: publish head %d of share %s: %w", h.Seq, share.ID, err)
	}
	e.Post.Wake()
	e.log.Debug("head published", "share", string(share.ID), "seq", h.Seq, "root", grown.Root.String())
	return nil
}

func headMessage(id ledger.ID, to peer.ID, signed head.Signed) post.Message {
	return post.Message{To: to, Kind: kindHead, Key: kindHead + " " + string(id), Share: id, Body: signed}
}

// tell sends a hive the newest head of a share.
func (e *Engine) tell(ctx context.Context, id ledger.ID, hive peer.ID) error {
	if _, may, err := e.Ledger.MayRead(ctx, id, hive); err != nil || !may {
		return err
	}
	newest, err := e.states.Newest(ctx, id)
	if err != nil || newest.Seq == 0 {
		return err
	}
	err = e.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return e.Post.Put(ctx, tx, headMessage(id, hive, newest.Signed))
	})
	if err == nil {
		e.Post.Wake()
	}
	return err
}

// says tells whether two heads say the same but for their number.
func says(a, b head.Head) bool {
	return bytes.Equal(a.Root, b.Root) && a.Name == b.Name &&
		slices.EqualFunc(a.Members, b.Members, func(x, y head.Member) bool {
			return bytes.Equal(x.Hive, y.Hive) && x.User == y.User && x.Role == y.Role && x.Expires == y.Expires
		}) &&
		slices.EqualFunc(a.Merged, b.Merged, func(x, y head.Merged) bool { return bytes.Equal(x.Hive, y.Hive) && x.Number == y.Number })
}

// mergedOf says which proposals went into a share.
func (e *Engine) mergedOf(ctx context.Context, id ledger.ID) ([]head.Merged, error) {
	proposals, err := e.states.Proposals(ctx, id)
	if err != nil {
		return nil, err
	}
	var merged []head.Merged
	for _, p := range proposals {
		if p.Merged > 0 {
			merged = append(merged, head.Merged{Hive: []byte(p.Hive), Number: p.Merged})
		}
	}
	return merged, nil
}

// passes holds a step back that deletes a lot, until somebody said yes to it.
func (e *Engine) passes(ctx context.Context, id ledger.ID, from, to cid.Cid) (bool, error) {
	if from.Equals(to) {
		return true, nil
	}
	_, counts, err := tree.Plan(ctx, e.Blocks, from, to)
	if err != nil {
		return false, err
	}
	return e.guard(ctx, id, counts, to)
}

// guard is passes for a plan.
func (e *Engine) guard(ctx context.Context, id ledger.ID, counts tree.Counts, to cid.Cid) (bool, error) {
	r, err := e.states.Replica(ctx, id)
	if err != nil {
		return false, err
	}
	many := counts.Deleted > guardEntries && counts.Deleted*guardPart > counts.Entries && !r.Confirmed.Equals(to)
	guarded, root := int64(0), cid.Undef
	if many {
		guarded, root = int64(counts.Deleted), to
		e.log.Warn("deletes wait for a yes", "share", string(id), "deletes", counts.Deleted, "entries", counts.Entries)
	}
	if r.Guarded == guarded && r.GuardedRoot == root {
		return !many, nil
	}
	return !many, e.change(ctx, id, func(r *state.Replica) { r.Guarded, r.GuardedRoot = guarded, root })
}

// change changes how far a share is.
func (e *Engine) change(ctx context.Context, id ledger.ID, fn func(r *state.Replica)) error {
	return e.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return e.states.Change(ctx, tx, id, fn) })
}

// Confirm says yes to the deletes that wait.
func (e *Engine) Confirm(ctx context.Context, id ledger.ID) error {
	err := e.change(ctx, id, func(r *state.Replica) {
		if r.Guarded > 0 {
			r.Confirmed, r.Guarded, r.GuardedRoot = r.GuardedRoot, 0, cid.Undef
		}
	})
	if err == nil {
		e.wake(id)
	}
	return err
}
