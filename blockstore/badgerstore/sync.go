package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// keyLogs are the files in which Badger keeps the keys that are not in a table yet. Their numbers rise; it writes to the newest,
// and removes the others in their order, when they have become tables.
type keyLogs struct {
	dir string

	mu     sync.Mutex
	oldest int // number of the first that may not be on the disk
}

func (k *keyLogs) name(n int) string { return filepath.Join(k.dir, fmt.Sprintf("%05d.mem", n)) }

// sync puts on the disk all but the newest, once.
func (k *keyLogs) sync() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		if there, err := exists(k.name(k.oldest)); err != nil {
			return err
		} else if !there {
			if err := k.find(); err != nil {
				return err
			}
		}
		if another, err := exists(k.name(k.oldest + 1)); err != nil || !another {
			return err
		}
		if err := syncFile(k.name(k.oldest)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("badgerstore: sync keys: %w", err)
		}
		k.oldest++
	}
}

// find turns to the oldest that is there.
func (k *keyLogs) find() error {
	names, err := filepath.Glob(filepath.Join(k.dir, "*.mem"))
	if err != nil {
		return err
	}
	first := -1
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), "%d.mem", &n); err == nil && (first < 0 || n < first) {
			first = n
		}
	}
	k.oldest = max(first, k.oldest)
	return nil
}

func exists(name string) (bool, error) {
	_, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func syncFile(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return fmt.Errorf("%w: %w", errUnsafe, err)
	}
	return nil
}

// errUnsafe says that a disk failed to keep what was written. Which part of it is lost nobody knows, and the kernel takes the pages for
// written: another sync would succeed.
var errUnsafe = errors.New("badgerstore: the disk failed to keep what was written; check it and start again")

// Sync implements blockstore.EngineWriter. Badger by itself takes the newest log of keys, and none that it turned away from since
// the last time. After errUnsafe nothing is written any more.
func (e *Engine) Sync(context.Context) error {
	if err := e.unsafe.Load(); err != nil {
		return *err
	}
	err := e.db.Sync()
	if err != nil {
		err = fmt.Errorf("%w: %w", errUnsafe, err)
	}
	if err = errors.Join(err, e.keys.sync()); errors.Is(err, errUnsafe) {
		e.unsafe.Store(&err)
	}
	return err
}

// holdFiles keeps Badger from removing value-log files until release.
func (e *Engine) holdFiles() (release func()) {
	txn := e.db.NewTransaction(false)
	it := txn.NewIterator(badger.IteratorOptions{})
	return func() {
		it.Close()
		txn.Discard()
	}
}
