package replica

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

const (
	readTime  = 30 * time.Second // for one part of a file that somebody waits for
	readAhead = 4 << 20          // bytes brought at once
)

// Fetch prepares to read a file that is not held: the function it returns brings a block from a hive that has it, and
// some after it, before the block is read. It is catalog.Config.Fetch.
func (e *Engine) Fetch(ctx context.Context, r catalog.FetchRequest) (func(ctx context.Context, c cid.Cid) error, error) {
	share, err := e.shareOf(ctx, r.Space)
	if err != nil {
		return nil, err
	}
	st, err := e.states.Replica(ctx, share.ID)
	if err != nil {
		return nil, err
	}
	hives, err := e.others(ctx, share)
	if err != nil {
		return nil, err
	}
	return (&reading{
		engine: e, share: share, hives: hives, ref: fetch.Ref{Share: string(share.ID), Head: st.Seq},
		want: content.Want{
			Entry: r.Entry, Number: r.Number, Path: strings.Split(strings.TrimPrefix(r.Path, "/"), "/"), Root: r.Root,
		},
	}).bring, nil
}

// shareOf is the share that a replica space is of.
func (e *Engine) shareOf(ctx context.Context, space int64) (ledger.Share, error) {
	shares, err := e.Ledger.Shares(ctx, ledger.Filter{Received: true})
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
	engine *Engine
	share  ledger.Share
	hives  []peer.ID
	ref    fetch.Ref
	want   content.Want

	mu   sync.Mutex
	file *content.Stream
}

// bring has a block come, if it did not yet.
func (r *reading) bring(ctx context.Context, c cid.Cid) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil && r.file.Has(c) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	var faults []error
	for _, hive := range r.hives {
		err := r.from(ctx, hive, c)
		if err == nil {
			return nil
		}
		faults = append(faults, err)
	}
	return r.engine.unreachable(r.share, errors.Join(faults...))
}

// from brings a block, and what follows it, from a hive.
func (r *reading) from(ctx context.Context, hive peer.ID, c cid.Cid) error {
	s, err := r.engine.dial(ctx, hive)
	if err != nil {
		return err
	}
	defer s.Close()
	w := r.engine.Blocks.Writer()
	defer w.Close()
	if r.file == nil {
		if r.file, err = content.OpenStream(ctx, s, w, r.ref, r.want); err != nil {
			return err
		}
		if r.file.Has(c) {
			return nil
		}
	}
	n, err := r.file.Bring(ctx, s, w, r.ref, c, readAhead)
	if err != nil {
		return err
	}
	r.engine.counts.received(r.ref.Share, n)
	if !r.file.Whole() {
		return nil
	}
	if err := w.Keep(ctx, r.want.Root); err != nil {
		return nil // parts of it were collected meanwhile; they come again when somebody reads
	}
	if err := w.Commit(ctx); err != nil {
		return err
	}
	return r.engine.arrived(ctx, r.share, []content.Want{r.want})
}

// unreachable says why content cannot be had, in words for people.
func (e *Engine) unreachable(share ledger.Share, cause error) error {
	if failures, _, _ := e.cfg.Breaker.State(share.Owner); failures > 0 {
		return fmt.Errorf("not held here, and the owner's hive does not answer: %w", cause)
	}
	return fmt.Errorf("not held here, and no hive gives it: %w", cause)
}
