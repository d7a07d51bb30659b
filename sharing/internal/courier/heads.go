package courier

import (
	"context"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Kinds of messages.
const (
	KindHead     = "head"     // head.Signed: a share has a new state
	KindProposal = "proposal" // head.Signed: a writer's hive wants one
	KindVerdict  = "verdict"  // Verdict: what became of a proposal, where no head says so
)

// Verdict ends a proposal that no head will name.
type Verdict struct {
	Share  string    `cbor:"share"`
	Number uint64    `cbor:"number"`
	Code   wire.Code `cbor:"code"`
	Text   string    `cbor:"text,omitempty"`
}

// Unknown is the one answer to what is not there and to what is not for the asker.
func Unknown() error { return &wire.Refusal{Code: wire.Unknown} }

// HeadMessage brings a hive a head of a share.
func HeadMessage(id ledger.ID, to peer.ID, signed head.Signed) post.Message {
	return post.Message{To: to, Kind: KindHead, Key: KindHead + " " + string(id), Share: id, Body: signed}
}

// Tell sends a hive the newest head of a share.
func (c *Courier) Tell(ctx context.Context, id ledger.ID, hive peer.ID) error {
	if _, may, err := c.Ledger.MayRead(ctx, id, hive); err != nil || !may {
		return err
	}
	err := c.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The lock keeps the message about a head that is made meanwhile from being replaced by this one.
		if err := c.States.Change(ctx, tx, id, func(*state.Replica) {}); err != nil {
			return err
		}
		newest, err := c.States.NewestIn(ctx, tx, id)
		if err != nil || newest.Seq == 0 {
			return err
		}
		return c.Post.Put(ctx, tx, HeadMessage(id, hive, newest.Signed))
	})
	if err == nil {
		c.Post.Wake()
	}
	return err
}

// Accept takes a head that a hive brings.
type Accept func(ctx context.Context, from peer.ID, signed head.Signed) error

// compareWith are the shares that this hive and another have in common, as far as this one knows.
func (c *Courier) compareWith(ctx context.Context, hive peer.ID) ([]fetch.Known, error) {
	shares, err := c.Ledger.Shares(ctx, ledger.Filter{Active: true})
	if err != nil {
		return nil, err
	}
	var known []fetch.Known
	for _, s := range shares {
		if s.Space == 0 {
			continue
		}
		if _, ok, err := c.Ledger.MayRead(ctx, s.ID, hive); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		newest, err := c.States.Newest(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		known = append(known, fetch.Known{Share: string(s.ID), Seq: newest.Seq})
	}
	return known, nil
}

// Compare tells a hive how far this one is with the shares of both, has accept take heads that are newer, and sends the others.
func (c *Courier) Compare(ctx context.Context, hive peer.ID, accept Accept) error {
	known, err := c.compareWith(ctx, hive)
	if err != nil || len(known) == 0 {
		return err
	}
	s, err := fetch.Dial(ctx, c.Network, hive)
	if err != nil {
		return err
	}
	defer s.Close()
	heads, behind, err := s.Compare(known)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := accept(ctx, hive, h); err != nil {
			c.Log.Warn("head refused", "peer", hive.String(), "err", err)
		}
	}
	for _, id := range behind {
		if err := c.Tell(ctx, ledger.ID(id), hive); err != nil {
			return err
		}
	}
	for _, k := range known {
		c.Wake(ledger.ID(k.Share)) // to bring what only this hive may have
	}
	return nil
}
