package content

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// maxChunks is how many chunks a file may have.
const maxChunks = 1 << 21

// file is a wanted file and what of it has arrived.
type file struct {
	want   Want
	leaves []blockstore.Leaf

	mu   sync.Mutex
	have []byte // bits
	open int    // chunks that are missing
}

// bits is a copy of what has arrived, nil when that is all.
func (f *file) bits() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == 0 {
		return nil
	}
	return append([]byte(nil), f.have...)
}

func (f *file) has(chunk int) bool { return f.have[chunk/8]&(1<<(chunk%8)) != 0 }

// got notes chunks and tells whether the file is whole.
func (f *file) got(first, count int) (whole bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for chunk := first; chunk < first+count; chunk++ {
		if !f.has(chunk) {
			f.have[chunk/8] |= 1 << (chunk % 8)
			f.open--
		}
	}
	return f.open == 0
}

// spans are the jobs for the chunks of f that are missing.
func (f *file) spans() []*job {
	var jobs []*job
	var span *job
	var bytes int64
	for chunk, leaf := range f.leaves {
		if f.has(chunk) {
			span = nil
			continue
		}
		if span == nil || bytes+leaf.Size > spanBytes {
			span, bytes = &job{files: []*file{f}, first: chunk}, 0
			jobs = append(jobs, span)
		}
		span.count, bytes = span.count+1, bytes+leaf.Size
	}
	return jobs
}

// list brings the chunk list of a large file. The nodes above the chunks are made here, and their root proves the list.
func (r *run) list(ctx context.Context, hive peer.ID, s *fetch.Session, j *job) error {
	f := j.files[0]
	leaves, err := askList(s, r.ref, f.want)
	if err != nil {
		return r.without(hive, j, err)
	}
	f.leaves = leaves
	if err := prove(ctx, r.writer, f.want, f.leaves); err != nil {
		return err
	}
	f.have, f.open = make([]byte, (len(f.leaves)+7)/8), len(f.leaves)
	if err := r.resume(ctx, f); err != nil {
		return local(err)
	}
	if f.open == 0 {
		r.queue.done(1)
		return r.arrived([]Want{f.want}, nil, 0)
	}
	r.queue.done(0, f.spans()...)
	return nil
}

// askList asks for a chunk list, which is believed only after prove.
func askList(s *fetch.Session, ref fetch.Ref, w Want) ([]blockstore.Leaf, error) {
	var leaves []blockstore.Leaf
	var offset int64
	err := s.List(ref, fetch.File{Path: w.Path, Root: w.Root.Bytes()}, func(l fetch.Leaf) error {
		c, err := cid.Cast(l.CID)
		if err != nil || c.Type() != cid.Raw || l.Size <= 0 || l.Size > blockstore.MaxBlock || len(leaves) == maxChunks {
			return fmt.Errorf("%w: chunk list of %v", fetch.ErrProtocol, w.Path)
		}
		leaves = append(leaves, blockstore.Leaf{CID: c, Size: l.Size, Offset: offset})
		offset += l.Size
		return nil
	})
	return leaves, err
}

// prove stores the nodes above the chunks, if the file is made of them.
func prove(ctx context.Context, w *blockstore.Writer, want Want, leaves []blockstore.Leaf) error {
	made, err := w.Assemble(ctx, func(yield func(blockstore.Leaf, error) bool) {
		for _, l := range leaves {
			if !yield(l, nil) {
				return
			}
		}
	})
	if err != nil {
		return local(err)
	}
	if !made.Root.Equals(want.Root) || made.Size != want.Size {
		return fmt.Errorf("%w: chunk list of %v does not make %s", fetch.ErrProtocol, want.Path, want.Root)
	}
	return nil
}

// resume finds what an earlier run brought.
func (r *run) resume(ctx context.Context, f *file) error {
	bits, err := r.fetcher.cfg.Partials.Chunks(ctx, f.want)
	if err != nil || len(bits) != len(f.have) {
		return err
	}
	for chunk := range f.leaves {
		if bits[chunk/8]&(1<<(chunk%8)) == 0 {
			continue
		}
		if held, err := r.writer.Present(ctx, f.leaves[chunk].CID); err != nil {
			return err
		} else if held {
			f.got(chunk, 1)
		}
	}
	return nil
}

// without ends a job that this hive cannot do; others may. An error other than that is handed on.
func (r *run) without(hive peer.ID, j *job, err error) error {
	if !errors.Is(err, fetch.ErrGone) && !errors.Is(err, fetch.ErrNotHeld) {
		return err
	}
	r.note(fmt.Errorf("hive %s: %v: %w", hive, j.files[0].want.Path, err))
	r.queue.done(0, j.after(hive, j.files))
	return nil
}

// after is the rest of a job that hive did not have.
func (j *job) after(hive peer.ID, files []*file) *job {
	rest := *j
	rest.files, rest.tried = files, maps.Clone(j.tried)
	if rest.tried == nil {
		rest.tried = make(map[peer.ID]bool)
	}
	rest.tried[hive] = true
	return &rest
}

// content brings the chunks of a job.
func (r *run) content(ctx context.Context, hive peer.ID, s *fetch.Session, j *job) error {
	b := &batch{run: r, job: j}
	span := j.files[0].leaves != nil
	asked := make([]fetch.File, len(j.files))
	for i, f := range j.files {
		asked[i] = fetch.File{Path: f.want.Path, Root: f.want.Root.Bytes()}
		if span {
			first, last := f.leaves[j.first], f.leaves[j.first+j.count-1]
			asked[i].Offset, asked[i].Length = first.Offset, last.Offset+last.Size-first.Offset
		}
	}
	take := b.takeFile
	if span {
		take = b.takeChunk
	}
	if err := s.Content(r.ref, asked, take); err != nil {
		return err
	}
	if err := r.writer.Receive(ctx, b.blocks); err != nil {
		if errors.Is(err, blockstore.ErrCorrupt) {
			return fmt.Errorf("%w: %w", fetch.ErrProtocol, err)
		}
		return local(err)
	}
	return b.end(ctx, hive, span)
}

// batch is what arrives for one job.
type batch struct {
	run     *run
	job     *job
	blocks  []blockstore.Received
	bytes   int64
	whole   []Want
	missing []*file
	next    int // file that comes next
}

// takeFile takes a small file, which is one chunk.
func (b *batch) takeFile(index int, data []byte, gap error) error {
	if index != b.next {
		return fmt.Errorf("%w: file %d in place of %d", fetch.ErrProtocol, index, b.next)
	}
	f := b.job.files[index]
	b.next++
	if gap != nil {
		b.run.note(fmt.Errorf("%v: %w", f.want.Path, gap))
		b.missing = append(b.missing, f)
		return nil
	}
	b.whole = append(b.whole, f.want)
	b.add(f.want.Root, data)
	return nil
}

// takeChunk takes the next chunk of a span.
func (b *batch) takeChunk(_ int, data []byte, gap error) error {
	f := b.job.files[0]
	if gap != nil {
		b.run.note(fmt.Errorf("%v: %w", f.want.Path, gap))
		b.missing = b.job.files
		return nil
	}
	if b.next == b.job.count || b.missing != nil {
		return fmt.Errorf("%w: more chunks than were asked for", fetch.ErrProtocol)
	}
	b.add(f.leaves[b.job.first+b.next].CID, data)
	b.next++
	return nil
}

func (b *batch) add(c cid.Cid, data []byte) {
	b.blocks = append(b.blocks, blockstore.Received{CID: c, Data: data})
	b.bytes += int64(len(data))
}

// end notes what arrived and puts what did not back.
func (b *batch) end(ctx context.Context, hive peer.ID, span bool) error {
	j, wanted := b.job, len(b.job.files)
	var rest []*job
	var partial *file
	if span {
		wanted, partial = j.count, j.files[0]
		if partial.got(j.first, b.next) {
			b.whole, partial = append(b.whole, j.files[0].want), nil
		}
	}
	switch {
	case b.missing == nil && b.next < wanted:
		return fmt.Errorf("%w: %d of %d parts", fetch.ErrProtocol, b.next, wanted)
	case b.missing != nil:
		next := j.after(hive, b.missing)
		if span {
			next.first, next.count = j.first+b.next, j.count-b.next
		}
		rest = append(rest, next)
	}
	b.run.queue.done(len(b.whole), rest...)
	if err := b.run.arrived(b.whole, partial, b.bytes); err != nil {
		return err
	}
	if err := b.run.settle(ctx, false); err != nil {
		b.run.note(err)
		b.run.queue.stop()
	}
	return nil
}

// arrived notes what is in the store but not yet safe.
func (r *run) arrived(whole []Want, partial *file, bytes int64) error {
	r.fetcher.cfg.Received(bytes)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.whole = append(r.whole, whole...)
	r.bytes += bytes
	if partial != nil {
		r.partial[partial] = true
	}
	return nil
}
