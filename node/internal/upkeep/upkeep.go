// Package upkeep runs work that comes back: when it is due, and again after a restart.
//
// It owns the schedule and the file in which it is kept. It does not own what is done.
package upkeep

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
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

// File is where it is kept when tasks last ran, and how that ended.
type File struct {
	Name    string
	Replace func(name string, content []byte) error // writes a file in one step
}

// Run does the tasks until ctx ends.
func (b *Book) Run(ctx context.Context, tasks ...Task) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, t := range tasks {
		if t.Every > 0 {
			g.Go(func() error { t.repeat(ctx, b); return nil })
		}
	}
	return g.Wait()
}

// repeat runs t when it is due until ctx ends. When it last ran is kept over a restart, so that a hive that is restarted
// every day is scrubbed all the same.
func (t Task) repeat(ctx context.Context, book *Book) {
	due := book.last(t.Name).Add(spread(t.Every))
	for t.await(ctx, due) {
		start := time.Now()
		err := t.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			book.log.Error("background work failed", "task", t.Name, "err", err)
			book.change(t.Name, func(r *record) { r.Err = err.Error() })
			due = time.Now().Add(spread(min(t.Every, retryAfter)))
			continue
		}
		book.note(t.Name, start)
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

// record is what is kept of a task.
type record struct {
	Ran   time.Time `json:"ran"`
	Err   string    `json:"err,omitempty"`   // of the last try, where it failed
	Found int64     `json:"found,omitempty"` // what the task last counted
}

// UnmarshalJSON takes a time alone too, as it was kept before.
func (r *record) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &r.Ran) == nil {
		return nil
	}
	type plain record
	return json.Unmarshal(raw, (*plain)(r))
}

// Book remembers when tasks last ran and how that ended, in a small file. To lose it only moves the next run.
type Book struct {
	File
	log *slog.Logger

	mu    sync.Mutex
	tasks map[string]record
}

// Open reads the book, or begins one.
func Open(file File, log *slog.Logger) *Book {
	b := &Book{File: file, log: log, tasks: map[string]record{}}
	if raw, err := os.ReadFile(file.Name); err == nil {
		if err := json.Unmarshal(raw, &b.tasks); err != nil {
			b.tasks = map[string]record{}
		}
	}
	return b
}

// last is when a task ran. One that never did counts from now on.
func (b *Book) last(name string) time.Time {
	b.mu.Lock()
	r, ok := b.tasks[name]
	b.mu.Unlock()
	if now := time.Now(); !ok || r.Ran.IsZero() || r.Ran.After(now) {
		b.note(name, now)
		return now
	}
	return r.Ran
}

// note keeps that a task ran well.
func (b *Book) note(name string, at time.Time) {
	b.change(name, func(r *record) { r.Ran, r.Err = at.UTC().Round(time.Second), "" })
}

// Find keeps what a task counted.
func (b *Book) Find(name string, n int64) { b.change(name, func(r *record) { r.Found = n }) }

// Found is what a task last counted.
func (b *Book) Found(name string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tasks[name].Found
}

// Failing is the first task by name whose last try failed, and why; else nothing.
func (b *Book) Failing() (name, err string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(b.tasks)) {
		if err := b.tasks[name].Err; err != "" {
			return name, err
		}
	}
	return "", ""
}

func (b *Book) change(name string, do func(*record)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.tasks[name]
	do(&r)
	b.tasks[name] = r
	raw, err := json.Marshal(b.tasks)
	if err == nil {
		err = b.Replace(b.Name, append(raw, '\n'))
	}
	if err != nil {
		b.log.Warn("times of background work not kept", "path", b.Name, "err", err)
	}
}
