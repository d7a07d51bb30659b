package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/melissiproject/hive/blockstore"
	mh "github.com/multiformats/go-multihash"
)

// flushKey is written and dropped to make Badger flush its memtable.
var flushKey = []byte("\x00flush")

// listPage is how many keys are read at once.
const listPage = 1000

// All implements blockstore.EngineSweeper. It reads keys only, and holds nothing while its caller works: Badger would remove no
// value-log file meanwhile, and a scrub takes days.
func (e *Engine) All(ctx context.Context) iter.Seq2[blockstore.Item, error] {
	return func(yield func(blockstore.Item, error) bool) {
		for after, more := []byte(nil), true; more; {
			page := e.page(after)
			more = len(page) == listPage
			for _, item := range page {
				if err := ctx.Err(); err != nil {
					yield(blockstore.Item{}, err)
					return
				}
				if !yield(item, nil) {
					return
				}
				after = item.Key
			}
		}
	}
}

// page lists the first blocks after a key.
func (e *Engine) page(after []byte) (items []blockstore.Item) {
	txn := e.db.NewTransaction(false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	for it.Seek(append(slices.Clip(after), 0)); it.Valid() && len(items) < listPage; it.Next() {
		item := it.Item()
		if item.Key()[0] == flushKey[0] {
			continue
		}
		items = append(items, blockstore.Item{Key: item.KeyCopy(nil), Size: item.ValueSize(), Seq: item.Version()})
	}
	return items
}

// Delete implements blockstore.EngineSweeper.
func (e *Engine) Delete(ctx context.Context, keys []mh.Multihash) error {
	e.write.Lock()
	defer e.write.Unlock()
	if err := e.disk.spend(); err != nil {
		return err
	}
	batch := e.db.NewWriteBatch()
	defer batch.Cancel()
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := batch.Delete(key); err != nil {
			return fmt.Errorf("badgerstore: delete: %w", err)
		}
	}
	return batch.Flush()
}

// Reclaim implements blockstore.EngineSweeper. Badger learns from compactions
// which values are garbage, so deletes are flushed and compacted first; then
// value-log files that are largely garbage are rewritten.
func (e *Engine) Reclaim(ctx context.Context) error {
	if err := e.flush(); err != nil {
		return fmt.Errorf("badgerstore: flush: %w", err)
	}
	if err := e.db.Flatten(1); err != nil {
		return fmt.Errorf("badgerstore: compact: %w", err)
	}
	return e.rewrite(ctx)
}

// flush makes Badger write its memtable into the tree. There is no call for
// that, but dropping a prefix does it.
func (e *Engine) flush() error {
	e.write.Lock()
	defer e.write.Unlock()
	err := e.db.Update(func(txn *badger.Txn) error { return txn.Set(flushKey, nil) })
	if err != nil {
		return err
	}
	return e.db.DropPrefix(flushKey)
}

// rewrite runs the garbage collection of the value log until it finds nothing
// worth its while. Writers wait while one file is rewritten, well under a second;
// with them running beside it Badger can bring deleted keys back.
func (e *Engine) rewrite(ctx context.Context) error {
	for ctx.Err() == nil {
		again, err := e.rewriteOne(ctx)
		if err != nil || !again {
			return err
		}
	}
	return ctx.Err()
}

// rewriteOne rewrites one file, which goes when what came out of it is on the disk: Badger by itself would not wait. Where that fails
// the file stays until the next start, for values are read from it, and so do those that are rewritten after it: files are held all together.
// Nobody else syncs meanwhile: the keys would be on the disk, with the new place of values that are not.
func (e *Engine) rewriteOne(ctx context.Context) (again bool, err error) {
	e.syncing.Lock()
	defer e.syncing.Unlock()
	release := e.holdFiles()
	if again, err = e.moveOne(); again {
		name := filepath.Join(e.disk.dir, fmt.Sprintf("%06d.vlog", e.rewriting.Load()))
		if err := errors.Join(e.salvage(ctx, name), e.sync()); err != nil {
			return false, fmt.Errorf("badgerstore: rewrite value log: %w", err) // and the file stays
		}
	}
	release()
	return again, err
}

func (e *Engine) moveOne() (again bool, err error) {
	e.write.Lock()
	defer e.write.Unlock()
	if err := e.disk.roomToRewrite(); err != nil {
		return false, err
	}
	err = e.db.RunValueLogGC(discardRatio)
	if errors.Is(err, badger.ErrNoRewrite) {
		return false, nil
	}
	if err = errors.Join(err, e.disk.grew(valueLogFile)); err != nil {
		return false, fmt.Errorf("badgerstore: rewrite value log: %w", err)
	}
	return true, nil
}

// Run implements blockstore.Upkeep: it makes the ballast again when there is
// space, and takes up rewriting where a stop interrupted it.
func (e *Engine) Run(ctx context.Context) error {
	restock, reclaim := time.NewTicker(time.Minute), time.NewTicker(reclaimInterval)
	defer restock.Stop()
	defer reclaim.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-restock.C:
			if err := e.disk.restock(); err != nil {
				e.log.Warn("restock ballast", "err", err)
			}
		case <-reclaim.C:
			if err := e.rewrite(ctx); err != nil && ctx.Err() == nil {
				e.log.Warn("reclaim space", "err", err)
			}
		}
	}
}

// Space implements blockstore.Upkeep.
func (e *Engine) Space() (free, reserve int64, err error) {
	free, err = e.disk.free()
	return free, e.disk.reserve, err
}
