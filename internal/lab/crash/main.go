// Command crash kills a hive with SIGKILL at random moments while eight writers
// upload to it, starts it again, and looks for acknowledged files that are lost
// or damaged. It owns nothing of the hive: it speaks HTTP to a real process and
// keeps its own record of what was acknowledged.
//
// It exits with 1 when it found something, and leaves the folder for study.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/melissiproject/hive/internal/lab/server"
)

// options of a run.
type options struct {
	binary  string
	env     []string // beside that of this process
	dir     string
	rounds  int
	writers int
	seed    uint64
	space   int64         // bytes written at most, about
	start   time.Duration // a start may take
	limit   time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "hive", "bin/hive", "hive `program` to try")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in; a new one in the temporary folder when empty")
	flag.IntVar(&o.rounds, "rounds", 200, "how often to kill")
	flag.IntVar(&o.writers, "writers", 8, "concurrent writers")
	flag.Uint64Var(&o.seed, "seed", 0, "seed of sizes, contents and moments; a random one when 0")
	flag.Int64Var(&o.space, "space", 6<<30, "about how many `bytes` to write in all")
	flag.DurationVar(&o.start, "start", 3*time.Second, "a start that takes longer is a finding")
	flag.DurationVar(&o.limit, "limit", 45*time.Minute, "give up after")
	flag.Parse()
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

var errFound = errors.New("the hive lost something, or did not behave")

func run(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "hive-crash-")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "seed %d, %d rounds, %d writers, in %s\n", o.seed, o.rounds, o.writers, dir)
	defer func() {
		if err == nil {
			err = os.RemoveAll(dir)
			return
		}
		fmt.Fprintln(out, "the folder is kept:", dir)
	}()
	hive, err := server.New(ctx, server.Config{Binary: o.binary, Dir: dir, Env: append(o.env, "HIVE_LOG_LEVEL=warn")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hive.Close()) }()
	c := newCampaign(hive, o, out)
	err = c.run(ctx)
	c.report()
	if err == nil && c.findings.count() > 0 {
		err = errFound
	}
	return err
}
