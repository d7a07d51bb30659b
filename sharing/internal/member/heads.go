package member

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// received returns a share of another hive that goes on here.
func (m *Member) received(ctx context.Context, id ledger.ID) (ledger.Share, error) {
	share, err := m.Ledger.Share(ctx, id)
	return share, goesOn(share, err)
}

// goesOn refuses what is no share of another hive, or none that was accepted here and goes on: nothing is kept of it.
func goesOn(share ledger.Share, err error) error {
	if errors.Is(err, ledger.ErrNotFound) || err == nil && (share.Own || share.Space == 0 || !share.Live(time.Now())) {
		return courier.Unknown()
	}
	return err
}

// TakeHead takes a head, from whoever brings it: the signature is what counts.
func (m *Member) TakeHead(ctx context.Context, from peer.ID, body wire.Raw) error {
	var signed head.Signed
	if err := wire.Unmarshal(body, &signed); err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	return m.accept(ctx, from, signed)
}

// accept keeps a head that is newer than what is known, and has the share looked at. One of a share of this hive may be one that it lost.
func (m *Member) accept(ctx context.Context, from peer.ID, signed head.Signed) error {
	id, err := shareOf(signed)
	if err != nil {
		return err
	}
	share, unknown := m.Ledger.Share(ctx, id)
	if unknown == nil && share.Own {
		return m.cfg.Lost(ctx, share, from, signed)
	}
	if unknown = goesOn(share, unknown); unknown != nil {
		share.Owner = from // so that the signature is checked for what is unknown too
	}
	h, err := head.Open(signed, share.Owner)
	if unknown != nil {
		return unknown
	}
	if errors.Is(err, head.ErrSignature) {
		return courier.Unknown()
	}
	if err != nil {
		return &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	if err := m.keep(ctx, share, h, signed); err != nil {
		return err
	}
	m.Log.Debug("head", "share", string(share.ID), "peer", from.String(), "seq", h.Seq)
	m.Wake(share.ID)
	return nil
}

// shareOf is the share that a head says it is of.
func shareOf(signed head.Signed) (ledger.ID, error) {
	var claim struct {
		Share string `cbor:"share"`
	}
	if err := wire.Unmarshal(signed.Body, &claim); err != nil {
		return "", &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	return ledger.ID(claim.Share), nil
}

// keep adds a head to those that are known. An old one is nothing new; one that contradicts what is known is refused. Of one that leaves
// numbers out nobody here sees whether it goes on from what is known: the owner's hive does, and may have forgotten that.
func (m *Member) keep(ctx context.Context, share ledger.Share, h head.Head, signed head.Signed) error {
	defer m.Post.Wake()
	return m.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		newest, err := m.States.NewestIn(ctx, tx, share.ID)
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
		if h.Seq > newest.Seq+1 && newest.Seq > 0 {
			if err := m.Post.Put(ctx, tx, courier.HeadMessage(share.ID, share.Owner, newest.Signed)); err != nil {
				return err
			}
		}
		return m.States.AddHead(ctx, tx, share.ID, state.Head{Seq: h.Seq, Root: h.Tree(), Signed: signed})
	})
}

// Compare tells a hive how far this one is with the shares of both, takes heads that are newer, and sends the others, with what is
// proposed to that hive.
func (m *Member) Compare(ctx context.Context, hive peer.ID) error {
	if err := m.Courier.Compare(ctx, hive, m.accept); err != nil {
		return err
	}
	return proposeAgain(ctx, m, hive)
}
