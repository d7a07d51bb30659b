package badgerstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/melissiproject/hive/blockstore"
	"golang.org/x/sys/unix"
)

// Badger writes through memory maps of sparse files. When the disk is full such
// a write is no error but a SIGBUS, which ends the process; and the next start
// dies the same way. Three things together keep that from happening:
//
//   - the reserve: below it no block is written;
//   - room made ahead: the part of the value log that a batch goes to is
//     allocated before, in whole pages, so that even another program that
//     fills the disk in the same moment only makes the allocation fail, with an
//     error;
//   - the ballast: a file that is given up when a full disk would keep a hive
//     from starting, deleting or stopping.
const (
	ballastSize = 64 << 20 // bytes
	allocStep   = 32 << 20 // bytes of the value log made ready at a time
	largestPage = 2 << 20  // bytes of the page cache that Linux dirties at once, at most
	writeStep   = 8 << 20  // bytes of it handed to the disk at a time
	syncStep    = 32 << 20 // bytes after which the disk is made to keep them, ahead of who waits for it
	leastFree   = 8 << 20  // bytes without which Badger is not let near the disk
)

// disk watches the file system of the blocks.
type disk struct {
	dir     string
	reserve int64 // bytes

	mu        sync.Mutex
	vlog      uint32     // number of the newest value-log file seen
	file      *os.File   // that file, nil before the first
	full      []*os.File // those before it that may not be on the disk
	end       int64      // upper bound of what is written to it
	allocated int64      // bytes from its start that have disk behind them
	pages     pages
	sent      int64 // bytes from its start that the kernel was told to write
}

func openDisk(dir string, reserve int64) (*disk, error) {
	d := &disk{dir: dir, reserve: reserve}
	return d, errors.Join(d.spend(), d.restock())
}

// free returns the bytes that the file system has left for us.
func (d *disk) free() (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(d.dir, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", d.dir, err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// makeRoom returns when size bytes can be written to the value log, whatever
// other programs do to the disk.
func (d *disk) makeRoom(size int64) error {
	free, err := d.free()
	if err != nil {
		return err
	}
	if free-size < d.reserve {
		return fmt.Errorf("%w: %d bytes free, %d kept in reserve", blockstore.ErrNoSpace, free, d.reserve)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.follow(); err != nil {
		return err
	}
	if d.end+size > d.allocated {
		// A write through the map takes disk for all of the page that it touches, which may be a large one.
		to := (d.end + max(allocStep, size) + largestPage - 1) / largestPage * largestPage
		err := unix.Fallocate(int(d.file.Fd()), unix.FALLOC_FL_KEEP_SIZE, d.allocated, to-d.allocated)
		if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
			return fmt.Errorf("%w: %w", blockstore.ErrNoSpace, err)
		}
		if err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
			return fmt.Errorf("make room in %s: %w", d.file.Name(), err)
		}
		d.allocated = to
	}
	if size >= bulk {
		d.pages.make(d.file, d.end, min(d.end+size+pagesAhead, d.allocated))
	}
	d.end += size
	return nil
}

// roomToRewrite tells whether a value-log file can be written again before the
// old one goes. It may use the reserve, which is there for this.
func (d *disk) roomToRewrite() error {
	free, err := d.free()
	if err == nil && free < valueLogFile {
		err = fmt.Errorf("%w: %d bytes free, %d needed to rewrite a value-log file", blockstore.ErrNoSpace, free, valueLogFile)
	}
	return err
}

// startWriting has the kernel write what is in the page cache, without waiting,
// so that little is left to do when a commit or the end of a value-log file
// waits for it.
func (d *disk) startWriting() {
	d.mu.Lock()
	defer d.mu.Unlock()
	// Not the page that the next batch goes on in: it would be written twice.
	to := d.end / largestPage * largestPage
	if d.file == nil || to-d.sent < writeStep {
		return
	}
	// Only a hint: Sync reports what goes wrong.
	_ = unix.SyncFileRange(int(d.file.Fd()), d.sent, to-d.sent, unix.SYNC_FILE_RANGE_WRITE)
	d.sent = to
}

// grew notes that Badger may have written size bytes by itself, to the file it had or to new ones.
func (d *disk) grew(size int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.follow()
	d.end = min(d.end+size, valueLogFile+maxPut) // Badger turns to the next file before it holds more
	d.pages.made = d.end + valueLogFile          // where Badger writes is not known any more in this file
	return err
}

// follow turns to the newest value-log file. Badger begins one at every start,
// and another when a file is full; their numbers rise by one.
func (d *disk) follow() error {
	for {
		next, err := d.openVlog(d.vlog + 1)
		if errors.Is(err, os.ErrNotExist) {
			if d.file == nil {
				return d.findFirst()
			}
			return nil
		}
		if err != nil {
			return err
		}
		d.turnTo(d.vlog+1, next)
	}
}

// findFirst opens the newest of the files that are there, and the one before, which a killed hive may have written to last.
func (d *disk) findFirst() error {
	names, err := filepath.Glob(filepath.Join(d.dir, "*.vlog"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no value log in %s: %w", d.dir, errors.Join(err, os.ErrNotExist))
	}
	for _, name := range names[max(0, len(names)-2):] { // six digits each, in order
		var n uint32
		if _, err := fmt.Sscanf(filepath.Base(name), "%d.vlog", &n); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		file, err := d.openVlog(n)
		if err != nil {
			return err
		}
		d.turnTo(n, file)
	}
	return nil
}

func (d *disk) openVlog(n uint32) (*os.File, error) {
	return os.OpenFile(filepath.Join(d.dir, fmt.Sprintf("%06d.vlog", n)), os.O_RDWR, 0)
}

func (d *disk) turnTo(n uint32, file *os.File) {
	if d.file != nil {
		d.full = append(d.full, d.file)
	}
	d.vlog, d.file, d.end, d.allocated, d.sent, d.pages = n, file, 0, 0, 0, pages{}
}

// sync puts the value log on the disk, and holds nobody up. One call at a time.
func (d *disk) sync() error {
	newest, full, err := d.take()
	if err != nil {
		return err
	}
	for _, file := range full {
		err = errors.Join(err, safe(file), file.Close())
	}
	return errors.Join(err, safe(newest))
}

// take gives the files that are to be synced.
func (d *disk) take() (newest *os.File, full []*os.File, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.follow(); err != nil {
		return nil, nil, err
	}
	full, d.full = d.full, nil
	return d.file, full, nil
}

// close lets go of the value log.
func (d *disk) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file != nil {
		d.full = append(d.full, d.file)
	}
	for _, file := range d.full {
		file.Close()
	}
	d.file, d.full = nil, nil
}

func (d *disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// spend gives the ballast up when little else is free. It comes before all that
// Badger writes though the disk is full: opening, deleting, closing.
func (d *disk) spend() error {
	free, err := d.free()
	if err != nil || free >= ballastSize/2 {
		return err
	}
	if err := os.Remove(d.ballast()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if free, err = d.free(); err == nil && free < leastFree {
		err = fmt.Errorf("%w: %s has %d bytes free, at least %d are needed to go on", blockstore.ErrNoSpace, d.dir, free, leastFree)
	}
	return err
}

// restock makes the ballast again when there is plenty of space.
func (d *disk) restock() error {
	free, err := d.free()
	if err != nil || free < d.reserve+2*ballastSize {
		return err
	}
	if st, err := os.Stat(d.ballast()); err == nil && st.Size() == ballastSize {
		return nil
	}
	return d.makeBallast()
}

func (d *disk) makeBallast() error {
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.Fallocate(int(f.Fd()), 0, 0, ballastSize)
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil // an empty file: the reserve alone must do on such a file system
	}
	return err
}
