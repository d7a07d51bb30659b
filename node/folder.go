package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/melissiproject/hive/node/internal/lock"
)

// Names in the data folder.
const (
	blocksFolder = "blocks"
	databaseFile = "hive.db"
	identityFile = "identity.pem"
	versionFile  = "version"
	lockFile     = "lock"
	upkeepFile   = "upkeep.json"
	addrsFile    = "addrs.json"
)

// layout is the version of the data folder. A folder of a higher one is left alone.
const layout = 1

// checkFolder says whether dir is a data folder that this program understands.
func checkFolder(dir string) error {
	raw, err := os.ReadFile(filepath.Join(dir, versionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNotInitialised, dir)
	}
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || version < 1 {
		return fmt.Errorf("%w: %s holds %q, not a version number", ErrVersion, filepath.Join(dir, versionFile), truncate(string(raw), 20))
	}
	if version > layout {
		return fmt.Errorf("%w: %s has version %d, this program knows up to %d; use a newer hive", ErrVersion, dir, version, layout)
	}
	return nil
}

func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}

// lockFolder makes this process the only one that serves or checks dir: ErrRunning.
func lockFolder(dir string) (*lock.Lock, error) { return lock.Take(dir, lockFile) }

// writeFile makes a file that must not exist, and sees it safely on disk.
func writeFile(name string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// replaceFile writes a file that only its owner reads, in one step: a reader finds the old or the new content.
func replaceFile(name string, content []byte) error {
	temporary := name + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
