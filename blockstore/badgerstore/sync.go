package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// keyLogs are the files in which Badger keeps the keys that are not in a table yet. Their numbers rise; it writes to the newest,
// and removes the others in their order, when they have become tables.
type keyLogs struct {
	dir    string
	oldest int // number of the first that may not be on the disk
}

func (k *keyLogs) name(n int) string { return filepath.Join(k.dir, fmt.Sprintf("%05d.mem", n)) }

// sync puts them on the disk: the newest each time, the others once.
func (k *keyLogs) sync() error {
	for {
		if there, err := exists(k.name(k.oldest)); err != nil {
			return err
		} else if !there {
			if err := k.find(); err != nil {
				return err
			}
		}
		another, err := exists(k.name(k.oldest + 1)) // asked first: what comes into it is not this call's
		if err != nil {
			return err
		}
		if err := syncFile(k.name(k.oldest)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("keys: %w", err)
		}
		if !another {
			return nil
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
	return errors.Join(safe(file), file.Close())
}

// safe puts on the disk what was written to a file, also through a map.
func safe(file *os.File) error {
	if err := file.Sync(); err != nil {
		return fmt.Errorf("%w: %w", errUnsafe, err)
	}
	return nil
}

// Unsafe says why no more writes are taken, if so: errUnsafe.
func (e *Engine) Unsafe() error {
	if err := e.unsafe.Load(); err != nil {
		return *err
	}
	return nil
}

// errUnsafe says that a disk failed to keep what was written. Which part of it is lost nobody knows, and the kernel takes the pages for
// written: another sync would succeed.
var errUnsafe = errors.New("the disk failed to keep what was written; check it and start again")

// Sync implements blockstore.EngineWriter. Badger's own holds up all that read and write for as long as the disk takes, and leaves
// out the logs of keys that it turned away from since the last time. After errUnsafe nothing is written any more.
func (e *Engine) Sync(context.Context) error {
	e.syncing.Lock()
	defer e.syncing.Unlock()
	return e.sync()
}

// syncAhead begins a sync that nobody waits for, unless one is under way, so that the disk has little left to keep when somebody
// does: Badger itself, and with it all that write, at the end of each value-log file.
func (e *Engine) syncAhead() {
	if !e.syncing.TryLock() {
		return
	}
	e.unsynced = 0
	go func() {
		defer e.syncing.Unlock()
		_ = e.sync() // errUnsafe is kept for all that come after
	}()
}

// sync comes with e.syncing held. Values go before the keys that point to them.
func (e *Engine) sync() error {
	if err := e.Unsafe(); err != nil {
		return err
	}
	synced := e.Mark()
	err := errors.Join(e.disk.sync(), e.keys.sync())
	if err == nil {
		err = e.mark.set(synced)
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("badgerstore: sync: %w", err)
	if errors.Is(err, errUnsafe) {
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
