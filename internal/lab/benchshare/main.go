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

	"github.com/melissiproject/hive/internal/lab/server"
)

const mib = 1 << 20

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
	flag.Parse()
	o.size *= mib
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
	b := &bench{options: o, dir: dir}
	load := loadAverage()
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
	fmt.Fprintf(out, "%s, %d cores, medians of %d, in %s, load at the start %s\n\n", runtime.Version(), runtime.NumCPU(), o.runs, filepath.Dir(dir), load)
	return b.table.print(out)
}

// loadAverage of the machine over the last minute: numbers of a busy machine say little.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	average, _, _ := strings.Cut(string(text), " ")
	return average
}

// bench is one run of all measurements.
type bench struct {
	options options
	dir     string
	table   table
}

// hive starts a fresh hive of somebody in a folder of its own.
func (b *bench) hive(ctx context.Context, cfg server.Config) (*server.Hive, error) {
	cfg.Binary, cfg.Env = b.options.binary, append([]string{"HIVE_LOG_LEVEL=warn"}, b.options.env...)
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	h, err := server.New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := h.Start(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if _, err := h.Login(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// pair is two hives whose admins know each other.
type pair struct {
	dir        string
	alice, bob *server.Hive
	bobID      string
}

func (b *bench) pair(ctx context.Context, name string) (p *pair, err error) {
	p = &pair{dir: filepath.Join(b.dir, name)}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	anywhere := []string{"/ip4/127.0.0.1/tcp/0"}
	if p.alice, err = b.hive(ctx, server.Config{Dir: filepath.Join(p.dir, "alice"), Admin: "alice", P2P: anywhere}); err != nil {
		return p, err
	}
	if p.bob, err = b.hive(ctx, server.Config{Dir: filepath.Join(p.dir, "bob"), Admin: "bob", P2P: anywhere}); err != nil {
		return p, err
	}
	id, err := server.Shares{Hive: p.bob}.Identity(ctx)
	if err != nil {
		return p, err
	}
	p.bobID = id.ID
	_, err = server.Shares{Hive: p.alice}.Meet(ctx, p.bob, "alice")
	return p, err
}

// close ends the hives and removes what they kept.
func (p *pair) close() error {
	var faults []error
	for _, h := range []*server.Hive{p.alice, p.bob} {
		if h != nil {
			faults = append(faults, h.Close())
		}
	}
	return errors.Join(append(faults, os.RemoveAll(p.dir))...)
}

// offer shares a folder of alice with bob and returns when he has the offer.
func (p *pair) offer(ctx context.Context, path string) (id string, err error) {
	share, err := server.Shares{Hive: p.alice}.Create(ctx, path, "writer", "bob@"+p.bobID)
	if err != nil {
		return "", err
	}
	const patience = time.Minute
	_, err = server.Shares{Hive: p.bob}.Offered(ctx, share.ID, patience)
	return share.ID, err
}
