package content

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// list brings the chunk list of a large file, unless it came before. The nodes above the chunks are made here, and their root proves
// the list.
func (r *run) list(ctx context.Context, hive peer.ID, s *fetch.Session, j *job) error {
	f := j.list
	if here, err := r.fetcher.cfg.Here(ctx, f.want); err != nil {
		return local(err)
	} else if here {
		r.arrived([]Want{f.want}, nil, 0)
		r.queue.done(j)
		return nil
	}
	base, err := r.baseOf(ctx, f)
	if err != nil {
		return local(err)
	}
	var l list
	if base == nil {
		if l.leaves, err = knownList(ctx, r.fetcher.blocks, r.fetcher.cfg.Partials, f.want.Root); err != nil {
			return local(err)
		}
	}
	if l.leaves == nil {
		if l, err = askList(s, r.of, f.want, base); err != nil {
			return r.without(hive, j, f.doubt(err))
		}
	}
	if err := prove(ctx, r.writer, f.want, l.leaves); err != nil {
		return f.doubt(err)
	}
	f.setLeaves(l.leaves)
	saved, err := r.reuse(ctx, f, l)
	if err != nil {
		return local(err)
	}
	if err := r.resume(ctx, f); err != nil {
		return local(err)
	}
	if err := r.glean(ctx, f); err != nil {
		return local(err)
	}
	s.Squeezed() // a list is no content
	r.fetcher.cfg.Received(0, saved)
	if f.open == 0 {
		r.arrived([]Want{f.want}, nil, 0)
		r.queue.done(j)
		return nil
	}
	r.queue.done(j, f.jobs()...)
	return nil
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

// knownList is the chunk list of a content of which something came before, nil where it is not here any more, or never was.
func knownList(ctx context.Context, blocks *blockstore.Store, partials Partials, root cid.Cid) ([]blockstore.Leaf, error) {
	bits, err := partials.Chunks(ctx, root)
	if err != nil || len(bits) == 0 {
		return nil, err
	}
	leaves, err := oldLeaves(ctx, blocks, root)
	if err != nil || len(bits) != (len(leaves)+7)/8 {
		return nil, err
	}
	return leaves, nil
}

// resume finds what an earlier run brought.
func (r *run) resume(ctx context.Context, f *file) error {
	bits, err := r.fetcher.cfg.Partials.Chunks(ctx, f.want.Root)
	if err != nil || len(bits) != len(f.have) {
		return err
	}
	for chunk := range f.leaves {
		if f.has(chunk) || bits[chunk/8]&(1<<(chunk%8)) == 0 {
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

// mostGleaned is how many contents are looked through for chunks of another.
const mostGleaned = 16

// glean finds what came of other contents that are no file's: of what the file was, when it changes faster than it comes.
func (r *run) glean(ctx context.Context, f *file) error {
	if f.open == 0 {
		return nil
	}
	begun, err := r.fetcher.cfg.Partials.Some(ctx, mostGleaned)
	if err != nil {
		return err
	}
	came := make(map[cid.Cid]bool)
	for root, bits := range begun {
		if r.queue.under(root) {
			continue
		}
		leaves, err := oldLeaves(ctx, r.fetcher.blocks, root)
		if err != nil {
			return err
		}
		for chunk, leaf := range leaves {
			if len(bits) == 0 || chunk/8 < len(bits) && bits[chunk/8]&(1<<(chunk%8)) != 0 {
				came[leaf.CID] = true
			}
		}
	}
	for chunk, leaf := range f.leaves {
		if f.has(chunk) || !came[leaf.CID] {
			continue
		}
		if held, err := r.writer.Present(ctx, leaf.CID); err != nil {
			return err
		} else if held {
			f.got(chunk, 1)
		}
	}
	return nil
}

// without ends the job for a list that this hive does not have; others may. An error other than that is handed on.
func (r *run) without(hive peer.ID, j *job, err error) error {
	if !errors.Is(err, fetch.ErrGone) && !errors.Is(err, fetch.ErrNotHeld) {
		return err
	}
	r.note(fmt.Errorf("hive %s: %v: %w", hive, j.list.want.Path, err))
	r.queue.done(j, j.after(hive, nil))
	return nil
}

// after is the rest of a job that hive did not have.
func (j *job) after(hive peer.ID, units []unit) *job {
	rest := *j
	rest.units, rest.tried = units, maps.Clone(j.tried)
	if rest.tried == nil {
		rest.tried = make(map[peer.ID]bool)
	}
	rest.tried[hive] = true
	return &rest
}
