package transfer

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// outOfSpace tells whether the local disk or quota is full.
func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// OpenSpecial opens what is to be written to and must not be replaced by a file: a device such as /dev/null, a pipe, and what
// /dev/stdout stands for. It is nil where there is something else, or nothing.
func OpenSpecial(name string) (*os.File, error) {
	if !special(name) {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if errors.Is(err, syscall.ENXIO) {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("nobody reads from it")}
	}
	return f, err
}

// special tells whether something is there that is neither a file nor a folder.
func special(name string) bool {
	info, err := os.Stat(name)
	if err != nil || info.IsDir() {
		return false
	}
	link, _ := os.Readlink(name) // none is empty
	return !info.Mode().IsRegular() || strings.HasPrefix(link, "/proc/")
}
