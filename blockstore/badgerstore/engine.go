// Package badgerstore is the blockstore engine of a hive on one machine: blocks
// lie in the value log of a Badger database, in files of a folder of their own.
//
// It owns the settings of Badger, the free-space reserve and the reclaiming of
// space. It does not check hashes: package blockstore does.
package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/melissiproject/hive/blockstore"
	mh "github.com/multiformats/go-multihash"
)

// Settings of Badger, measured on 1 GiB of 256 KiB values: 695 MB/s written,
// 1,700 MB/s read and hashed, 26 MB of anonymous memory. With its defaults,
// which send values through the LSM tree, it is 199 MB/s, 92 MB/s and 2.5 GB.
const (
	valueThreshold  = 1 << 10   // bytes; larger values go to the value log
	valueLogFile    = 256 << 20 // bytes; 16 TiB fit into Linux's 65,530 mappings
	memTable        = 4 << 20   // bytes; small, so that discard statistics come soon
	maxPut          = 16 << 20  // bytes in one transaction
	discardRatio    = 0.3       // of a value-log file that is garbage, to rewrite it
	entryOverhead   = 128       // bytes a value takes beside its own, at most
	reclaimInterval = 10 * time.Minute
)

// Config of an Engine.
type Config struct {
	// Dir is the folder of the database, made when missing.
	Dir string
	// Reserve is the number of bytes of free disk under which writes are
	// refused; 1 GiB when 0. It must leave room for the SQL database, a
	// compaction and one value-log file that is being rewritten.
	Reserve int64
	// NoCompaction leaves out the compactors of Badger, which look for work
	// every 50 ms: 52 million times in a month of a test under virtual time.
	NoCompaction bool
	// Log receives Badger's warnings and what upkeep met; discarded when nil.
	Log *slog.Logger
}

// Engine is a blockstore.Engine on Badger. It is safe for concurrent use.
type Engine struct {
	db   *badger.DB
	disk *disk
	keys *keyLogs
	mark mark
	log  *slog.Logger

	rewriting *atomic.Uint32 // of the logger
	unsafe    atomic.Pointer[error]

	// write is held while Badger's files grow, by a Put, a Delete or a rewrite
	// of the value log, so that the room they need can be made before.
	write    sync.Mutex
	unsynced int64 // bytes put since a sync was begun ahead

	syncing sync.Mutex // held while files go to the disk
}

var _ blockstore.Engine = (*Engine)(nil)

// Open opens or makes the database in cfg.Dir. Only one process can have it open.
func Open(cfg Config) (*Engine, error) {
	if cfg.Dir == "" {
		return nil, errors.New("badgerstore: no folder")
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = 1 << 30
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("badgerstore: %w", err)
	}
	d, err := openDisk(cfg.Dir, cfg.Reserve)
	if err != nil {
		return nil, fmt.Errorf("badgerstore: %w", err)
	}
	if err := setAside(cfg.Dir); err != nil {
		return nil, fmt.Errorf("badgerstore: %w", err)
	}
	m, err := openMark(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("badgerstore: %w", err)
	}
	e := &Engine{disk: d, keys: &keyLogs{dir: cfg.Dir}, mark: m, log: cfg.Log, rewriting: new(atomic.Uint32)}
	opts := options(cfg).WithLogger(logger{cfg.Log, e.rewriting})
	e.db, err = badger.Open(opts)
	if err != nil && strings.Contains(err.Error(), "Create a new file") {
		// Seen after SIGKILL in 6 of 250 starts: the first open trips over a
		// value-log file that it truncates, the second finds all in order.
		cfg.Log.Warn("open blocks again", "err", err)
		e.db, err = badger.Open(opts)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("badgerstore: open %s: %w", cfg.Dir, err), m.file.Close())
	}
	// Before anything else is synced, which would count as on the disk.
	if err = e.forgetCut(context.Background()); err == nil {
		err = e.Sync(context.Background())
	}
	if err != nil {
		e.unsafe.Store(&err) // the next start has as much to look at
		return nil, errors.Join(fmt.Errorf("badgerstore: look at what was written last: %w", err), e.Close())
	}
	if err := e.takeBack(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("badgerstore: save what is behind damage: %w", err), e.Close())
	}
	return e, nil
}

func options(cfg Config) badger.Options {
	compactors := 2
	if cfg.NoCompaction {
		compactors = 0
	}
	return badger.DefaultOptions(cfg.Dir).
		WithMetricsEnabled(false).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLogFile).
		WithMemTableSize(memTable).
		WithNumMemtables(2).
		WithNumLevelZeroTables(2).
		WithNumLevelZeroTablesStall(8).
		WithNumCompactors(compactors).
		WithBlockCacheSize(0). // keys only: the page cache serves them
		WithIndexCacheSize(0).
		WithCompression(0).
		WithDetectConflicts(false).   // content-addressed: equal keys, equal values
		WithVerifyValueChecksum(true) // for those who read without hashing: it costs a tenth of that
}

// Close stops Badger. What was written and not synced is synced.
func (e *Engine) Close() error {
	e.syncing.Lock()
	defer e.syncing.Unlock()
	synced := e.Mark()
	e.disk.close()
	err := errors.Join(e.disk.spend(), e.db.Close())
	if err == nil && e.Unsafe() == nil {
		err = e.mark.set(synced)
	}
	if err = errors.Join(err, e.mark.file.Close()); err != nil {
		return fmt.Errorf("badgerstore: close: %w", err)
	}
	return nil
}

// Get implements blockstore.EngineReader.
func (e *Engine) Get(ctx context.Context, key mh.Multihash, dst []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err := e.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err != nil {
			return err
		}
		return whole(item, func(v []byte) error {
			dst = append(dst, v...)
			return nil
		})
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, blockstore.ErrNotFound
	}
	return dst, err
}

// whole hands on the value of an item, or ErrCorrupt.
func whole(item *badger.Item, do func(v []byte) error) error {
	return item.Value(func(v []byte) error {
		if len(v) == 0 && item.ValueSize() > 0 { // what Badger says, and logs why, when it cannot read one
			return fmt.Errorf("%w: a value of %d bytes", blockstore.ErrCorrupt, item.ValueSize())
		}
		return do(v)
	})
}

// Has implements blockstore.EngineReader.
func (e *Engine) Has(ctx context.Context, key mh.Multihash) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	err := e.db.View(func(txn *badger.Txn) error {
		_, err := txn.Get(key)
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Put implements blockstore.EngineWriter.
func (e *Engine) Put(ctx context.Context, blocks []blockstore.Block) error {
	for len(blocks) > 0 {
		n, size := fit(blocks)
		if err := e.putBatch(ctx, blocks[:n], size); err != nil {
			return err
		}
		blocks = blocks[n:]
	}
	return nil
}

// fit tells how many blocks go into the next transaction, and their bytes on disk.
func fit(blocks []blockstore.Block) (n int, size int64) {
	for n < len(blocks) && n < 500 && (n == 0 || size+int64(len(blocks[n].Data)) <= maxPut) {
		size += int64(len(blocks[n].Data)) + entryOverhead
		n++
	}
	return n, size
}

func (e *Engine) putBatch(ctx context.Context, blocks []blockstore.Block, size int64) error {
	e.write.Lock()
	defer e.write.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := e.Unsafe(); err != nil {
		return err
	}
	if err := e.disk.makeRoom(size); err != nil {
		return err
	}
	err := e.db.Update(func(txn *badger.Txn) error {
		for _, b := range blocks {
			if err := txn.SetEntry(badger.NewEntry(b.Key, b.Data)); err != nil {
				return err
			}
		}
		return nil
	})
	e.disk.startWriting()
	if e.unsynced += size; e.unsynced >= syncStep {
		e.syncAhead()
	}
	return err
}

// Mark implements blockstore.EngineWriter: a read transaction sees all commits
// up to its timestamp, and later ones are numbered higher.
func (e *Engine) Mark() uint64 {
	txn := e.db.NewTransaction(false)
	defer txn.Discard()
	return txn.ReadTs()
}
