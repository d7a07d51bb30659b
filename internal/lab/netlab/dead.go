package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// What a dead owner may cost.
const (
	mostRatio = 1.5
	mostDelay = 20 * time.Millisecond
	rounds    = 3 // of which the median counts, so that a busy machine does not decide
)

// dead is the scenario of an owner whose packets are dropped.
type dead struct {
	lab        *lab
	alice, bob *server.Hive
	removed    int // mounts that bob has removed
}

// deadOwner lets bob work with a share of alice and then drops all that alice sends and gets. Nothing that bob does may
// take longer than before, and his hive may not grow.
func deadOwner(ctx context.Context, l *lab) error {
	if err := errors.Join(l.public(ctx), l.plug(ctx, "alice", 1), l.plug(ctx, "bob", 2)); err != nil {
		return err
	}
	d := &dead{lab: l}
	if err := d.prepare(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, l.tails())
	}
	before, err := d.measure(ctx)
	if err != nil {
		return err
	}
	const quiet = 10 * time.Second // for what the removed mounts leave to do
	if err := errors.Join(machine.Wait(ctx, quiet), l.silence(ctx, "alice", true)); err != nil {
		return err
	}
	l.say("alice's packets are dropped from now on")
	const unnoticed = 2 * time.Second // while bob's hive still takes the connection for alive
	if err := machine.Wait(ctx, unnoticed); err != nil {
		return err
	}
	after, err := d.measure(ctx)
	if err != nil {
		return err
	}
	return errors.Join(d.compare(before, after), d.flat(ctx), d.returns(ctx))
}

// prepare gives bob a share of 200 files, all held, and as many more mounts as he will remove.
func (d *dead) prepare(ctx context.Context) (err error) {
	if d.alice, err = d.lab.hive(ctx, "alice", nil); err != nil {
		return err
	}
	if d.bob, err = d.lab.hive(ctx, "bob", nil, "GODEBUG=schedtrace=2000,scheddetail=1"); err != nil {
		return err
	}
	id, err := server.Shares{Hive: d.bob}.Identity(ctx)
	if err != nil {
		return err
	}
	if _, err := (server.Shares{Hive: d.alice}).Meet(ctx, d.bob, "alice"); err != nil {
		return err
	}
	const files = 200
	for n := range files {
		if err := d.alice.Put(ctx, fmt.Sprintf("/large/file-%03d", n), fmt.Sprintf("content %d", n)); err != nil {
			return err
		}
	}
	large, err := d.share(ctx, "/large", "/large", "bob@"+id.ID)
	if err != nil {
		return err
	}
	entries := map[string]int64{large: files}
	for n := range 2 * d.lab.options.calls {
		path := fmt.Sprintf("/small/%03d", n)
		if err := d.alice.Put(ctx, path+"/file", path); err != nil {
			return err
		}
		small, err := d.share(ctx, path, fmt.Sprintf("/mount-%03d", n), "bob@"+id.ID)
		if err != nil {
			return err
		}
		entries[small] = 1
	}
	for share, n := range entries {
		if err := (server.Shares{Hive: d.bob}).Complete(ctx, share, n, soon); err != nil {
			return err
		}
	}
	d.lab.say("bob holds a share of %d files, and %d small ones", files, len(entries)-1)
	return nil
}

// share has bob mount a folder of alice's.
func (d *dead) share(ctx context.Context, from, to, who string) (id string, err error) {
	share, err := server.Shares{Hive: d.alice}.Create(ctx, from, "writer", who)
	if err != nil {
		return "", err
	}
	_, err = server.Shares{Hive: d.bob}.Take(ctx, share.ID, to, soon)
	return share.ID, err
}

// measure times every kind of call and returns the 99th percentile of each.
func (d *dead) measure(ctx context.Context) (p99 []time.Duration, err error) {
	calls := d.lab.options.calls
	kinds := []struct {
		rounds int
		call   func(n int) error
	}{
		{rounds, func(int) error { _, err := d.bob.List(ctx, "/large"); return err }},
		{rounds, func(n int) error { _, err := d.bob.Get(ctx, fmt.Sprintf("/large/file-%03d", n%200)); return err }},
		{rounds, func(n int) error {
			return d.bob.Put(ctx, fmt.Sprintf("/elsewhere/%03d", n), "new "+time.Now().String())
		}},
		{1, func(int) error {
			d.removed++
			return d.bob.Remove(ctx, fmt.Sprintf("/mount-%03d", d.removed-1))
		}},
	}
	for _, kind := range kinds {
		var medians figures.Series
		for range kind.rounds {
			var times figures.Series
			for n := range calls {
				begin := time.Now()
				if err := kind.call(n); err != nil {
					return nil, err
				}
				times = append(times, time.Since(begin))
			}
			medians = append(medians, times.At(0.99))
		}
		p99 = append(p99, medians.At(0.5))
	}
	return p99, nil
}

var errSlower = errors.New("a dead owner slows bob's own hive")

// compare prints both and judges them.
func (d *dead) compare(before, after []time.Duration) (err error) {
	names := []string{"list the mount", "read a held file", "upload elsewhere", "remove a mount"}
	w := tabwriter.NewWriter(d.lab.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\np99 of %d calls\towner alive\towner silent\tratio\tkept\n", d.lab.options.calls)
	for i := range before {
		ratio := float64(after[i]) / float64(before[i])
		kept := after[i]-before[i] <= d.lab.options.noise || (ratio <= mostRatio && after[i]-before[i] <= mostDelay)
		if !kept {
			err = errSlower
		}
		fmt.Fprintf(w, "%s\t%.2f ms\t%.2f ms\t%.2f\t%t\n", names[i], milli(before[i]), milli(after[i]), ratio, kept)
	}
	fmt.Fprintln(w)
	return errors.Join(err, w.Flush())
}

func milli(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// returns lets alice be heard again and wants an edit of bob's from the silent time to arrive.
func (d *dead) returns(ctx context.Context) error {
	if err := d.bob.Put(ctx, "/large/file-000", "written while alice was away"); err != nil {
		return err
	}
	if err := d.lab.silence(ctx, "alice", false); err != nil {
		return err
	}
	d.lab.say("alice is heard again")
	const patience = 5 * time.Minute // hives try again after a while that grows
	err := server.Until(ctx, patience, func(ctx context.Context) error {
		got, err := d.alice.Get(ctx, "/large/file-000")
		if err == nil && got != "written while alice was away" {
			err = fmt.Errorf("alice has %q", got)
		}
		return err
	})
	if err == nil {
		d.lab.say("alice has what bob wrote meanwhile")
	}
	return err
}
