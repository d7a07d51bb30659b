// Command benchshare measures how hives share, beside rsync (a daemon on the
// loopback) and Syncthing (two instances), all in the same run: first transfer
// of one file and of a tree, the time until an edit shows at the other side, and
// what ten idle peers cost. It prints medians, ratios and the targets they are
// held to. It owns nothing of the hive and never fails on a target: numbers are
// for people to judge.
//
// What a machine lacks (rsync, syncthing, network namespaces) is left out, and
// the table says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// options of a run.
type options struct {
	binary string
	env    []string // of every hive
	dir    string
	only   string // steps, separated by commas; all when empty
	runs   int
	size   int64 // bytes of the file
	tree   string
	edits  int
	peers  int
	idle   time.Duration
	keep   bool
}

func main() {
	var o options
	flag.StringVar(&o.binary, "hive", "bin/hive", "hive `program` to measure")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in, on the disk to measure; a new one in the temporary folder when empty")
	flag.StringVar(&o.only, "only", "", "`steps` to take, of file, tree, edits and idle, separated by commas; all when empty")
	flag.IntVar(&o.runs, "runs", 3, "repetitions, of which the median counts")
	flag.Int64Var(&o.size, "size", 1024, "size of the file, in `MiB`")
	flag.StringVar(&o.tree, "tree", "", "`folder` to share; empty leaves it out")
	flag.IntVar(&o.edits, "edits", 200, "small files of which the time to the other hive is taken")
	flag.IntVar(&o.peers, "peers", 10, "hives that the idle one is connected with")
	flag.DurationVar(&o.idle, "idle", time.Minute, "how long idle traffic is counted")
	flag.BoolVar(&o.keep, "keep", true, "have a virtual machine keep its free memory from its host meanwhile, and compact it; as root")
	flag.Parse()
	o.size *= figures.MiB
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchshare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "hive-benchshare-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	b, load := &bench{options: o, dir: dir, table: newTable()}, machine.Load()
	memory, restore, err := machine.Keep(o.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"file", b.file}, {"tree", b.trees}, {"edits", b.edits}, {"idle", b.idle}} {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), step.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring:", step.name)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	fmt.Fprintf(out, "%s, %d cores, medians of %d, in %s, load at the start %s, memory %s\n\n",
		runtime.Version(), runtime.NumCPU(), o.runs, filepath.Dir(dir), load, memory)
	return b.table.Print(out)
}

// bench is one run of all measurements.
type bench struct {
	options options
	dir     string
	table   table
	keeps   bool // what a run made, until the end
}

// hive starts a fresh hive of somebody in a folder of its own.
func (b *bench) hive(ctx context.Context, cfg server.Config) (*server.Hive, error) {
	return server.Fresh(ctx, b.config(cfg))
}

func (b *bench) config(cfg server.Config) server.Config {
	cfg.Binary, cfg.Env = b.options.binary, append([]string{"HIVE_LOG_LEVEL=warn"}, b.options.env...)
	return cfg
}

// pair is two hives on the loopback whose admins know each other, in a folder that goes with them.
type pair struct {
	*server.Pair
	bench *bench
	dir   string
}

func (b *bench) pair(ctx context.Context, name string) (p pair, err error) {
	p.bench, p.dir = b, filepath.Join(b.dir, name)
	anywhere := []string{"/ip4/127.0.0.1/tcp/0"}
	p.Pair, err = server.NewPair(ctx, b.config(server.Config{Dir: filepath.Join(p.dir, "alice"), P2P: anywhere}),
		b.config(server.Config{Dir: filepath.Join(p.dir, "bob"), P2P: anywhere}))
	return p, err
}

// Close ends the hives and removes what they kept.
func (p pair) Close() error { return errors.Join(p.Pair.Close(), p.bench.remove(p.dir)) }

// remove removes what a run made, or leaves it for the end.
func (b *bench) remove(dir string) error {
	if b.keeps {
		return nil
	}
	return os.RemoveAll(dir)
}
