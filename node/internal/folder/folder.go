// Package folder is the data folder of a hive on disk: its version, and files that are whole whenever one looks.
//
// It owns the file with the version. It does not own what the other files hold.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Errors of this package.
var (
	ErrNone    = errors.New("folder holds no hive")
	ErrVersion = errors.New("folder belongs to another version of hive")
)

// Version is the file with the version of the layout.
const Version = "version"

// layout is the version of the data folder. A folder of a higher one is left alone.
const layout = 1

// Check says whether dir is a data folder that this program understands. One without a version that has all of marks, which
// are made with it, is of the first: backups used to leave the file out.
func Check(dir string, marks ...string) error {
	raw, err := os.ReadFile(filepath.Join(dir, Version))
	if errors.Is(err, fs.ErrNotExist) {
		return whole(dir, marks)
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || version < 1 {
		return fmt.Errorf("%w: %s holds %.20q, not a version number", ErrVersion, filepath.Join(dir, Version), raw)
	}
	if version > layout {
		return fmt.Errorf("%w: %s has version %d, this program knows up to %d; use a newer hive", ErrVersion, dir, version, layout)
	}
	return nil
}

func whole(dir string, marks []string) error {
	for _, name := range marks {
		if _, err := os.Lstat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s", ErrNone, dir)
		}
	}
	return nil
}

// Make makes a data folder, closed to others. One that has content already keeps its mode: it may be a home.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	content, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if len(content) == 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("close data folder to others: %w", err)
		}
	}
	return nil
}

// Mark notes in dir the version of this program.
func Mark(dir string) error {
	return Replace(filepath.Join(dir, Version), fmt.Appendln(nil, layout))
}

// Replace writes a file that only its owner reads, in one step: a reader finds the old or the new content.
func Replace(name string, content []byte) error {
	temporary := name + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := write(temporary, content); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

// write makes a file that must not exist, and sees it safely on disk.
func write(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// Sync sees safely on disk which files dir has.
func Sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
