// Command bench measures a hive on this machine beside what the machine can do
// (dd, openssl) and beside a plain web server (nginx), in the same run, and
// prints medians, ratios and the targets they are held to. It owns nothing of
// the hive and never fails on a target: numbers are for people to judge.
//
// What a machine lacks (nginx, openssl) is left out, and the table says so.
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
	"syscall"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// options of a run.
type options struct {
	binary  string
	env     []string // beside that of this process
	dir     string
	runs    int
	size    int64 // bytes of the file that goes in and out
	big     int64 // bytes of the file that shows memory to be independent of size; 0 leaves it out
	tree    string
	entries int // files of the folder that is listed; 0 leaves it out
	keep    bool
}

func main() {
	var o options
	flag.StringVar(&o.binary, "hive", "bin/hive", "hive `program` to measure")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in, on the disk to measure; a new one in the temporary folder when empty")
	flag.IntVar(&o.runs, "runs", 5, "repetitions, of which the median counts")
	flag.Int64Var(&o.size, "size", 1024, "size of the file, in `MiB`")
	flag.Int64Var(&o.big, "big", 4096, "size of the file that shows memory to be independent of size, in `MiB`; 0 leaves it out")
	flag.StringVar(&o.tree, "tree", "", "`folder` to put and get; empty leaves it out")
	flag.IntVar(&o.entries, "entries", 100_000, "files of the folder that is listed; 0 leaves it out")
	flag.BoolVar(&o.keep, "keep", true, "have a virtual machine keep its free memory from its host meanwhile, and compact it; as root")
	flag.Parse()
	o.size, o.big = o.size*figures.MiB, o.big*figures.MiB
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "hive-bench-")
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
	steps := []struct {
		name string
		do   func(context.Context) error
		skip bool
	}{
		{"one file, in and out", b.file, false},
		{"a tree, in and out", b.trees, o.tree == ""},
		{"a large folder", b.folder, o.entries == 0},
	}
	for _, step := range steps {
		if step.skip {
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
}

// hive starts a fresh hive in a folder of its own.
func (b *bench) hive(ctx context.Context, name string) (*server.Hive, *remote, error) {
	h, err := server.Fresh(ctx, server.Config{
		Binary: b.options.binary, Dir: filepath.Join(b.dir, name), Env: append(b.options.env, "HIVE_LOG_LEVEL=warn"),
	})
	if err != nil {
		return nil, nil, err
	}
	token, err := h.Login(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, h.Close())
	}
	return h, newRemote(h.URL()+"/api/v1/", token), nil
}
