// Command benchdelta measures what a change costs that travels from one hive to
// another, beside rsync (a daemon) and Syncthing, all in the same run: bytes on
// the wire and time, for edits of one large file, for pairs of files as people
// have them, for a tree with a few files edited, and for a transfer that is cut
// again and again. It prints medians, ratios and the targets they are held to. It
// owns nothing of the hive and never fails on a target: numbers are for people
// to judge. It does fail when what arrived is not what was changed.
//
// Each of the three has two network namespaces with a cable between them, so it
// needs Linux, root, and Debian's iproute2 and nftables. What else a machine
// lacks (rsync, syncthing, sqlite3, zstd, git) is left out, and the table says so.
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
)

// options of a run.
type options struct {
	binary   string
	env      []string // of every hive
	dir      string
	only     string // steps, separated by commas; all when empty
	runs     int
	size     int64 // bytes of the file
	tree     string
	revision string // of this repository, whose program is the older one
	cuts     int
	rate     string
	rsync    string // more flags for it, separated by spaces
	keep     bool
}

func main() {
	var o options
	flag.StringVar(&o.binary, "hive", "bin/hive", "hive `program` to measure")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in, on the disk to measure; a new one in the temporary folder when empty")
	flag.StringVar(&o.only, "only", "", "`steps` to take, of file, database, tar, program, tree and cuts, separated by commas; all when empty")
	flag.IntVar(&o.runs, "runs", 3, "repetitions, of which the median counts")
	flag.Int64Var(&o.size, "size", 1024, "size of the file, in `MiB`; the database has 3/10 of it")
	flag.StringVar(&o.tree, "tree", "", "`folder` to share and to make the tar of; empty leaves both out")
	flag.StringVar(&o.revision, "revision", "HEAD~10", "`revision` of this repository to build the older program from")
	flag.IntVar(&o.cuts, "cuts", 100, "how often a transfer is cut")
	flag.StringVar(&o.rate, "rate", "400mbit", "`rate` of the line that is cut, as tc wants it")
	flag.StringVar(&o.rsync, "rsync", "", "more `flags` for rsync, such as -z")
	flag.BoolVar(&o.keep, "keep", true, "have a virtual machine keep its free memory from its host meanwhile, and compact it")
	flag.Parse()
	o.size *= figures.MiB
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchdelta:", err)
		os.Exit(1)
	}
}

const conditions = `Bytes are what TCP and UDP carried, both ways, between two network namespaces (counted by nftables, without headers), from
before the change until nothing more was said. Hive's time is from the acknowledged write at one until the other holds it all; rsync's is
that of the command (-a --no-whole-file --fuzzy --delete-after, daemon); Syncthing's is from the start of a scan until the other has the new version.`

func run(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "hive-benchdelta-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	load := machine.Load()
	memory, restore, err := machine.Keep(o.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	b := &bench{options: o, dir: dir, content: filepath.Join(dir, "content"), table: newTable()}
	if err := os.Mkdir(b.content, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"file", b.file}, {"database", b.database}, {"tar", b.tar}, {"program", b.program}, {"tree", b.tree}, {"cuts", b.cut}} {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), step.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring:", step.name)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	fmt.Fprintf(out, "%s, %d cores, medians of %d, in %s, load at the start %s, memory %s\n%s\n\n",
		runtime.Version(), runtime.NumCPU(), o.runs, filepath.Dir(dir), load, memory, conditions)
	return b.table.Print(out)
}

// bench is one run of all measurements.
type bench struct {
	options options
	dir     string
	content string // folder that is shared
	table   table
	sides   []side // started for the first step that needs them
	written time.Time
}

func (b *bench) close() error {
	var faults []error
	for _, s := range b.sides {
		faults = append(faults, s.close())
	}
	return errors.Join(faults...)
}
