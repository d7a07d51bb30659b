package replica

import (
	"context"
	"errors"
	"time"

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
	Proposed bool      // received: own changes wait for the owner's hive
	Guarded  int64     // deletes that wait for a yes
	Received int64     // bytes of content that came from other hives
	Sent     int64     // bytes of content that went to other hives
	Saved    int64     // bytes of content that did not have to come: they were here, or came as less
	Synced   time.Time // received: when a head was last applied; own: when one was last published
	Problem  error     // why it does not get on; nil where it does
	NextTry  time.Time // when it is tried again

	Confirmed []state.Confirmed // own: what the hives of members have
}

// missingPages bounds what a Status counts.
const missingPages = 100

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
	}
	if root.Defined() {
		folder, err := tree.Stat(ctx, e.courier.Blocks, root)
		if err != nil {
			return Status{}, err
		}
		s.Entries = folder.Entries
	}
	if !share.Own && share.Space != 0 {
		if err := e.countMissing(ctx, share.Space, &s); err != nil {
			return Status{}, err
		}
	}
	s.NextTry, s.Problem = e.problem(id)
	return s, nil
}

// Saved is how many bytes of content did not have to come, of all shares there are; the last half minute may be missing.
func (e *Engine) Saved(ctx context.Context) (int64, error) { return e.courier.States.Saved(ctx) }

// countMissing counts files that are not held, as far as that is quick.
func (e *Engine) countMissing(ctx context.Context, space int64, s *Status) error {
	after := int64(0)
	for range missingPages {
		page, err := e.courier.Catalog.Absent(ctx, space, after, 1000)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, c := range page {
			s.Missing++
			s.Bytes += c.Size
			after = c.Entry
		}
	}
	return nil
}

// problem is why a share does not get on.
func (e *Engine) problem(id ledger.ID) (next time.Time, err error) {
	e.mu.Lock()
	a := e.actors[id]
	e.mu.Unlock()
	if a == nil {
		return time.Time{}, nil
	}
	next, err = a.names.state()
	if a.content != nil {
		retry, cerr := a.content.state()
		if err == nil || (!retry.IsZero() && retry.Before(next)) {
			next = retry
		}
		err = errors.Join(err, cerr)
	}
	return next, err
}
