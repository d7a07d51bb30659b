// Package owner is the side of a share on the hive of its owner: it merges what writers propose into the folder and
// publishes heads.
//
// It owns which head is next, and what becomes of a proposal. It does not own who is a member (internal/ledger), how
// trees are merged (package tree), what both sides of a share do alike (internal/courier), nor when a share is looked
// at (internal/replica).
package owner

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// Owner looks after the shares of this hive. It is safe for concurrent use.
type Owner struct {
	*courier.Courier

	losses
	began sync.Map // share to the number of its newest head when this hive began

	preparing sync.Mutex // held by who lets a tree grow that nobody needs yet
	barren    sync.Map   // share to true, for those whose tree did not grow so
}

// New returns an owner.
func New(c *courier.Courier) *Owner { return &Owner{Courier: c} }

// Publish publishes what is new in a share of this hive. It waits for no other hive. Of a share that is only offered the tree grows, so
// that who accepts does not wait for it.
func (o *Owner) Publish(ctx context.Context, id ledger.ID) error {
	share, err := o.Ledger.Share(ctx, id)
	if err != nil || !share.Live(time.Now()) {
		return err
	}
	members, remote, err := o.membersOf(ctx, share)
	if err != nil {
		return err
	}
	if len(remote) == 0 { // a share among users of this hive is a mount of the folder itself
		return o.prepare(ctx, share)
	}
	if l := o.pending(id); l != nil && !l.late {
		return ErrLost
	}
	return o.publish(ctx, share, members, remote)
}

// prepare has the tree of a share grow that is only offered to other hives. It does so once, whatever comes of it, for an offer may
// stay for good: what changes then is for who accepts. And for one share at a time, as a large folder takes long.
func (o *Owner) prepare(ctx context.Context, share ledger.Share) error {
	members, err := o.Ledger.Members(ctx, share.ID)
	if err != nil {
		return err
	}
	now := time.Now()
	offered := slices.ContainsFunc(members, func(m ledger.Member) bool {
		return m.State == ledger.Offered && m.Hive != o.Self && m.Live(now)
	})
	if _, barren := o.barren.Load(share.ID); !offered || barren || !o.preparing.TryLock() {
		return nil
	}
	defer o.preparing.Unlock()
	if there, err := o.Forest.Has(ctx, share.Folder); err != nil || there {
		return err
	}
	if _, err = o.Forest.Grow(ctx, share.Space, share.Folder); err != nil {
		o.barren.Store(share.ID, true)
	}
	return err
}

// Merge merges what is proposed to a share of this hive, also what is while it waits for other hives: then news has a value. It may
// run beside Publish.
func (o *Owner) Merge(ctx context.Context, id ledger.ID, news <-chan struct{}) error {
	share, err := o.Ledger.Share(ctx, id)
	if err != nil || !share.Live(time.Now()) {
		return err
	}
	return o.mergeAll(ctx, share, news)
}

// membersOf are the members a head names, and the other hives among theirs.
func (o *Owner) membersOf(ctx context.Context, share ledger.Share) (names []head.Member, remote []peer.ID, err error) {
	members, err := o.Ledger.Members(ctx, share.ID)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	for _, m := range members {
		if m.State != ledger.Accepted || !m.Live(now) {
			continue
		}
		names = append(names, named(m))
		if m.Hive != o.Self && !slices.Contains(remote, m.Hive) {
			remote = append(remote, m.Hive)
		}
	}
	return names, remote, nil
}

// named is a member as a head has it.
func named(m ledger.Member) head.Member {
	n := head.Member{Hive: []byte(m.Hive), User: m.User, Role: string(m.Role)}
	if m.Expires != nil {
		n.Expires = m.Expires.Unix()
	}
	return n
}
