package replica

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Kinds of messages.
const (
	kindHead     = "head"     // head.Signed: a share has a new state
	kindProposal = "proposal" // head.Signed: a writer's hive wants one
	kindVerdict  = "verdict"  // verdict: what became of a proposal, where no head says so
)

// unknown is the one answer to what is not there and to what is not for the asker.
func unknown() error { return &wire.Refusal{Code: wire.Unknown} }

// received returns a share of another hive that goes on.
func (e *Engine) received(ctx context.Context, id ledger.ID) (ledger.Share, error) {
	share, err := e.Ledger.Share(ctx, id)
	if errors.Is(err, ledger.ErrNotFound) || (err == nil && (share.Own || !share.Live(time.Now()))) {
		return ledger.Share{}, unknown()
	}
	return share, err
}

// takeHead takes a head, from whoever brings it: the signature is what counts.
func (e *Engine) takeHead(ctx context.Context, from peer.ID, body wire.Raw) error {
	var signed head.Signed
	if err := wire.Unmarshal(body, &signed); err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	return e.accept(ctx, from, signed)
}

// accept keeps a head that is newer than what is known, and has the share looked at.
func (e *Engine) accept(ctx context.Context, from peer.ID, signed head.Signed) error {
	var claim struct {
		Share string `cbor:"share"`
	}
	if err := wire.Unmarshal(signed.Body, &claim); err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	share, err := e.received(ctx, ledger.ID(claim.Share))
	if err != nil {
		return err
	}
	h, err := head.Open(signed, share.Owner)
	if errors.Is(err, head.ErrSignature) {
		return unknown()
	}
	if err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	if err := e.keep(ctx, share, h, signed); err != nil {
		return err
	}
	e.log.Debug("head", "share", string(share.ID), "peer", from.String(), "seq", h.Seq)
	e.wake(share.ID)
	return nil
}

// keep adds a head to those that are known. An old one is nothing new; one that contradicts what is known is refused.
func (e *Engine) keep(ctx context.Context, share ledger.Share, h head.Head, signed head.Signed) error {
	return e.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		newest, err := e.states.NewestIn(ctx, tx, share.ID)
		if err != nil {
			return err
		}
		switch {
		case h.Seq < newest.Seq:
			return nil
		case h.Seq == newest.Seq:
			if !bytes.Equal(newest.Signed.Hash(), signed.Hash()) {
				return &wire.Refusal{Code: wire.Stale, Text: "another head has this number"}
			}
			return nil
		case h.Seq == newest.Seq+1 && newest.Seq > 0 && !bytes.Equal(newest.Signed.Hash(), h.Prev):
			return &wire.Refusal{Code: wire.Stale, Text: "does not follow the head before"}
		}
		return e.states.AddHead(ctx, tx, share.ID, state.Head{Seq: h.Seq, Root: h.Tree(), Signed: signed})
	})
}

// compareWith are the shares that this hive and another have in common, as far as this one knows.
func (e *Engine) compareWith(ctx context.Context, hive peer.ID) ([]fetch.Known, error) {
	shares, err := e.Ledger.Shares(ctx, ledger.Filter{Active: true})
	if err != nil {
		return nil, err
	}
	var known []fetch.Known
	for _, s := range shares {
		if s.Space == 0 {
			continue
		}
		if _, ok, err := e.Ledger.MayRead(ctx, s.ID, hive); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		newest, err := e.states.Newest(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		known = append(known, fetch.Known{Share: string(s.ID), Seq: newest.Seq})
	}
	return known, nil
}

// compare tells a hive how far this one is with the shares of both, takes heads that are newer, and sends the others.
func (e *Engine) compare(ctx context.Context, hive peer.ID) error {
	known, err := e.compareWith(ctx, hive)
	if err != nil || len(known) == 0 {
		return err
	}
	s, err := fetch.Dial(ctx, e.cfg.Network, hive)
	if err != nil {
		return err
	}
	defer s.Close()
	heads, behind, err := s.Compare(known)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := e.accept(ctx, hive, h); err != nil {
			e.log.Warn("head refused", "peer", hive.String(), "err", err)
		}
	}
	for _, id := range behind {
		if err := e.tell(ctx, ledger.ID(id), hive); err != nil {
			return err
		}
	}
	for _, k := range known {
		e.wake(ledger.ID(k.Share)) // to bring what only this hive may have
	}
	return nil
}

// source says what other hives may read.
type source struct{ *Engine }

// Tree implements fetch.Source.
func (s source) Tree(ctx context.Context, hive peer.ID, ref fetch.Ref) (cid.Cid, error) {
	_, may, err := s.Ledger.MayRead(ctx, ledger.ID(ref.Share), hive)
	if err != nil {
		return cid.Undef, err
	}
	if ref.Proposal != 0 {
		return s.proposed(ctx, hive, ref, may)
	}
	h, err := s.states.Head(ctx, ledger.ID(ref.Share), ref.Head)
	if err != nil {
		return cid.Undef, err
	}
	if !may {
		return cid.Undef, unknown()
	}
	if h.Seq == 0 {
		return cid.Undef, &wire.Refusal{Code: wire.Stale, Text: "this head is not here"}
	}
	return h.Root, s.reached(ctx, ledger.ID(ref.Share), h.Seq)
}

// reached refuses a head whose tree is not here yet.
func (s source) reached(ctx context.Context, id ledger.ID, seq uint64) error {
	share, err := s.Ledger.Share(ctx, id)
	if err != nil || share.Own {
		return err
	}
	replica, err := s.states.Replica(ctx, id)
	if err == nil && replica.Seq < seq {
		err = &wire.Refusal{Code: wire.NotHeld, Text: "this head is not here yet"}
	}
	return err
}

// proposed is the tree of a proposal of this hive, which only the owner's hive may read.
func (s source) proposed(ctx context.Context, hive peer.ID, ref fetch.Ref, may bool) (cid.Cid, error) {
	replica, err := s.states.Replica(ctx, ledger.ID(ref.Share))
	if err != nil {
		return cid.Undef, err
	}
	if !may {
		return cid.Undef, unknown()
	}
	share, err := s.Ledger.Share(ctx, ledger.ID(ref.Share))
	if err != nil {
		return cid.Undef, err
	}
	switch {
	case share.Owner != hive || share.Own:
		return cid.Undef, unknown()
	case replica.Proposal != ref.Proposal || !replica.Open():
		return cid.Undef, &wire.Refusal{Code: wire.Stale, Text: "this proposal is closed"}
	case ref.Base:
		return replica.ProposalBase, nil
	}
	return replica.ProposalRoot, nil
}

// Newer implements fetch.Source.
func (s source) Newer(ctx context.Context, hive peer.ID, known []fetch.Known) (heads []head.Signed, behind []string, err error) {
	for _, k := range known {
		id := ledger.ID(k.Share)
		_, may, err := s.Ledger.MayRead(ctx, id, hive)
		if err != nil {
			return nil, nil, err
		}
		newest, err := s.states.Newest(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case !may:
		case newest.Seq > k.Seq:
			heads = append(heads, newest.Signed)
		case newest.Seq < k.Seq:
			behind = append(behind, k.Share)
		}
	}
	return heads, behind, nil
}

// refused is the code of a refusal, "" for other errors.
func refused(err error) wire.Code {
	if r, ok := errors.AsType[*wire.Refusal](err); ok {
		return r.Code
	}
	return ""
}

// errGuarded is why a step does not go on.
var errGuarded = errors.New("sharing: too many deletes at once; they wait for a yes")
