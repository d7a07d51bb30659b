// Package lock has a data folder belong to one process.
//
// It owns the lock file. It does not own what the folder holds.
package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrRunning says that another process has the folder.
var ErrRunning = errors.New("a hive runs on this folder")

// Lock is the lock of a data folder.
type Lock struct{ f *os.File }

// Close gives the lock back. To close the file alone would leave it with a process that is being started at this moment
// and has the file too.
func (l *Lock) Close() error {
	return errors.Join(unix.Flock(int(l.f.Fd()), unix.LOCK_UN), l.f.Close())
}

// Take makes this process the only one that serves or checks dir. The lock ends with the process, however it ends. Another
// that has it is ErrRunning.
func Take(dir, name string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		raw := make([]byte, 20)
		n, _ := f.ReadAt(raw, 0) // the number only helps people
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s (process %s)", ErrRunning, dir, strings.TrimSpace(string(raw[:n])))
		}
		return nil, fmt.Errorf("lock: data folder: %w", err)
	}
	if err := f.Truncate(0); err == nil {
		// On a full disk the number cannot be noted. The lock holds all the same.
		_, _ = f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	}
	return &Lock{f}, nil
}
