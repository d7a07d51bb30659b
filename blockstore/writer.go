package blockstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/bits-and-blooms/bloom/v3"
	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
)

// Writer is the one door for bytes. What it stored or found present is safe
// from garbage collection until Close, which comes after the names of the new
// roots are committed:
//
//	w := store.Writer()
//	defer w.Close()
//	file, err := w.Import(ctx, r)
//	err = w.Commit(ctx)
//	// commit the name of file.Root
//
// A Writer may be used by several goroutines.
type Writer struct {
	store *Store
	mark  uint64 // blocks with a greater Seq may be ours
	reuse *reuse
}

// Writer opens the door. It costs next to nothing; Close must follow.
func (s *Store) Writer() *Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	// An older mark protects more, so one mark serves all writers of a second.
	if now := time.Now(); now.Sub(s.marked) > time.Second {
		s.mark, s.marked = s.engine.Mark(), now
	}
	w := &Writer{store: s, mark: s.mark, reuse: new(reuse)}
	s.writers[w] = struct{}{}
	return w
}

// Close ends the protection of what was written. Blocks that no root names by
// now are garbage. It may be called twice and its error is always nil.
func (w *Writer) Close() error {
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.writers[w]; !open {
		return nil
	}
	delete(s.writers, w)
	if s.running {
		s.retained = append(s.retained, w.reuse)
	}
	return nil
}

// Commit returns when all that w stored survives a power cut. Concurrent
// commits share one sync of the engine.
func (w *Writer) Commit(ctx context.Context) error {
	if err := w.store.sync.Wait(ctx); err != nil {
		return fmt.Errorf("sync blocks: %w", err)
	}
	return nil
}

// Fits says with ErrNoSpace that size bytes more would take of the reserve.
func (w *Writer) Fits(size int64) error {
	free, reserve, err := w.store.engine.Space()
	if err == nil && free >= 0 && free-size < reserve {
		err = fmt.Errorf("%w: %d bytes free, %d kept in reserve, %d to come", ErrNoSpace, free, reserve, size)
	}
	return err
}

// Put stores a block from elsewhere after comparing it with its CID.
func (w *Writer) Put(ctx context.Context, c cid.Cid, data []byte) error {
	return w.Receive(ctx, []Received{{c, data}})
}

// put stores the blocks that are new, and notes the others as used again.
func (w *Writer) put(ctx context.Context, blocks []Block) error {
	fresh := make([]Block, 0, len(blocks))
	for _, b := range blocks {
		known, err := w.present(ctx, b.Key)
		if err != nil {
			return err
		}
		if !known {
			fresh = append(fresh, b)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := w.store.engine.Put(ctx, fresh); err != nil {
		return err
	}
	for _, b := range fresh {
		w.store.damage.Forget(b.Key)
	}
	return nil
}

// present tells whether a block is in the store, and not known to be damaged; if so it stays until Close.
func (w *Writer) present(ctx context.Context, key mh.Multihash) (bool, error) {
	w.store.sweep.RLock()
	defer w.store.sweep.RUnlock()
	known, err := w.store.engine.Has(ctx, key)
	if known = known && !w.store.damage.Has(key); known {
		w.reuse.add(key)
	}
	return known, err
}

// reuse remembers the old blocks that a writer counts on, in constant memory: a
// Bloom filter, whose false positives only keep some garbage until next time.
type reuse struct {
	mu     sync.Mutex
	filter *bloom.BloomFilter
}

// 8 KiB: one in fifty wrong at 8,000 reused blocks (2 GiB), and then more.
const reuseBits, reuseHashes = 1 << 16, 4

func (r *reuse) add(key mh.Multihash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.filter == nil {
		r.filter = bloom.New(reuseBits, reuseHashes)
	}
	r.filter.Add(key)
}

func (r *reuse) has(key mh.Multihash) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.filter != nil && r.filter.Test(key)
}
