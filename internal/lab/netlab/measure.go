package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
)

// size is what a process holds.
type size struct {
	goroutines int
	memory     int64 // anonymous, bytes
}

var (
	errGrew  = errors.New("bob's hive grows while the owner is silent")
	anonRule = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)
)

// flat watches bob's hive while the owner is silent. A first part of the time is for what any work leaves behind.
func (d *dead) flat(ctx context.Context) error {
	const parts, slackGoroutines, slackMemory = 10, 20, 24 << 20
	step := d.lab.options.flat / parts
	var first, last size
	for n := range parts + 1 {
		now, err := d.size()
		if err != nil {
			return err
		}
		if n == 1 {
			first = now
		}
		last = now
		d.lab.say("bob's hive: %d goroutines, %d MB of anonymous memory", now.goroutines, now.memory>>20)
		if n == parts {
			break
		}
		end := time.Now().Add(step)
		for i := 0; time.Now().Before(end); i++ { // somebody uses the mount meanwhile
			if err := d.bob.Put(ctx, "/large/diary", fmt.Sprintf("entry %d of %d", i, n)); err != nil {
				return err
			}
			if err := machine.Wait(ctx, min(time.Second, max(0, time.Until(end)))); err != nil {
				return err
			}
		}
	}
	if last.goroutines > first.goroutines+slackGoroutines || last.memory > first.memory+slackMemory {
		return fmt.Errorf("%w: from %+v to %+v", errGrew, first, last)
	}
	return nil
}

func (d *dead) size() (s size, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.bob.PID()))
	if err != nil {
		return s, err
	}
	found := anonRule.FindSubmatch(status)
	if found == nil {
		return s, errors.New("no RssAnon in /proc")
	}
	kib, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		return s, err
	}
	log, err := os.ReadFile(d.bob.LogFile())
	if err != nil {
		return s, err
	}
	s.memory = kib << 10
	s.goroutines = goroutines(string(log))
	return s, nil
}

// goroutines counts those in the last whole report of the scheduler that a Go program prints with
// GODEBUG=schedtrace=…,scheddetail=1. Status 6 is that of a goroutine that has ended.
func goroutines(log string) (n int) {
	reports := strings.Split(log, "SCHED ")
	if len(reports) < 3 {
		return 0
	}
	for line := range strings.Lines(reports[len(reports)-2]) {
		if strings.HasPrefix(line, "  G") && !strings.Contains(line, "status=6") {
			n++
		}
	}
	return n
}
