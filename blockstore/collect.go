package blockstore

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/bits-and-blooms/bloom/v3"
	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
)

// Collected is the outcome of a garbage collection.
type Collected struct {
	Kept     int64 // blocks
	Removed  int64 // blocks
	Freed    int64 // bytes of the removed blocks
	Duration time.Duration
}

// Collect removes every block that no root leads to. The caller brings all
// named roots; names committed while it runs are safe through their Writer.
//
// What is alive goes into a Bloom filter of 10 bits a block, so that a small
// machine can collect a large store: about one piece of garbage in a hundred is
// taken for alive and stays until the next run. A block is never removed when
// it was written after the oldest open Writer began, or found present by a
// Writer that was open at any moment of the run. When a root cannot be walked
// nothing is removed.
func (s *Store) Collect(ctx context.Context, roots iter.Seq2[cid.Cid, error]) (Collected, error) {
	start := time.Now()
	horizon, err := s.beginCollection()
	if err != nil {
		return Collected{}, err
	}
	defer s.endCollection()
	alive, err := s.markAlive(ctx, roots)
	if err != nil {
		return Collected{}, fmt.Errorf("mark: %w", err)
	}
	result, err := s.sweepDead(ctx, alive, horizon)
	if err != nil {
		return result, fmt.Errorf("sweep: %w", err)
	}
	if result.Removed > 0 {
		err = s.engine.Reclaim(ctx)
	}
	result.Duration = time.Since(start)
	return result, err
}

// beginCollection returns the horizon: a block with a greater Seq is too young.
func (s *Store) beginCollection() (horizon uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		return 0, ErrCollecting
	}
	s.running = true
	horizon = s.engine.Mark()
	for w := range s.writers {
		horizon = min(horizon, w.mark)
	}
	return horizon, nil
}

func (s *Store) endCollection() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.retained = false, nil
}

// markAlive walks every root. It reads nodes but no raw leaves.
func (s *Store) markAlive(ctx context.Context, roots iter.Seq2[cid.Cid, error]) (*bloom.BloomFilter, error) {
	var count uint
	for _, err := range s.engine.All(ctx) {
		if err != nil {
			return nil, err
		}
		count++
	}
	alive := bloom.NewWithEstimates(max(count, 1000), 0.01)
	for root, err := range roots {
		if err != nil {
			return nil, err
		}
		err := s.Walk(ctx, root, func(c cid.Cid) error {
			alive.Add(c.Hash())
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return alive, nil
}

// Walk calls visit with every CID under root, parents first, children in order,
// a shared one each time it is met. Raw leaves are named but not read.
func (s *Store) Walk(ctx context.Context, root cid.Cid, visit func(cid.Cid) error) error {
	return walk(ctx, s.get, root, visit, 0)
}

func walk(ctx context.Context, get getter, c cid.Cid, visit func(cid.Cid) error, depth int) error {
	if depth > maxWalk {
		return fmt.Errorf("%w: %s: deeper than %d levels", ErrFormat, c, maxWalk)
	}
	if err := visit(c); err != nil || c.Type() == cid.Raw {
		return err
	}
	data, err := get(ctx, c, nil)
	if err != nil {
		return err
	}
	children, err := Links(c, data)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := walk(ctx, get, child, visit, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// sweepDead deletes what is neither alive nor protected, in batches.
func (s *Store) sweepDead(ctx context.Context, alive *bloom.BloomFilter, horizon uint64) (Collected, error) {
	var result Collected
	var dead []Item
	for item, err := range s.engine.All(ctx) {
		if err != nil {
			return result, err
		}
		if alive.Test(item.Key) || item.Seq > horizon {
			result.Kept++
			continue
		}
		if dead = append(dead, item); len(dead) == 1000 {
			if err := s.remove(ctx, dead, &result); err != nil {
				return result, err
			}
			dead = dead[:0]
		}
	}
	return result, s.remove(ctx, dead, &result)
}

// remove deletes the items that no writer has found in use again. Writers that
// ask for one of them wait meanwhile, and then do not find it.
func (s *Store) remove(ctx context.Context, dead []Item, result *Collected) error {
	s.sweep.Lock()
	defer s.sweep.Unlock()
	used := s.reuses()
	keys := make([]mh.Multihash, 0, len(dead))
	var freed int64
next:
	for _, item := range dead {
		for _, r := range used {
			if r.has(item.Key) {
				result.Kept++
				continue next
			}
		}
		keys = append(keys, item.Key)
		freed += item.Size
	}
	if err := s.engine.Delete(ctx, keys); err != nil {
		return err
	}
	result.Removed += int64(len(keys))
	result.Freed += freed
	return nil
}

// reuses returns the filters of all writers open now or closed since the
// collection began.
func (s *Store) reuses() []*reuse {
	s.mu.Lock()
	defer s.mu.Unlock()
	used := append([]*reuse(nil), s.retained...)
	for w := range s.writers {
		used = append(used, w.reuse)
	}
	return used
}
