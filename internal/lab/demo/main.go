// Command demo runs three hives on this machine and shows how they find each
// other and share a folder: every command that their users type, what it
// answers, and what the others see then. It ends by itself and takes its hives
// and their folders with it. It fails when anything is not as it should be.
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

	"github.com/melissiproject/hive/internal/lab/server"
)

// patience is the longest wait for what one hive does to show at another.
const patience = 20 * time.Second

func main() {
	binary := flag.String("hive", "bin/hive", "hive `program` to show")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *binary, nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run tells the story with hives in a folder of their own, with env in their environment.
func run(ctx context.Context, binary string, env []string, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "hive-demo-")
	if err != nil {
		return err
	}
	s := &stage{out: out, dir: dir, began: time.Now(), binary: binary, env: env}
	defer func() {
		for _, p := range s.people {
			err = errors.Join(err, p.hive.Close())
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	if err := story(ctx, s); err != nil {
		return fmt.Errorf("%w\n%s", err, s.logs())
	}
	fmt.Fprintf(out, "\nAll as it should be, after %.1f s.\n", time.Since(s.began).Seconds())
	return nil
}

// stage is where the story happens.
type stage struct {
	out    io.Writer
	dir    string
	began  time.Time
	binary string
	env    []string
	people []*person
}

// person is the admin of a hive.
type person struct {
	stage *stage
	name  string
	hive  *server.Hive
	id    string // of the hive
	addr  string // of the hive
}

// step says what comes next.
func (s *stage) step(format string, args ...any) {
	fmt.Fprintf(s.out, "\n── %s\n", fmt.Sprintf(format, args...))
}

// enter starts a hive. It knows nobody, or one address to begin with.
func (s *stage) enter(ctx context.Context, name string, entrance ...string) (*person, error) {
	dir := filepath.Join(s.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	h, err := server.New(ctx, server.Config{
		Binary: s.binary, Dir: dir, Admin: name, P2P: []string{"/ip4/127.0.0.1/tcp/0"}, Bootstrap: entrance,
		Env: append([]string{"HIVE_NAME=" + name + "'s hive"}, s.env...),
	})
	if err != nil {
		return nil, err
	}
	p := &person{stage: s, name: name, hive: h}
	s.people = append(s.people, p)
	if _, err := h.Start(ctx); err != nil {
		return nil, err
	}
	if _, err := h.Login(ctx); err != nil {
		return nil, err
	}
	who, err := server.Shares{Hive: h}.Identity(ctx)
	if err != nil {
		return nil, err
	}
	if len(who.Addrs) == 0 {
		return nil, fmt.Errorf("%s's hive has no address", name)
	}
	p.id, p.addr = who.ID, who.Addrs[0]
	fmt.Fprintf(s.out, "   %s's hive is %s\n", name, p.id)
	return p, nil
}

func (s *stage) logs() (text string) {
	for _, p := range s.people {
		text += fmt.Sprintf("-- log of %s's hive\n%s\n", p.name, p.hive.Tail())
	}
	return text
}
