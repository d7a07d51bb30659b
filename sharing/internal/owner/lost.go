package owner

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// ErrLost says that other hives have a head that this one signed and does not know: it comes from a backup. Until what is in that head
// is taken back no other is made.
var ErrLost = errors.New("sharing: this hive comes from a backup, other hives have a newer state of the share")

// lostTime is how long a lost head is tried to take back before heads are made without it: a hive that has one and does not give it must
// not end a share.
const lostTime = time.Hour

// lost is a head of before the backup was put in its place.
type lost struct {
	head   head.Head
	signed head.Signed
	hive   peer.ID // that told of it
	heard  time.Time
	late   bool        // heads were made without it already: none waits for it
	failed atomic.Bool // nobody gave it
}

// losses are what is known of lost heads until the next start.
type losses struct {
	lost    sync.Map // share to the lost head that is to be taken back
	doubted sync.Map // doubts, and since when
	skips   sync.Map // shares whose next head leaves a number out
}

// doubt is a hive that has another head of a share by the number of one of this hive.
type doubt struct {
	share ledger.ID
	hive  peer.ID
}

// pending is the lost head of a share that is to be taken back; nil where there is none, or it was tried for too long.
func (l *losses) pending(id ledger.ID) *lost {
	found, ok := l.lost.Load(id)
	if !ok || time.Since(found.(*lost).heard) > lostTime {
		return nil
	}
	return found.(*lost)
}

// givenUp is the lost head of a share that was tried for too long, and without which the next head is made; nil where there is none.
func (l *losses) givenUp(id ledger.ID) *lost {
	found, ok := l.lost.Load(id)
	if !ok || found.(*lost).late || time.Since(found.(*lost).heard) <= lostTime {
		return nil
	}
	return found.(*lost)
}

// doubts are the hives to ask for their newest head of a share.
func (l *losses) doubts(id ledger.ID) (hives []peer.ID) {
	l.doubted.Range(func(key, since any) bool {
		switch d := key.(doubt); {
		case time.Since(since.(time.Time)) > lostTime:
			l.doubted.CompareAndDelete(key, since)
		case d.share == id:
			hives = append(hives, d.hive)
		}
		return true
	})
	return hives
}

// loses tells whether there is something to ask for or to take back.
func (l *losses) loses(id ledger.ID) bool { return l.pending(id) != nil || len(l.doubts(id)) > 0 }

// TakeLost hears of a head that this hive may have signed and does not know.
func (o *Owner) TakeLost(ctx context.Context, share ledger.Share, from peer.ID, signed head.Signed) error {
	news, err := o.hear(ctx, share, from, signed)
	if news {
		o.Wake(share.ID)
	}
	return err
}

// hear is TakeLost, and tells whether there is something to do.
func (o *Owner) hear(ctx context.Context, share ledger.Share, from peer.ID, signed head.Signed) (news bool, err error) {
	h, err := head.Open(signed, o.Self)
	if errors.Is(err, head.ErrSignature) {
		return false, courier.Unknown()
	}
	if err != nil {
		return false, &wire.Refusal{Code: wire.Malformed, Text: "head"}
	}
	if _, may, err := o.Ledger.MayRead(ctx, share.ID, from); err != nil {
		return false, err
	} else if !may {
		return false, courier.Unknown()
	}
	newest, err := o.States.Newest(ctx, share.ID)
	if err != nil {
		return false, err
	}
	if known, err := o.knows(ctx, share.ID, h, signed); err != nil || known {
		return false, err
	}
	fate, err := o.States.Lost(ctx, share.ID, signed.Hash())
	if err != nil {
		return false, err
	}
	if fate == state.Taken {
		if newest.Seq > h.Seq+1 {
			return false, nil
		}
		o.skips.Store(share.ID, nil) // this hive ended before it made the head that all take
		return true, nil
	}
	if o.givenUp(share.ID) != nil { // the next head is made first, or whoever tells of one every hour ends the share
		return true, nil
	}
	l := &lost{head: h, signed: signed, hive: from, heard: time.Now(), late: fate == state.GivenUp}
	if before := o.pending(share.ID); before != nil {
		if !l.follows(before) {
			return true, nil
		}
		l.heard = before.heard
	}
	o.lost.Store(share.ID, l)
	o.Log.Warn("a head of this hive is not known here: does it come from a backup? What is in it is taken back", "share", string(share.ID),
		"seq", h.Seq, "newest", newest.Seq, "peer", from.String())
	return true, nil
}

// follows tells whether a lost head is to be taken back rather than one of before: the newer, but of one that nobody gave any other.
func (l *lost) follows(before *lost) bool {
	if l.late != before.late {
		return before.late
	}
	return l.head.Seq > before.head.Seq || before.failed.Load()
}

// knows tells whether what a head has is known here, or was and is forgotten. One whose number was left out here was lost; one between a head
// that was taken back and what is known from before is in that.
func (o *Owner) knows(ctx context.Context, id ledger.ID, h head.Head, signed head.Signed) (bool, error) {
	known, err := o.States.Head(ctx, id, h.Seq)
	if err != nil || known.Seq > 0 {
		return bytes.Equal(known.Signed.Hash(), signed.Hash()), err
	}
	before, after, err := state.Around(ctx, o.States, id, h.Seq)
	if err != nil || after.Seq == 0 {
		return false, err
	}
	next, err := head.Open(after.Signed, o.Self)
	return !bytes.Equal(before.Signed.Hash(), next.Prev), err
}

// askLost asks the hives for their newest heads where one of this hive does not follow those.
func (o *Owner) askLost(ctx context.Context, share ledger.Share) error {
	var faults []error
	for _, hive := range o.doubts(share.ID) {
		err := o.ask(ctx, share, hive)
		if err == nil {
			o.doubted.Delete(doubt{share.ID, hive})
			o.Wake(share.ID)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// ask hears which head of a share is the newest of a hive.
func (o *Owner) ask(ctx context.Context, share ledger.Share, hive peer.ID) error {
	s, err := o.Dial(ctx, hive)
	if err != nil {
		return err
	}
	defer s.Close()
	heads, _, err := s.Compare([]fetch.Known{{Share: string(share.ID)}})
	for _, h := range heads {
		if _, err := o.hear(ctx, share, hive, h); err != nil {
			return err
		}
	}
	return err
}
