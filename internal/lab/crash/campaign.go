package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/melissiproject/hive/internal/lab/server"
)

const (
	soonest  = 50 * time.Millisecond   // a kill comes no earlier after readiness
	latest   = 1500 * time.Millisecond // and no later
	checkers = 8
)

// campaign is one run: rounds of write, kill, start and check.
type campaign struct {
	hive     *server.Hive
	options  options
	out      io.Writer
	rand     *rand.Rand
	ledger   *ledger
	findings findings

	remote *remote
	rounds int // done
	checks int64
	starts []time.Duration
	began  time.Time
	fsck   string
}

func newCampaign(hive *server.Hive, o options, out io.Writer) *campaign {
	return &campaign{
		hive: hive, options: o, out: out,
		rand: rand.New(rand.NewPCG(o.seed, 0)), ledger: newLedger(), began: time.Now(), fsck: "not run",
	}
}

func (c *campaign) run(ctx context.Context) error {
	if err := c.prepare(ctx); err != nil {
		return err
	}
	for round := 1; round <= c.options.rounds; round++ {
		if err := c.round(ctx, round); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		c.rounds = round
		c.progress()
	}
	return c.finish(ctx)
}

// prepare starts the hive for the first time and makes the folders that every round writes to.
func (c *campaign) prepare(ctx context.Context) error {
	if err := c.start(ctx); err != nil {
		return err
	}
	token, err := c.hive.Login(ctx)
	if err != nil {
		return err
	}
	c.remote = newRemote(c.hive.URL(), token, max(checkers, c.options.writers))
	for _, folder := range []string{"/shared", "/flat"} {
		if err := c.remote.mkdir(ctx, folder); err != nil {
			return err
		}
	}
	return nil
}

// start brings the hive up. One start in eight is killed half way first.
func (c *campaign) start(ctx context.Context) error {
	const one, in, within = 1, 8, 300
	if c.rand.IntN(in) < one && c.rounds > 0 {
		if err := c.hive.Launch(); err != nil {
			return err
		}
		if err := wait(ctx, time.Duration(c.rand.IntN(within))*time.Millisecond); err != nil {
			return err
		}
		c.kill()
	}
	took, err := c.hive.Start(ctx)
	if err != nil {
		c.findings.add(kindBroken, "start: %v", err)
		return err
	}
	c.starts = append(c.starts, took)
	if took >= c.options.start {
		c.findings.add(kindSlow, "round %d: %s", c.rounds+1, took.Round(time.Millisecond))
	}
	return nil
}

// kill ends the hive. That it had ended by itself is a finding.
func (c *campaign) kill() {
	if err := c.hive.Kill(); err != nil {
		c.findings.add(kindBroken, "%v", err)
	}
}

// round writes, kills, starts and checks: all that was acknowledged in it, and
// a sample of what is older that grows with the rounds.
func (c *campaign) round(ctx context.Context, round int) error {
	left := budget(c.options.space / int64(c.options.rounds))
	writing, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	for n := range c.options.writers {
		wg.Go(func() { newWriter(c, c.remote, round, n, left).run(writing, round) })
	}
	err := wait(ctx, soonest+time.Duration(c.rand.Int64N(int64(latest-soonest))))
	c.kill()
	stop()
	wg.Wait()
	if err != nil {
		return err
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	recent, older := c.ledger.since(round)
	c.rand.Shuffle(len(older), func(i, j int) { older[i], older[j] = older[j], older[i] })
	const base = 20
	return c.check(ctx, append(recent, older[:min(len(older), base+round)]...), false)
}

// check looks at paths, with all their acknowledged revisions or with the newest and one more.
func (c *campaign) check(ctx context.Context, paths []string, all bool) error {
	work := make(chan string)
	var wg sync.WaitGroup
	for range checkers {
		wg.Go(func() {
			for path := range work {
				c.look(ctx, path, all)
			}
		})
	}
	for _, path := range paths {
		work <- path
	}
	close(work)
	wg.Wait()
	return ctx.Err()
}

func (c *campaign) look(ctx context.Context, path string, all bool) {
	atomic.AddInt64(&c.checks, 1)
	revisions := c.ledger.revisions(path)
	got, s, err := c.remote.get(ctx, path, 0)
	if err != nil {
		c.findings.add(kindDamaged, "GET %s: %v", path, err)
		return
	}
	v, why := c.ledger.newest(path, got, s)
	c.findings.judge(path, v, why)
	if v == right && got > 0 {
		c.ledger.observe(path, got, s)
	}
	if n := len(revisions); n > 1 && !all {
		revisions = []int64{revisions[rand.IntN(n)]}
	}
	for _, revision := range revisions {
		if revision == got {
			continue
		}
		found, s, err := c.remote.get(ctx, path, revision)
		if err != nil {
			c.findings.add(kindDamaged, "GET %s revision %d: %v", path, revision, err)
			continue
		}
		v, why := c.ledger.old(path, revision, found != 0, s)
		c.findings.judge(path, v, why)
	}
}

// finish checks everything, stops the hive as its owner would, and has it check itself.
func (c *campaign) finish(ctx context.Context) error {
	fmt.Fprintln(c.out, "\nchecking every acknowledged revision")
	recent, older := c.ledger.since(0)
	if err := c.check(ctx, append(recent, older...), true); err != nil {
		return err
	}
	const grace = 30 * time.Second
	if err := c.hive.Stop(grace); err != nil {
		c.findings.add(kindBroken, "%v", err)
	}
	if strings.Contains(c.logged(), "panic") {
		c.findings.add(kindBroken, "the log speaks of a panic: %s", c.hive.LogFile())
	}
	c.fsck = "clean"
	if out, err := c.hive.Command(ctx, "fsck", "--data", c.hive.Data()).CombinedOutput(); err != nil {
		c.fsck = "found something"
		c.findings.add(kindBroken, "fsck: %v: %s", err, out)
	}
	return ctx.Err()
}

func (c *campaign) logged() string {
	b, err := os.ReadFile(c.hive.LogFile())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// progress rewrites one line on a terminal, and prints some otherwise.
func (c *campaign) progress() {
	const some = 10
	_, acks, bytes := c.ledger.totals()
	line := fmt.Sprintf("round %d of %d: %d writes acknowledged, %s, findings %d, slowest start %s",
		c.rounds, c.options.rounds, acks, size(bytes), c.findings.count(), slices.Max(c.starts).Round(time.Millisecond))
	if f, ok := c.out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			fmt.Fprintf(c.out, "\r\x1b[K%s", line)
			return
		}
	}
	if c.rounds%some == 0 {
		fmt.Fprintln(c.out, line)
	}
}

// report prints the findings and the table.
func (c *campaign) report() {
	const most = 20
	fmt.Fprintln(c.out)
	for _, kind := range []string{kindLost, kindDamaged, kindSlow, kindBroken} {
		for i, text := range c.findings.of(kind) {
			if i == most {
				fmt.Fprintln(c.out, kind, "and more")
				break
			}
			fmt.Fprintf(c.out, "%s: %s\n", kind, text)
		}
	}
	files, acks, bytes := c.ledger.totals()
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "rounds\t%d\n", c.rounds)
	fmt.Fprintf(t, "acknowledged writes\t%d to %d paths, %s\n", acks, files, size(bytes))
	fmt.Fprintf(t, "files checked\t%d\n", c.checks)
	fmt.Fprintf(t, "lost\t%d\n", len(c.findings.of(kindLost)))
	fmt.Fprintf(t, "damaged\t%d\n", len(c.findings.of(kindDamaged)))
	fmt.Fprintf(t, "misbehaved\t%d\n", len(c.findings.of(kindBroken)))
	if starts := slices.Sorted(slices.Values(c.starts)); len(starts) > 0 {
		fmt.Fprintf(t, "starts\tmedian %s, slowest %s (at most %s)\n",
			starts[len(starts)/2].Round(time.Millisecond), starts[len(starts)-1].Round(time.Millisecond), c.options.start)
	}
	fmt.Fprintf(t, "fsck\t%s\n", c.fsck)
	fmt.Fprintf(t, "took\t%s\n", time.Since(c.began).Round(time.Second))
	_ = t.Flush() // to standard output: nothing to do about it
}

func size(n int64) string {
	const mib = 1 << 20
	return fmt.Sprintf("%d MiB", n/mib)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
