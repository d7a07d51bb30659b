// Command netlab runs real hives on networks as people have them: machines in
// network namespaces, joined by cables, bridges and routers that translate
// addresses, with lines that are slow or fall silent. It owns the networks and
// what is looked for in them, and nothing of the hive.
//
// It needs Linux, root, and Debian's iproute2 and nftables. What it makes, it
// takes away again, also what an earlier run left that was killed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/melissiproject/hive/internal/lab/machine"
)

// options of a run.
type options struct {
	binary string
	env    []string // of every hive
	dir    string
	rate   string        // of the lines between routers and the public segment
	calls  int           // of each kind that the dead owner must not slow
	flat   time.Duration // of silence in which goroutines and memory must not grow
	noise  time.Duration
}

var scenarios = []struct {
	name, about string
	run         func(context.Context, *lab) error
}{
	{"nat", "two hives behind two NATs and a public one", func(ctx context.Context, l *lab) error { return behindNAT(ctx, l, false) }},
	{"symmetric", "the same behind NATs that no hole can be punched in", func(ctx context.Context, l *lab) error { return behindNAT(ctx, l, true) }},
	{"dead", "an owner that falls silent", deadOwner},
}

func main() {
	var o options
	which := flag.String("scenario", "nat,symmetric,dead", "`names` of what to run, separated by commas")
	flag.StringVar(&o.binary, "hive", "bin/hive", "hive `program` to run")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in; a new one in the temporary folder when empty")
	flag.StringVar(&o.rate, "rate", "50mbit", "`rate` of the lines of homes, as tc wants it")
	flag.IntVar(&o.calls, "calls", 200, "calls of each kind that a dead owner must not slow")
	flag.DurationVar(&o.flat, "flat", 10*time.Minute, "silence in which goroutines and memory must not grow")
	flag.DurationVar(&o.noise, "noise", 2*time.Millisecond, "difference between two runs of the same that this machine may show by itself")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, strings.Split(*which, ","), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "netlab:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, names []string, out io.Writer) error {
	if err := machine.Able(ctx); err != nil {
		return err
	}
	for _, name := range names {
		known := false
		for _, s := range scenarios {
			if s.name == name {
				known = true
				fmt.Fprintf(out, "\n== %s: %s\n", s.name, s.about)
				if err := within(ctx, o, out, s.run); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		}
		if !known {
			return fmt.Errorf("no scenario %q", name)
		}
	}
	return nil
}

// within runs do in a lab that is gone afterwards.
func within(ctx context.Context, o options, out io.Writer, do func(context.Context, *lab) error) (err error) {
	dir, err := os.MkdirTemp(o.dir, "hive-netlab-")
	if err != nil {
		return err
	}
	l := &lab{options: o, dir: dir, out: out, began: time.Now()}
	defer func() {
		err = errors.Join(err, l.close(), os.RemoveAll(dir))
	}()
	return do(ctx, l)
}

// say prints what happens, with the time since the beginning.
func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(l.out, "%6.1f s  %s\n", time.Since(l.began).Seconds(), fmt.Sprintf(format, args...))
}

// close ends the hives and removes the namespaces, last made first.
func (l *lab) close() error {
	var faults []error
	for _, h := range slices.Backward(l.hives) {
		faults = append(faults, h.Close())
	}
	for _, ns := range slices.Backward(l.spaces) {
		faults = append(faults, ns.Remove())
	}
	return errors.Join(faults...)
}
