package machine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// reporting is how large free pages must be before a virtual machine gives them back to its host, -1 where there is none. No
// pages are as large as never; some kernels refuse it.
const (
	reporting = "/sys/module/page_reporting/parameters/page_reporting_order"
	never     = "11"
	most      = 32 << 30 // bytes that are made ready
	compact   = "/proc/sys/vm/compact_memory"
)

// Keep has a virtual machine keep its free memory for the time of a measurement, and have all of it. Else the host takes what
// is free and gives it back page by page, up to three seconds for a GiB of files: whoever is measured after something was
// deleted would look several times faster than who is not. It takes some seconds for a GiB. What is free is compacted, as it is
// after a start: files come into large pages or small ones by chance otherwise. The word says what came of it. Without root it is
// as it is, and if it is not wanted; a machine of its own has nothing to keep.
func Keep(wanted bool) (word string, restore func() error, err error) {
	if !wanted {
		return "as it is", func() error { return nil }, nil
	}
	if word, restore, err = keep(reporting, free); err == nil && set(compact, "1") {
		word += ", compacted"
	}
	return word, restore, err
}

func keep(parameter string, free func() (int, error)) (word string, restore func() error, err error) {
	nothing := func() error { return nil }
	text, _ := os.ReadFile(parameter) // there is none on most machines
	before := bytes.TrimSpace(text)
	if len(before) == 0 || string(before) == "-1" {
		return "its own", nothing, nil
	}
	if !set(parameter, never) {
		return "may go to the host", nothing, nil
	}
	restore = func() error { return os.WriteFile(parameter, before, 0) }
	size, err := free()
	if err == nil {
		err = touch(min(size/8*7, most))
	}
	if err != nil {
		return "", nothing, errors.Join(err, restore())
	}
	return "kept from the host", restore, nil
}

// set tells whether a parameter could be set.
func set(parameter, value string) bool { return os.WriteFile(parameter, []byte(value), 0) == nil }

// free is how many bytes of memory nobody uses.
func free() (int, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemFree:" {
			kib, err := strconv.Atoi(fields[1])
			return kib << 10, err
		}
	}
	return 0, errors.New("keep memory: /proc/meminfo does not say what is free")
}

// touch uses so many bytes of memory for a moment.
func touch(size int) error {
	if size == 0 {
		return nil
	}
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return fmt.Errorf("keep memory: %w", err)
	}
	for at := 0; at < len(memory); at += os.Getpagesize() {
		memory[at] = 1
	}
	return unix.Munmap(memory)
}
