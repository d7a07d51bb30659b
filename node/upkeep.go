package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/catalog"
)

// Pauses of background work.
const (
	thinEvery  = time.Hour        // trash and old revisions
	crowded    = 10 * time.Minute // garbage collections while the disk is so full that writes are refused
	retryAfter = time.Hour        // a task that failed
	jitter     = 0.1              // part of a pause that chance decides, so that many hives do not work at once
)

// task is work that comes back.
type task struct {
	name  string
	every time.Duration // 0 is never
	run   func(context.Context) error
	early func() bool // asks, every crowded, whether the task cannot wait; may be nil
}

// upkeep does the background work until ctx ends.
func (n *Node) upkeep(ctx context.Context) error {
	times := openTimes(filepath.Join(n.cfg.Data, upkeepFile), n.log)
	tasks := []task{
		{name: "thin", every: thinEvery, run: n.thin},
		{name: "gc", every: time.Duration(n.cfg.GC.Every), run: n.collect, early: n.full},
		{name: "scrub", every: time.Duration(n.cfg.Scrub.Every), run: n.scrub},
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, t := range tasks {
		if t.every > 0 {
			g.Go(func() error { t.repeat(ctx, times, n.log); return nil })
		}
	}
	return g.Wait()
}

// repeat runs t when it is due until ctx ends. When it last ran is kept over a restart, so that a hive that is restarted
// every day is scrubbed all the same.
func (t task) repeat(ctx context.Context, times *times, log *slog.Logger) {
	due := times.last(t.name).Add(spread(t.every))
	for t.await(ctx, due) {
		start := time.Now()
		err := t.run(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			log.Error("background work failed", "task", t.name, "err", err)
			due = time.Now().Add(spread(min(t.every, retryAfter)))
			continue
		}
		times.note(t.name, start)
		due = start.Add(spread(t.every))
	}
}

// await returns true when t is due or cannot wait, false when ctx ended.
func (t task) await(ctx context.Context, due time.Time) bool {
	for {
		pause := time.Until(due)
		if pause <= 0 {
			return ctx.Err() == nil
		}
		if t.early != nil {
			pause = min(pause, crowded)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
		if t.early != nil && t.early() {
			return true
		}
	}
}

// spread lets chance move a pause a little.
func spread(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*rand.Float64()))
}

func (n *Node) thin(ctx context.Context) error {
	start := time.Now()
	thinned, err := n.catalog.Thin(ctx, start)
	if err == nil && thinned != (catalog.Thinned{}) {
		n.log.Info("old revisions and trash deleted", "thinned", thinned, "took", time.Since(start))
	}
	return err
}

func (n *Node) collect(ctx context.Context) error {
	if err := n.makeRoom(ctx); err != nil {
		n.log.Warn("content kept on demand not given up", "err", err)
	}
	c, err := n.blocks.Collect(ctx, n.roots(ctx))
	if err == nil {
		n.log.Info("garbage collected", "kept", c.Kept, "removed", c.Removed, "bytes", c.Freed, "took", c.Duration)
	}
	return err
}

// full says whether the disk is so full that writes are refused.
func (n *Node) full() bool {
	free, reserve, err := n.engine.Space()
	return err == nil && free < reserve+reserve/8
}

// makeRoom gives up content that is kept on demand where space is short: the collection that follows frees it.
func (n *Node) makeRoom(ctx context.Context) error {
	free, reserve, err := n.engine.Space()
	if err != nil || free < 0 || free >= 2*reserve {
		return err
	}
	freed, err := n.sharing.MakeRoom(ctx, 2*reserve-free)
	if freed > 0 {
		n.log.Info("content kept on demand given up", "bytes", freed)
	}
	return err
}

func (n *Node) scrub(ctx context.Context) error {
	start, damaged := time.Now(), 0
	for finding, err := range n.blocks.Verify(ctx, int(n.cfg.Scrub.Rate)) {
		if err != nil {
			return err
		}
		damaged++
		n.log.Error("block damaged", "root", finding.Block.String(), "err", finding.Err)
	}
	n.log.Info("blocks scrubbed", "damaged", damaged, "took", time.Since(start))
	return nil
}

// times remembers when tasks last ran, in a small file. To lose it only moves the next run.
type times struct {
	name string
	log  *slog.Logger

	mu  sync.Mutex
	ran map[string]time.Time
}

func openTimes(name string, log *slog.Logger) *times {
	t := &times{name: name, log: log, ran: map[string]time.Time{}}
	if raw, err := os.ReadFile(name); err == nil {
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
		err = replaceFile(t.name, append(raw, '\n'))
	}
	if err != nil {
		t.log.Warn("times of background work not kept", "path", t.name, "err", err)
	}
}
