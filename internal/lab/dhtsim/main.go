// Command dhtsim runs many hives in one process, connected by memory, and measures how a hive is looked up by its id in
// their DHT: over how many hops, with how many messages, in what time. It owns nothing of the DHT: the hives are those of
// p2p, with their encryption, streams and limits. They keep fewer connections than usual, so that a thousand fit into
// one machine and look-ups have to travel.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options of a run.
type options struct {
	hives   []int // one simulation each
	lookups int
	conns   int // kept by each hive
	bucket  int // of the routing table; 0 is what hives have
	joining int // hives that join at once
	seed    uint64
	limit   time.Duration // for a simulation to settle
}

func main() {
	o := options{}
	flag.Func("hives", "`numbers` of hives, each a simulation (default 10,100,1000)", o.parse)
	flag.IntVar(&o.lookups, "lookups", 200, "look-ups in each simulation")
	flag.IntVar(&o.conns, "conns", 24, "connections that each hive keeps")
	flag.IntVar(&o.bucket, "bucket", 0, "hives in a bucket of the routing table; with few, the growth of hops shows with few hives (default 20)")
	flag.IntVar(&o.joining, "joining", 8, "hives that join at once")
	flag.Uint64Var(&o.seed, "seed", 1, "of the choice of look-ups")
	flag.DurationVar(&o.limit, "limit", 20*time.Minute, "for all hives of a simulation to join")
	flag.Parse()
	if len(o.hives) == 0 {
		o.hives = []int{10, 100, 1000}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "dhtsim:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

func (o *options) parse(list string) error {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 2 {
			return fmt.Errorf("%q is no number of hives, of which there are at least 2", text)
		}
		o.hives = append(o.hives, n)
	}
	return nil
}

// run does the simulations one after the other and writes the table to out.
func run(ctx context.Context, o options, out, progress io.Writer) error {
	fmt.Fprintln(out, header)
	var faults []error
	for _, n := range o.hives {
		r, err := simulate(ctx, n, o, progress)
		if err != nil {
			return fmt.Errorf("%d hives: %w", n, err)
		}
		fmt.Fprintln(out, r.row())
		if r.lost > 0 {
			faults = append(faults, fmt.Errorf("%d hives: %d of %d look-ups found nothing", n, r.lost, o.lookups))
		}
	}
	return errors.Join(faults...)
}
