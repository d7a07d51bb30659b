package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

const (
	readTime  = 30 * time.Second // for one part of a file that somebody waits for, from all hives
	leastTime = 10 * time.Second // from one of them
	hungTime  = 10 * time.Minute // a hive that did not give anything in time is asked last for so long
	readAhead = 4 << 20          // bytes brought at once
)

// Fetch prepares to read a file that is not held: the function it returns brings a block from a hive that has it, and
// some after it, before the block is read. It is catalog.Config.Fetch.
func (m *Member) Fetch(ctx context.Context, r catalog.FetchRequest) (func(ctx context.Context, c cid.Cid) error, error) {
	share, err := shareIn(ctx, m, r.Space)
	if err != nil {
		return nil, err
	}
	hives, err := m.Others(ctx, share)
	if err != nil {
		return nil, err
	}
	file := &reading{member: m, share: share, hives: hives, want: content.Want{
		Entry: r.Entry, Number: r.Number, Path: strings.Split(strings.TrimPrefix(r.Path, "/"), "/"), Root: r.Root,
	}}
	file.path = file.want.Path
	if rest, err := adopt(ctx, m, share, []content.Want{file.want}); err != nil {
		return nil, err
	} else if len(rest) == 0 {
		return func(context.Context, cid.Cid) error { return nil }, nil
	}
	return file.bring, file.locate(ctx)
}

// locate finds where the file lies in the head that is applied now: of that one the hives are asked.
func (r *reading) locate(ctx context.Context) error {
	m, share := r.member, r.share
	st, err := m.States.Replica(ctx, share.ID)
	if err != nil {
		return err
	}
	if begun, ok := m.begun.Load(share.ID); ok && st.Seq == 0 { // its names are still written
		st.Seq, st.Root = begun.(*beginning).seq, begun.(*beginning).root
	}
	r.want.Path = r.path
	if e, err := tree.At(ctx, m.Blocks, st.Root, r.path); err != nil || !e.Root.Equals(r.want.Root) {
		moved, err := movesSince(ctx, m, share, st.Root)
		if err != nil {
			return err
		}
		r.want.Path = moved.before(r.path)
	}
	r.of = fetch.Of{Ref: fetch.Ref{Share: string(share.ID), Head: st.Seq}}
	r.of.Since, r.want.Base, err = older(ctx, m, share, st.Seq, r.want)
	return err
}

// shareIn is the share that a replica space is of.
func shareIn(ctx context.Context, m *Member, space int64) (ledger.Share, error) {
	shares, err := m.Ledger.Shares(ctx, ledger.Filter{Received: true})
	if err != nil {
		return ledger.Share{}, err
	}
	for _, s := range shares {
		if s.Space == space {
			return s, nil
		}
	}
	return ledger.Share{}, ledger.ErrNotFound
}

// reading is a file that is read while it comes.
type reading struct {
	member *Member
	share  ledger.Share
	hives  []peer.ID
	path   []string // as it was opened

	mu   sync.Mutex
	of   fetch.Of
	want content.Want // its path is that in the head
	file *content.Stream
}

// bring has a block come, if it did not yet.
func (r *reading) bring(ctx context.Context, c cid.Cid) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		if has, err := r.file.Has(ctx, c); has || err != nil {
			return err
		}
	}
	err := r.fromAny(ctx, c)
	if head := r.of.Head; errors.Is(err, &wire.Refusal{Code: wire.Stale}) { // it was opened many heads ago
		if lost := r.locate(ctx); lost != nil {
			return lost
		}
		if r.of.Head != head {
			r.file = nil
			err = r.fromAny(ctx, c)
		}
	}
	if err != nil {
		return r.unreachable(err)
	}
	return nil
}

// fromAny brings a block from the first hive that gives it.
func (r *reading) fromAny(ctx context.Context, c cid.Cid) error {
	var faults []error
	for _, hive := range inTurn(r.member, r.hives) {
		err := r.within(ctx, hive, c)
		if err == nil {
			return nil
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// within is from in the time that one hive has.
func (r *reading) within(ctx context.Context, hive peer.ID, c cid.Cid) error {
	limit, cancel := context.WithTimeout(ctx, max(leastTime, readTime/time.Duration(len(r.hives))))
	defer cancel()
	err := r.from(limit, hive, c)
	if limit.Err() != nil && ctx.Err() == nil {
		r.member.hung.Store(hive, time.Now())
	}
	return err
}

// inTurn puts hives last that hung lately.
func inTurn(m *Member, hives []peer.ID) []peer.ID {
	hung := func(hive peer.ID) int {
		if at, ok := m.hung.Load(hive); ok && time.Since(at.(time.Time)) < hungTime {
			return 1
		}
		return 0
	}
	hives = slices.Clone(hives)
	slices.SortStableFunc(hives, func(a, b peer.ID) int { return hung(a) - hung(b) })
	return hives
}

// from brings a block, and what follows it, from a hive.
func (r *reading) from(ctx context.Context, hive peer.ID, c cid.Cid) error {
	s, err := r.member.Dial(ctx, hive)
	if err != nil {
		return err
	}
	defer s.Close()
	w := r.member.Blocks.Writer()
	defer w.Close()
	var came, saved int64
	if r.file == nil {
		file := content.NewStream(content.Here{Blocks: r.member.Blocks, Partials: r.member.States.Partials(r.share.ID, "")}, r.of, r.want)
		if saved, err = file.Open(ctx, s, w); err != nil {
			return err
		}
		r.file = file
	}
	if has, err := r.file.Has(ctx, c); err != nil {
		return err
	} else if !has {
		if came, err = r.file.Bring(ctx, s, w, c, readAhead); err != nil {
			return err
		}
	}
	r.member.Counts.Received(r.of.Share, came, saved)
	if !r.file.Whole() {
		return nil
	}
	if err := w.Keep(ctx, r.want.Root); err != nil {
		return nil // parts of it were collected meanwhile; they come again when somebody reads
	}
	if err := w.Commit(ctx); err != nil {
		return err
	}
	return r.member.arrived(ctx, r.share, []content.Want{r.want})
}

// unreachable says why content cannot be had, in words for people.
func (r *reading) unreachable(cause error) error {
	if failures, _, _ := r.member.Breaker.State(r.share.Owner); failures > 0 {
		return fmt.Errorf("not held here, and the owner's hive does not answer: %w", cause)
	}
	return fmt.Errorf("not held here, and no hive gives it: %w", cause)
}
