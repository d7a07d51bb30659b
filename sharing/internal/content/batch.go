package content

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// content brings the chunks of a job. What came before an error is kept, and left out of the job.
func (r *run) content(ctx context.Context, hive peer.ID, s *fetch.Session, j *job) error {
	of, asked, err := r.ask(ctx, j.units)
	if err != nil {
		return local(err)
	}
	b := &batch{run: r, units: j.units, room: s.Room, bases: fetch.BaseReader{Blocks: r.fetcher.blocks}}
	defer b.bases.Close()
	failed := s.Content(of, asked, func(p fetch.Part) error { return b.take(ctx, p) })
	if errors.Is(failed, &wire.Refusal{Code: wire.Version}) && of.Since != nil {
		b.forgetBases() // it makes no deltas
		r.queue.done(j, &job{units: j.units, tried: j.tried})
		return nil
	}
	if errors.Is(failed, errPatch) {
		b.forgetBases()
	}
	if err := r.writer.Receive(context.WithoutCancel(ctx), b.blocks); err != nil {
		if errors.Is(err, blockstore.ErrCorrupt) {
			b.forgetBases()
			return fmt.Errorf("%w: %w", fetch.ErrProtocol, err)
		}
		return local(err)
	}
	return b.end(ctx, hive, j, failed, s.Squeezed())
}

// batch is what arrives for one job.
type batch struct {
	run    *run
	units  []unit
	room   func(int64) []byte // memory for what comes
	at     int                // unit under way
	came   int                // chunks of it
	ended  bool               // nothing more of it comes
	blocks []blockstore.Received
	bytes  int64 // that came
	saved  int64 // by deltas
	bases  fetch.BaseReader

	arrived []unit // what came
	missing []unit // the hive does not have them
	again   []unit // to be asked for anew: with a signature, or without a scrap
}

// take takes what comes next.
func (b *batch) take(ctx context.Context, p fetch.Part) error {
	if p.File == b.at+1 && (b.ended || b.came == b.units[b.at].count) {
		b.next()
	}
	if p.File != b.at {
		return fmt.Errorf("%w: part of unit %d after unit %d", fetch.ErrProtocol, p.File, b.at)
	}
	u := b.rest()
	switch {
	case b.ended || u.count == 0:
		return fmt.Errorf("%w: more chunks than were asked for", fetch.ErrProtocol)
	case p.Gap != nil:
		return b.gap(u, p.Gap)
	case p.Delta != nil:
		return b.patch(ctx, u, p.Delta)
	case p.Cut:
		b.bytes += int64(len(p.Data))
		u.file.scraps.keep(u.file.leaves[u.first].CID, p.Skip, p.Data)
		return nil
	}
	data, ok := u.file.scraps.complete(u.file.leaves[u.first].CID, p.Skip, p.Data)
	if !ok {
		return fmt.Errorf("%w: a chunk from byte %d on", fetch.ErrProtocol, p.Skip)
	}
	if leaf := u.file.leaves[u.first]; int64(len(data)) != leaf.Size { // which the quota counts
		return fmt.Errorf("%w: a chunk of %d bytes, named as %d", fetch.ErrProtocol, len(data), leaf.Size)
	}
	b.bytes += int64(len(p.Data))
	if p.Skip > 0 && !named(u.file.leaves[u.first].CID, data) {
		b.spoilt(u)
		return nil
	}
	b.add(u, data)
	return nil
}

// named tells whether a chunk is what its CID says.
func named(c cid.Cid, data []byte) bool {
	sum, err := c.Prefix().Sum(data)
	return err == nil && sum.Equals(c)
}

// spoilt puts the first chunk of a unit back, whose scrap may be from another hive: this one is not to blame. The scrap is gone.
func (b *batch) spoilt(u unit) {
	b.again = append(b.again, unit{file: u.file, first: u.first, count: 1})
	b.units[b.at].first, b.units[b.at].count = u.first+1, u.count-1
}

// rest is what did not come yet of the unit under way.
func (b *batch) rest() unit {
	u := b.units[b.at]
	u.first, u.count = u.first+b.came, u.count-b.came
	return u
}

// next goes on to the next unit.
func (b *batch) next() {
	if u := b.units[b.at]; b.came > 0 {
		u.count = b.came
		b.arrived = append(b.arrived, u)
	}
	b.at, b.came, b.ended = b.at+1, 0, false
}

// gap hears that the rest of a unit does not come.
func (b *batch) gap(u unit, reason error) error {
	b.ended = true
	if !errors.Is(reason, fetch.ErrUnbased) {
		b.run.note(fmt.Errorf("%v: %w", u.file.want.Path, reason))
		b.missing = append(b.missing, u)
		return nil
	}
	if u.signed {
		return fmt.Errorf("%w: it has a signature", fetch.ErrProtocol)
	}
	u.file.sign()
	b.again = append(b.again, u)
	return nil
}

// add takes the first chunk of the rest of a unit.
func (b *batch) add(u unit, data []byte) {
	b.blocks = append(b.blocks, blockstore.Received{CID: u.file.leaves[u.first].CID, Data: data})
	b.came++
}

func (b *batch) forgetBases() {
	for _, u := range b.units {
		u.file.forgetBase()
	}
}

// end notes what arrived and puts what did not back. Where the answer ended too early, the job is what is left of it.
func (b *batch) end(ctx context.Context, hive peer.ID, j *job, failed error, squeezed int64) error {
	var rest []unit
	if u := b.rest(); !b.ended && u.count > 0 {
		rest = append(rest, u)
	}
	rest = append(rest, b.units[b.at+1:]...)
	if failed == nil && len(rest) > 0 {
		failed = fmt.Errorf("%w: %d of %d parts are missing", fetch.ErrProtocol, len(rest), len(b.units))
	}
	b.next()
	r := b.run
	var whole []Want
	var partial []*file
	for _, u := range b.arrived {
		if u.file.got(u.first, u.count) {
			whole = append(whole, u.file.want)
		} else {
			partial = append(partial, u.file)
		}
	}
	var next []*job
	if len(b.missing) > 0 {
		next = append(next, j.after(hive, b.missing))
	}
	if len(b.again) > 0 {
		next = append(next, &job{units: b.again, tried: j.tried})
	}
	squeezed = min(squeezed, b.bytes) // the rest is no content
	r.fetcher.cfg.Received(b.bytes-squeezed, b.saved+squeezed)
	r.arrived(whole, partial, b.bytes)
	if failed != nil {
		j.units = rest
		r.queue.add(next...)
		return failed
	}
	r.queue.done(j, next...)
	r.settleSome(context.WithoutCancel(ctx))
	return nil
}

// arrived notes what is in the store but not yet safe.
func (r *run) arrived(whole []Want, partial []*file, bytes int64) {
	whole = r.queue.whole(whole)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.whole = append(r.whole, whole...)
	r.bytes += bytes
	for _, f := range partial {
		r.partial[f] = true
	}
}
