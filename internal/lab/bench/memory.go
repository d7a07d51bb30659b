package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
)

// memory of a process, in bytes. Resident memory counts pages of mapped files
// too, which the kernel takes back when it needs them; anonymous memory does not.
type memory struct{ anonymous, resident int64 }

func (m memory) String() string {
	return fmt.Sprintf("%d MB anonymous, %d MB resident", m.anonymous/figures.MiB, m.resident/figures.MiB)
}

func (m memory) max(o memory) memory {
	return memory{max(m.anonymous, o.anonymous), max(m.resident, o.resident)}
}

var errNoMemory = errors.New("status has no RssAnon and VmRSS")

// memoryOf reads /proc; a machine without it gives an error.
func memoryOf(pid int) (memory, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, err
	}
	return parseStatus(string(b))
}

func parseStatus(text string) (m memory, err error) {
	const kib = 1 << 10
	found := 0
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		field := map[string]*int64{"RssAnon": &m.anonymous, "VmRSS": &m.resident}[key]
		if field == nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return memory{}, err
		}
		*field = n * kib
		found++
	}
	if found != 2 {
		return memory{}, errNoMemory
	}
	return m, nil
}

// watch samples a process until the returned function is called, which gives the peak.
func watch(ctx context.Context, pid int) (peak func() memory) {
	const every = 10 * time.Millisecond
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan memory, 1)
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		var top memory
		for {
			if m, err := memoryOf(pid); err == nil {
				top = top.max(m)
			}
			select {
			case <-ctx.Done():
				result <- top
				return
			case <-tick.C:
			}
		}
	}()
	return func() memory {
		cancel()
		return <-result
	}
}

// limit adds a row about anonymous memory with its target in MB.
func (t *table) limit(what string, m memory, most int64) {
	if m == (memory{}) {
		t.missing(what, "no /proc on this machine")
		return
	}
	t.add(row{
		what: what, value: fmt.Sprintf("%d MB", m.anonymous/figures.MiB), detail: m.String(),
		target: fmt.Sprintf("≤ %d MB", most), met: figures.Yes(m.anonymous <= most*figures.MiB),
	})
}
