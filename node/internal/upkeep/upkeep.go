// Package upkeep runs work that comes back: when it is due, and again after a restart.
//
// It owns the schedule and the file in which it is kept. It does not own what is done.
package upkeep

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Pauses of background work.
const (
	crowded    = 10 * time.Minute // asking Early
	retryAfter = time.Hour        // a task that failed
	jitter     = 0.1              // part of a pause that chance decides, so that many hives do not work at once
)

// Task is work that comes back.
type Task struct {
	Name  string
	Every time.Duration // 0 is never
	Run   func(context.Context) error
	Early func() bool // asks, every ten minutes, whether the task cannot wait; may be nil
}

// File is where it is kept when tasks last ran.
type File struct {
	Name    string
	Replace func(name string, content []byte) error // writes a file in one step
}

// Run does the tasks until ctx ends.
func Run(ctx context.Context, file File, log *slog.Logger, tasks ...Task) error {
	times := openTimes(file, log)
	g, ctx := errgroup.WithContext(ctx)
	for _, t := range tasks {
		if t.Every > 0 {
			g.Go(func() error { t.repeat(ctx, times, log); return nil })
		}
	}
	return g.Wait()
}

// repeat runs t when it is due until ctx ends. When it last ran is kept over a restart, so that a hive that is restarted
// every day is scrubbed all the same.
func (t Task) repeat(ctx context.Context, times *times, log *slog.Logger) {
	due := times.last(t.Name).Add(spread(t.Every))
	for t.await(ctx, due) {
		start := time.Now()
		err := t.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			log.Error("background work failed", "task", t.Name, "err", err)
			due = time.Now().Add(spread(min(t.Every, retryAfter)))
			continue
		}
		times.note(t.Name, start)
		due = start.Add(spread(t.Every))
	}
}

// await returns true when t is due or cannot wait, false when ctx ended.
func (t Task) await(ctx context.Context, due time.Time) bool {
	for {
		pause := time.Until(due)
		if pause <= 0 {
			return ctx.Err() == nil
		}
		if t.Early != nil {
			pause = min(pause, crowded)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
		if t.Early != nil && t.Early() {
			return true
		}
	}
}

// spread lets chance move a pause a little.
func spread(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*rand.Float64()))
}

// times remembers when tasks last ran, in a small file. To lose it only moves the next run.
type times struct {
	File
	log *slog.Logger

	mu  sync.Mutex
	ran map[string]time.Time
}

func openTimes(file File, log *slog.Logger) *times {
	t := &times{File: file, log: log, ran: map[string]time.Time{}}
	if raw, err := os.ReadFile(file.Name); err == nil {
		if err := json.Unmarshal(raw, &t.ran); err != nil {
			t.ran = map[string]time.Time{}
		}
	}
	return t
}

// last is when a task ran. One that never did counts from now on.
func (t *times) last(name string) time.Time {
	t.mu.Lock()
	ran, ok := t.ran[name]
	t.mu.Unlock()
	if now := time.Now(); !ok || ran.After(now) {
		t.note(name, now)
		return now
	}
	return ran
}

func (t *times) note(name string, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ran[name] = at.UTC().Round(time.Second)
	raw, err := json.Marshal(t.ran)
	if err == nil {
		err = t.Replace(t.Name, append(raw, '\n'))
	}
	if err != nil {
		t.log.Warn("times of background work not kept", "path", t.Name, "err", err)
	}
}
