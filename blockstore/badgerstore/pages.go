package badgerstore

import (
	"errors"
	"io"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Left to itself, the kernel makes the page cache behind Badger's map when that is touched: as much at once as the disk reads
// ahead. Both small and large pages can cost more than the write itself: those under 2 MiB are taken from the other processors
// one by one when they go to the disk, 0.7 s of 1 GiB; and on a virtual machine whose free memory is its host's, those of 2 MiB
// have to be fetched from there, 2.2 s of 1 GiB. So for bulk they are made ahead, with zeros, and large as long as that is quick.
const (
	bulk       = 1 << 20   // bytes of a batch from which on it gets pages
	pagesAhead = 16 << 20  // bytes after a batch that get some too: more than disks read ahead, as a rule
	smallPage  = 4 << 10   // bytes of the smallest page
	smallPiece = 256 << 10 // bytes made at once
	largePiece = 2 << 20
	slow       = 2 * time.Millisecond // of work for a large piece; 0.3 where memory is at hand
	smallRun   = 32 << 20             // bytes in small pieces after a slow one
)

var zeros [largePiece]byte

// pages are those of a value-log file.
type pages struct {
	made  int64 // bytes from the start of the file that need no more
	small int64 // bytes from its start that are made in small pieces
}

// worked is how long a processor worked for this thread, 0 where the system does not tell. That a thread waits for its turn says
// nothing about pages.
func worked() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// make puts zeros into the holes of a file between what is written and to, which is where its room ends at the latest. Nobody
// else writes to the file meanwhile. What is written is no hole, and stays as it is.
func (p *pages) make(file *os.File, written, to int64) {
	runtime.LockOSThread() // for worked
	defer runtime.UnlockOSThread()
	length, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return // only a help: Badger finds out what is wrong
	}
	to = min(to, length)
	for at := max(p.made, (written/smallPage+1)*smallPage); at < to; at = p.made {
		piece := int64(largePiece)
		if at < p.small {
			piece = smallPiece
		}
		p.made = (at/piece + 1) * piece
		if p.made > to { // the next call makes this piece whole
			p.made = at
			return
		}
		data, err := unix.Seek(int(file.Fd()), at, unix.SEEK_DATA)
		if err == nil && data < p.made || err != nil && !errors.Is(err, unix.ENXIO) {
			continue
		}
		before := worked()
		if _, err := file.WriteAt(zeros[:p.made-at], at); err != nil {
			return // likewise
		}
		if piece == largePiece && worked()-before > slow {
			p.small = p.made + smallRun
		}
	}
}
