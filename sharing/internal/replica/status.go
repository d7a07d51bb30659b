package replica

import (
	"context"
	"errors"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/state"
	"github.com/melissiproject/hive/sharing/tree"
)

// Status is how far a share is, for people.
type Status struct {
	Seq      uint64    // number of the newest head that is known
	Applied  uint64    // received: number of the one the folder shows
	Entries  int64     // of the newest head that is here
	Missing  int64     // received: files whose content is not held
	Bytes    int64     // of those
	Complete bool      // the newest head is shown, with all content unless that comes on demand
	Proposed bool      // received: own changes wait for the owner's hive
	Guarded  int64     // deletes that wait for a yes, without those of proposals
	Received int64     // bytes of content that came from other hives
	Sent     int64     // bytes of content that went to other hives
	Saved    int64     // bytes of content that did not have to come: they were here, or came as less
	Synced   time.Time // received: when a head was last applied; own: when one was last published
	Problem  error     // why it does not get on; nil where it does
	NextTry  time.Time // when it is tried again

	Held      []Held            // own: proposals that wait for a yes
	Confirmed []state.Confirmed // own: what the hives of members have
}

// How long a count is good enough.
const (
	countedAgain = 20 // times what it took
	oldest       = 5 * time.Second
)

// missing is what a replica did not hold when it was counted. It is not counted again before some time.
type missing struct {
	files, bytes int64
	until        time.Time
}

// Status tells how far a share is.
func (e *Engine) Status(ctx context.Context, id ledger.ID) (Status, error) {
	share, err := e.courier.Ledger.Share(ctx, id)
	if err != nil {
		return Status{}, err
	}
	r, err := e.courier.States.Replica(ctx, id)
	if err != nil {
		return Status{}, err
	}
	newest, err := e.courier.States.Newest(ctx, id)
	if err != nil {
		return Status{}, err
	}
	s := Status{
		Seq: newest.Seq, Applied: r.Seq, Proposed: r.Open(), Guarded: r.Guarded, Synced: r.Synced,
	}
	r.Traffic.Add(e.courier.Counts.Peek(string(id)))
	s.Received, s.Sent, s.Saved = r.Traffic.Received, r.Traffic.Sent, r.Traffic.Saved
	root := r.Root
	if share.Own {
		root, s.Applied, s.Synced = newest.Root, newest.Seq, newest.Created
		if s.Confirmed, err = e.courier.States.Confirmed(ctx, id); err != nil {
			return Status{}, err
		}
		if s.Held, err = held(ctx, e.courier.States, id); err != nil {
			return Status{}, err
		}
	}
	if root.Defined() {
		folder, err := tree.Stat(ctx, e.courier.Blocks, root)
		if err != nil {
			return Status{}, err
		}
		s.Entries = folder.Entries
	}
	if s.Complete, err = e.complete(ctx, share, r.Seq, newest.Seq); err != nil {
		return Status{}, err
	}
	if !share.Own && share.Space != 0 && (!s.Complete || share.Mode == ledger.OnDemand) {
		m, err := e.countMissing(ctx, share)
		if err != nil {
			return Status{}, err
		}
		s.Missing, s.Bytes = m.files, m.bytes
	}
	s.NextTry, s.Problem = e.actorsOf(id).problem()
	return s, nil
}

// Await waits until a received share shows the newest head that is known here, and holds all content of it unless it comes
// on demand; or until it is over, for this hive or by what over says. One that is own has nothing to wait for.
func (e *Engine) Await(ctx context.Context, id ledger.ID, over func(ctx context.Context) (bool, error)) error {
	for {
		worked, changed := e.worked.Next(), e.courier.Ledger.Watch()
		share, err := e.courier.Ledger.Share(ctx, id)
		if err != nil || share.Own || !share.Live(time.Now()) {
			return err
		}
		if done, err := over(ctx); done || err != nil {
			return err
		}
		r, err := e.courier.States.Replica(ctx, id)
		if err != nil {
			return err
		}
		newest, err := e.courier.States.Newest(ctx, id)
		if err != nil {
			return err
		}
		if done, err := e.complete(ctx, share, r.Seq, newest.Seq); done || err != nil {
			return err
		}
		select {
		case <-worked:
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// complete tells whether a share shows its newest head, with all content unless that comes on demand.
func (e *Engine) complete(ctx context.Context, share ledger.Share, applied, newest uint64) (bool, error) {
	switch {
	case share.Own:
		return true, nil
	case applied == 0 || applied < newest:
		return false, nil
	case share.Mode == ledger.OnDemand:
		return true, nil
	}
	absent, err := e.courier.Catalog.Absent(ctx, share.Space, 0, 1)
	return len(absent) == 0, err
}

// Saved is how many bytes of content did not have to come, of all shares there are; the last half minute may be missing.
func (e *Engine) Saved(ctx context.Context) (int64, error) { return e.courier.States.Saved(ctx) }

// countMissing counts files that are not held. While they come it does so now and then only: people look at what is on its
// way again and again, and that may not slow it down.
func (e *Engine) countMissing(ctx context.Context, share ledger.Share) (m missing, err error) {
	a := e.actorsOf(share.ID)
	if a != nil {
		a.counting.Lock()
		defer a.counting.Unlock()
		if time.Now().Before(a.missing.until) {
			return a.missing, nil
		}
		defer func() { a.missing = m }()
	}
	began := time.Now()
	if m.files, m.bytes, err = catalog.CountAbsent(ctx, e.courier.Catalog, share.Space); err != nil {
		return missing{}, err
	}
	if m.files > 0 {
		m.until = time.Now().Add(min(countedAgain*time.Since(began), oldest))
	}
	return m, nil
}

// stepped has what is missing counted the next time that somebody asks, and wakes who waits for it.
func (a *actors) stepped() {
	a.counting.Lock()
	a.missing = missing{}
	a.counting.Unlock()
	a.worked.Ring()
}

// problem is why a share does not get on; nil actors have none.
func (a *actors) problem() (next time.Time, err error) {
	if a == nil {
		return time.Time{}, nil
	}
	next, err = a.names.state()
	retry, cerr := a.content.state()
	if err == nil || (!retry.IsZero() && retry.Before(next)) {
		next = retry
	}
	return next, errors.Join(err, cerr)
}
