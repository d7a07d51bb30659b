// Package part has the files in which what is got waits until it is whole and takes its place.
//
// It owns their names, who may have them, and what others may do with them. It does not own what is written into them.
package part

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/melissiproject/hive/api/apitype"
)

// The name of a part is prefix and suffix, and between them a number by chance, or, where the next get is to go on with it, what says
// of which file and of which content it is.
const (
	prefix = ".hive-"
	suffix = ".part"
)

// Is tells whether a name is that of a part.
func Is(name string) bool {
	return strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix)
}

// Of begins the names of all parts of a file that can be gone on with.
func Of(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%s%x-", prefix, sum[:8])
}

// How a content comes into a part.
const (
	InOrder  = ""
	InPieces = "pieces" // with holes
)

// Name is the name under which a content waits to become the file name: empty where the hive does not say what the content is to be
// in the end.
func Name(name, root string, exec bool, how string) string {
	if root == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(root + strconv.FormatBool(exec) + how))
	return fmt.Sprintf("%s%x%s", Of(name), sum[:8], suffix)
}

// Create makes a file that is to take the place of e. Where the name is taken, or there is none, it is one by chance. Others may
// do with it no more than with what is there.
func Create(root *os.Root, name string, e apitype.Entry) (*os.File, error) {
	const flags = os.O_RDWR | os.O_CREATE | os.O_EXCL
	mode := fs.FileMode(0o666)
	if e.Exec {
		mode = 0o777
	}
	old, err := Lookup(root, e.Name)
	if err != nil {
		return nil, err
	}
	mode &= Rights(old, e.Exec) | 0o600 // the next get is to open it too
	if name != "" {
		f, err := root.OpenFile(name, flags, mode)
		if err == nil {
			_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // where there are no locks, as on some networks, there is one get
		}
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return root.OpenFile(prefix+strconv.FormatUint(rand.Uint64(), 36)+suffix, flags, mode)
}

// Rights are what a file that takes the place of another may have of rights: those of a file that is there, and to execute it.
func Rights(old fs.FileInfo, exec bool) fs.FileMode {
	if old == nil || !old.Mode().IsRegular() {
		return fs.ModePerm
	}
	if exec {
		return ReadersExecute(old.Mode().Perm())
	}
	return old.Mode().Perm()
}

// Open opens a part that an earlier get of the same user left. It is nil where another get is at work on it.
func Open(root *os.Root, name string) (*os.File, int64) {
	f, err := root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, 0
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	opened, _ := f.Stat()
	named, gone := root.Lstat(name)
	if errors.Is(err, syscall.EWOULDBLOCK) || gone != nil || !os.SameFile(opened, named) || !named.Mode().IsRegular() || !mine(named) {
		f.Close()
		return nil, 0
	}
	return f, named.Size()
}

// mine tells whether a file belongs to the user, and has no other name.
func mine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && stat.Nlink == 1
}

// ReadersExecute lets those execute a file who may read it.
func ReadersExecute(mode fs.FileMode) fs.FileMode { return mode | mode&0o444>>2 }

// Lookup is what has a name now, nil where that is nothing.
func Lookup(root *os.Root, name string) (fs.FileInfo, error) {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return info, err
}
