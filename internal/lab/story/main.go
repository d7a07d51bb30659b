// Command story tells with real hives and real input what sharing is for: alice
// shares a large tree with bob and carol, her hive is killed while carol's is half
// done, the others carry on without it, and it returns. Every step is printed with
// its time. It fails when a file is lost, is there twice or has other content than
// it should anywhere, or when it is not done in time.
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
	"syscall"
	"time"
)

// options of a run.
type options struct {
	binary string
	env    []string // of every hive
	dir    string
	tree   string
	within time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.binary, "hive", "bin/hive", "hive `program` to run")
	flag.StringVar(&o.dir, "dir", "", "`folder` to work in; a new one in the temporary folder when empty")
	flag.StringVar(&o.tree, "tree", "", "`folder` to share")
	flag.DurationVar(&o.within, "within", 90*time.Second, "how long it may take")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "story:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, o.within)
	defer cancel()
	dir, err := os.MkdirTemp(o.dir, "hive-story-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s := &story{options: o, dir: dir, want: filepath.Join(dir, "want"), out: out, began: time.Now()}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, chapter := range []func(context.Context) error{s.begin, s.share, s.half, s.kill, s.carryOn, s.rest, s.comeBack} {
		if err := chapter(ctx); err != nil {
			return fmt.Errorf("%w\n%s", err, s.logs())
		}
	}
	fmt.Fprintf(out, "\nNo file lost, none twice, after %.1f s.\n", time.Since(s.began).Seconds())
	return nil
}

// say prints what happened, with the time since the beginning.
func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.out, "%6.1f s  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// timed runs a step and says how long it took.
func (s *story) timed(what string, do func() error) error {
	begin := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	s.say("%s: %.2f s", what, time.Since(begin).Seconds())
	return nil
}
