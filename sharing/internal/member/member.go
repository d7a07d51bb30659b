// Package member is the side of a share on the hive of a member: it follows the heads of the owner, brings the content,
// and proposes what changed here.
//
// It owns which heads are believed, how the folder comes from one to the next, and the proposal that is open. It does
// not own what becomes of a proposal (internal/owner), how trees are merged (package tree), how bytes are asked for
// (internal/content, internal/fetch), nor when a share is looked at (internal/replica).
package member

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// ErrRevoked is a share whose newest head does not name this hive.
var ErrRevoked = errors.New("sharing: this hive is not a member any more")

// Config of a Member.
type Config struct {
	Courier     *courier.Courier
	WakeContent func(ledger.ID)      // has the content of a share looked at
	Due         func(ledger.ID) bool // tells whether to compare with other hives without a cause, once for each time that is due
	// Lost takes a head of a share of this hive that is newer than what it knows.
	Lost func(ctx context.Context, share ledger.Share, from peer.ID, signed head.Signed) error
}

// Member looks after the shares of other hives. It is safe for concurrent use.
type Member struct {
	*courier.Courier
	cfg Config

	missed  sync.Map // share to the number of its last proposal of which something is not held any more
	refused sync.Map // share to its last proposal that was refused
	begun   sync.Map // share to its *beginning
	hung    sync.Map // hive to when it gave nothing in time to who reads
}

// New returns a member.
func New(cfg Config) *Member {
	return &Member{Courier: cfg.Courier, cfg: cfg}
}

// Follow looks after the names of a received share: it applies the newest head, and proposes what changed here.
func (m *Member) Follow(ctx context.Context, id ledger.ID) error {
	for range courier.Rounds {
		done, err := m.followOnce(ctx, id)
		if err != nil || done {
			return err
		}
	}
	return errors.New("sharing: the replica changes too fast")
}

func (m *Member) followOnce(ctx context.Context, id ledger.ID) (done bool, err error) {
	share, err := m.Ledger.Share(ctx, id)
	if err != nil || !share.Live(time.Now()) || share.Space == 0 {
		return true, err
	}
	newest, err := m.States.Newest(ctx, id)
	if err != nil {
		return true, err
	}
	if newest.Seq == 0 {
		return true, m.askForHead(ctx, share)
	}
	h, err := head.Open(newest.Signed, share.Owner)
	if err != nil {
		return true, err
	}
	role, err := roleIn(ctx, m, share, h)
	if err != nil {
		return true, err
	}
	r, err := m.States.Replica(ctx, id)
	if err != nil {
		return true, err
	}
	if h.Seq == r.Seq {
		m.lookAround(ctx, share)
	}
	w := m.Blocks.Writer()
	defer w.Close()
	if h.Seq > r.Seq {
		if err := m.bringHead(ctx, w, share, h, r); err != nil {
			return true, err
		}
	}
	done, err = m.advance(ctx, w, share, h, r, role)
	if errors.Is(err, courier.ErrGuarded) {
		return true, nil // a yes wakes it
	}
	return done, err
}

// roleIn is what this hive may do with a share. Who became a writer hears so before a head says it: what was written in between
// stays.
func roleIn(ctx context.Context, m *Member, share ledger.Share, h head.Head) (string, error) {
	role := h.Role(m.Self, time.Now().Unix())
	if role == "" {
		return "", ErrRevoked
	}
	if by, err := m.writerOf(ctx, share); err != nil || by != "" {
		return head.Writer, err
	}
	return role, nil
}

// askForHead asks the owner, and then the others, for a first head.
func (m *Member) askForHead(ctx context.Context, share ledger.Share) error {
	hives, err := m.Others(ctx, share)
	if err != nil {
		return err
	}
	var faults []error
	for _, hive := range hives {
		err := m.Compare(ctx, hive)
		if newest, nerr := m.States.Newest(ctx, share.ID); nerr != nil || newest.Seq > 0 {
			return nerr
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...) // the head comes by itself when there is one
}

// lookAround compares with the other hives once in a while, should the news of a head have been lost on all ways.
func (m *Member) lookAround(ctx context.Context, share ledger.Share) {
	if !m.cfg.Due(share.ID) {
		return
	}
	hives, err := m.Others(ctx, share)
	if err != nil {
		return
	}
	for _, hive := range hives {
		if m.Trouble(hive) == 0 && m.Compare(ctx, hive) == nil {
			return
		}
	}
}
