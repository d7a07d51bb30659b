package replica

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// source says what other hives may read.
type source struct {
	*courier.Courier
	missed func(id ledger.ID, proposal uint64) // hears that something of a proposal is not held any more
	own    *sync.Map                           // ids of shares of this hive that were asked for; whose a share is never changes
}

// share is a share of another hive, or only that it is own: of those every request asks.
func (s source) share(ctx context.Context, id ledger.ID) (ledger.Share, error) {
	if _, ok := s.own.Load(id); ok {
		return ledger.Share{ID: id, Own: true}, nil
	}
	share, err := s.Ledger.Share(ctx, id)
	if err == nil && share.Own {
		s.own.Store(id, nil)
	}
	return share, err
}

// mayRead tells whether a hive may read a share. One of another hive may only be read by whom the newest head names too: it may not be
// applied for long, as while its deletes wait for a yes.
func (s source) mayRead(ctx context.Context, id ledger.ID, hive peer.ID) (bool, error) {
	_, may, err := s.Ledger.MayRead(ctx, id, hive)
	if err != nil || !may {
		return false, err
	}
	share, err := s.share(ctx, id)
	if err != nil || share.Own || share.Owner == hive {
		return err == nil, err
	}
	newest, err := s.States.Newest(ctx, id)
	if err != nil || newest.Seq == 0 {
		return err == nil, err
	}
	var says head.Head
	err = wire.Unmarshal(newest.Signed.Body, &says)
	return err == nil && says.Role(hive, time.Now().Unix()) != "", err
}

// Tree implements fetch.Source.
func (s source) Tree(ctx context.Context, hive peer.ID, ref fetch.Ref) (cid.Cid, error) {
	may, err := s.mayRead(ctx, ledger.ID(ref.Share), hive)
	if err != nil {
		return cid.Undef, err
	}
	if ref.Proposal != 0 {
		return s.proposed(ctx, hive, ref, may)
	}
	h, err := s.States.Head(ctx, ledger.ID(ref.Share), ref.Head)
	if err != nil {
		return cid.Undef, err
	}
	if !may {
		return cid.Undef, courier.Unknown()
	}
	if h.Seq == 0 || len(ref.Hash) > 0 && !bytes.Equal(ref.Hash, h.Signed.Hash()) {
		return cid.Undef, notHere()
	}
	if err := s.names(ctx, hive, ledger.ID(ref.Share), h); err != nil {
		return cid.Undef, err
	}
	return h.Root, s.reached(ctx, ledger.ID(ref.Share), h.Seq)
}

func notHere() error { return &wire.Refusal{Code: wire.Stale, Text: "this head is not here"} }

// names refuses heads of before a hive became a member, but for the newest: what was deleted by then is not for it.
func (s source) names(ctx context.Context, hive peer.ID, id ledger.ID, h state.Head) error {
	var says head.Head
	if err := wire.Unmarshal(h.Signed.Body, &says); err != nil {
		return err
	}
	if slices.ContainsFunc(says.Members, func(m head.Member) bool { return bytes.Equal(m.Hive, []byte(hive)) }) {
		return nil
	}
	newest, err := s.States.Newest(ctx, id)
	if err != nil || newest.Seq == h.Seq {
		return err
	}
	if share, err := s.share(ctx, id); err != nil || share.Owner == hive {
		return err
	}
	return notHere()
}

// reached refuses a head whose tree is not here yet.
func (s source) reached(ctx context.Context, id ledger.ID, seq uint64) error {
	share, err := s.share(ctx, id)
	if err != nil || share.Own {
		return err
	}
	replica, err := s.States.Replica(ctx, id)
	if err == nil && replica.Seq < seq {
		err = &wire.Refusal{Code: wire.NotHeld, Text: "this head is not here yet"}
	}
	return err
}

// proposed is the tree of a proposal of this hive, which only the owner's hive may read.
func (s source) proposed(ctx context.Context, hive peer.ID, ref fetch.Ref, may bool) (cid.Cid, error) {
	replica, err := s.States.Replica(ctx, ledger.ID(ref.Share))
	if err != nil {
		return cid.Undef, err
	}
	if !may {
		return cid.Undef, courier.Unknown()
	}
	share, err := s.Ledger.Share(ctx, ledger.ID(ref.Share))
	if err != nil {
		return cid.Undef, err
	}
	switch {
	case share.Owner != hive || share.Own:
		return cid.Undef, courier.Unknown()
	case replica.Proposal != ref.Proposal || !replica.Open():
		return cid.Undef, &wire.Refusal{Code: wire.Stale, Text: "this proposal is closed"}
	case ref.Base:
		return replica.ProposalBase, nil
	}
	return replica.ProposalRoot, nil
}

// Newer implements fetch.Source.
func (s source) Newer(ctx context.Context, hive peer.ID, known []fetch.Known) iter.Seq2[fetch.News, error] {
	return func(yield func(fetch.News, error) bool) {
		for _, k := range known {
			news, some, err := s.news(ctx, hive, k)
			if (some || err != nil) && !yield(news, err) || err != nil {
				return
			}
		}
	}
}

// news is what there is to say of one share, if hive may hear it.
func (s source) news(ctx context.Context, hive peer.ID, k fetch.Known) (news fetch.News, some bool, err error) {
	id := ledger.ID(k.Share)
	may, err := s.mayRead(ctx, id, hive)
	if err != nil {
		return fetch.News{}, false, err
	}
	newest, err := s.States.Newest(ctx, id)
	if err == nil {
		err = s.confirm(ctx, hive, may, k, newest)
	}
	switch {
	case err != nil || !may || newest.Seq == k.Seq:
		return fetch.News{}, false, err
	case newest.Seq > k.Seq:
		return fetch.News{Head: newest.Signed}, true, nil
	}
	return fetch.News{Behind: k.Share}, true, nil
}

// confirm notes which head of a share of this hive a member has.
func (s source) confirm(ctx context.Context, hive peer.ID, may bool, k fetch.Known, newest state.Head) error {
	if !may || k.Seq == 0 || k.Seq > newest.Seq {
		return nil
	}
	share, err := s.Ledger.Share(ctx, ledger.ID(k.Share))
	if err != nil || !share.Own {
		return err
	}
	return s.States.Confirm(ctx, share.ID, hive, k.Seq)
}

// Held implements fetch.Source. The trees of this hive's own shares are made of its own catalog; those of others' may name
// whatever their owner likes.
func (s source) Held(ctx context.Context, ref fetch.Ref, files map[tree.UID]cid.Cid) (map[tree.UID]bool, error) {
	held := make(map[tree.UID]bool, len(files))
	share, err := s.share(ctx, ledger.ID(ref.Share))
	if err != nil {
		return nil, err
	}
	if share.Own {
		for uid := range files {
			held[uid] = true
		}
		return held, nil
	}
	roots := make(map[catalog.UID]cid.Cid, len(files))
	for uid, root := range files {
		roots[catalog.UID(uid)] = root
	}
	found, err := s.Catalog.HeldBefore(ctx, share.Space, roots)
	if err != nil {
		return nil, err
	}
	for uid := range found {
		held[tree.UID(uid)] = true
	}
	if ref.Proposal > 0 && !ref.Base && len(held) < len(files) {
		s.missed(share.ID, ref.Proposal)
	}
	return held, nil
}
