package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/peers"
	"github.com/melissiproject/hive/internal/lab/server"
)

const shared = "/shared" // where the folder is, on both hives

// hivePair is a hive at each end.
type hivePair struct {
	*server.Pair
	bench *bench
	line  *machine.Cable
	share string // id
}

func newHives(ctx context.Context, b *bench, cable *machine.Cable) (side, error) {
	return b.hives(ctx, cable)
}

func (b *bench) hives(ctx context.Context, cable *machine.Cable) (h *hivePair, err error) {
	config := func(name string, space machine.Space, ip string) server.Config {
		return server.Config{
			Binary: b.options.binary, Dir: filepath.Join(b.dir, string(space), name), HTTP: "127.0.0.1:4483", Namespace: space,
			P2P: []string{"/ip4/" + ip + "/tcp/4484"}, Env: append([]string{"HIVE_LOG_LEVEL=warn"}, b.options.env...),
		}
	}
	h = &hivePair{bench: b, line: cable}
	h.Pair, err = server.NewPair(ctx, config("alice", cable.Here, machine.HereAddr), config("bob", cable.There, machine.ThereAddr))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%w\n%s", err, h.Tails()), h.Pair.Close())
		}
	}()
	if err := h.Alice.Put(ctx, shared+"/first", "first"); err != nil {
		return nil, err
	}
	if h.share, err = h.Offer(ctx, shared); err != nil {
		return nil, err
	}
	if _, err = (server.Shares{Hive: h.Bob}).Take(ctx, h.share, shared, patience); err != nil {
		return nil, err
	}
	return h, h.holds(ctx, shared+"/first")
}

// holds waits until bob has the same content in a file as alice, all of it.
func (h *hivePair) holds(ctx context.Context, path string) error {
	want, err := h.Alice.Stat(ctx, path)
	if err != nil {
		return err
	}
	err = server.Until(ctx, patience, func(ctx context.Context) error {
		got, err := h.Bob.Stat(ctx, path)
		if err == nil && (got.Root != want.Root || got.Absent) {
			err = fmt.Errorf("bob has %+v of %+v", got, want)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", path, err, h.Tails())
	}
	return nil
}

func (h *hivePair) load(ctx context.Context, name string) error {
	if err := h.Alice.Client(ctx, "put", "-r", h.bench.local(name), shared+"/"+name); err != nil {
		return err
	}
	files, folders, err := h.bench.count()
	if err != nil {
		return err
	}
	const first = 1 // that only the hives have
	return server.Shares{Hive: h.Bob}.Complete(ctx, h.share, int64(files+folders+first), patience)
}

func (h *hivePair) follow(ctx context.Context, c change) (took time.Duration, err error) {
	if err := h.write(ctx, c); err != nil {
		return 0, err
	}
	const asked = 8 // at once: asking for many files takes time of its own
	begin := time.Now()
	files, held := errgroup.WithContext(ctx)
	files.SetLimit(asked)
	for _, name := range c.written {
		files.Go(func() error { return h.holds(held, shared+"/"+name) })
	}
	if err := files.Wait(); err != nil {
		return 0, err
	}
	if c.renamed != "" {
		err = server.Until(ctx, patience, func(ctx context.Context) error {
			if _, err := h.Bob.Stat(ctx, shared+"/"+c.renamed); err == nil {
				return fmt.Errorf("bob still has %s", c.renamed)
			}
			return nil
		})
	}
	return time.Since(begin), err
}

// write makes the change at alice's hive: one file by the API, so that the time begins with the answer, many by the client.
func (h *hivePair) write(ctx context.Context, c change) error {
	switch {
	case c.renamed != "":
		names := map[string]string{"from": shared + "/" + c.renamed, "to": shared + "/" + c.written[0]}
		return h.Alice.Call(ctx, http.MethodPost, "move", names, nil)
	case len(c.written) == 1:
		f, err := os.Open(h.bench.local(c.written[0]))
		if err != nil {
			return err
		}
		defer f.Close()
		return h.Alice.Write(ctx, shared+"/"+c.written[0], f)
	}
	staged, err := os.MkdirTemp(h.bench.dir, "staged-")
	if err != nil {
		return err
	}
	for _, name := range c.written {
		if err := copyFile(h.bench.local(name), filepath.Join(staged, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return errors.Join(h.Alice.Client(ctx, "put", "-r", staged, shared), os.RemoveAll(staged))
}

func (h *hivePair) open(ctx context.Context, name string) (io.ReadCloser, error) {
	return h.Bob.Open(ctx, http.MethodGet, server.Route("files", shared+"/"+name), http.NoBody)
}

func (h *hivePair) cable() *machine.Cable { return h.line }
func (h *hivePair) close() error          { return errors.Join(h.Pair.Close(), h.line.Close()) }

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, text, 0o600))
}

// rsync is a daemon at one end and the command at the other.
type rsync struct {
	bench  *bench
	line   *machine.Cable
	daemon *peers.Rsync
	target string
	flags  []string
}

func newRsync(ctx context.Context, b *bench, cable *machine.Cable) (side, error) {
	dir := filepath.Join(b.dir, peers.RsyncProgram)
	const port = 8730
	daemon, err := peers.StartRsync(ctx, peers.Place{Dir: dir, Space: cable.Here, IP: machine.HereAddr, Port: port}, b.content)
	flags := append([]string{"--no-whole-file", "--fuzzy", "--delete-after", "--exclude=" + mark}, strings.Fields(b.options.rsync)...)
	return &rsync{bench: b, line: cable, daemon: daemon, target: filepath.Join(dir, "target"), flags: flags}, err
}

func (r *rsync) load(ctx context.Context, _ string) error { return r.pull(ctx) }

func (r *rsync) pull(ctx context.Context) error {
	return r.daemon.Pull(ctx, r.line.There, r.target, r.flags...)
}

func (r *rsync) follow(ctx context.Context, _ change) (time.Duration, error) {
	var once figures.Series
	err := once.Measure(func() error { return r.pull(ctx) })
	return once.Median(), err
}

func (r *rsync) open(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(r.target, filepath.FromSlash(name)))
}

func (r *rsync) cable() *machine.Cable { return r.line }
func (r *rsync) close() error          { return errors.Join(r.daemon.Close(), r.line.Close()) }

// syncthing is an instance at each end.
type syncthing struct {
	bench    *bench
	line     *machine.Cable
	from, to *peers.Syncthing
	target   string
}

func newSyncthing(ctx context.Context, b *bench, cable *machine.Cable) (side, error) {
	dir := filepath.Join(b.dir, peers.SyncthingProgram)
	const port = 22000
	place := func(name string, space machine.Space, ip string) peers.Place {
		return peers.Place{Dir: filepath.Join(dir, name), Space: space, IP: ip, Port: port}
	}
	from, to, err := peers.Pair(ctx, place("from", cable.Here, machine.HereAddr), place("to", cable.There, machine.ThereAddr))
	if err != nil {
		return nil, err
	}
	s := &syncthing{bench: b, line: cable, from: from, to: to, target: filepath.Join(dir, "target")}
	err = errors.Join(from.Shares(ctx, b.content, to, false), to.Shares(ctx, s.target, from, false), from.Knows(ctx, to, false))
	if err != nil {
		err = errors.Join(err, from.Close(), to.Close())
	}
	return s, err
}

func (s *syncthing) load(ctx context.Context, _ string) error {
	files, _, err := s.bench.count()
	if err != nil {
		return err
	}
	return errors.Join(s.from.Scan(ctx), s.to.Holds(ctx, files, patience))
}

func (s *syncthing) follow(ctx context.Context, c change) (time.Duration, error) {
	names := slices.Clone(c.written)
	if c.renamed != "" {
		names = append(names, c.renamed)
	}
	var once figures.Series
	err := once.Measure(func() error { return errors.Join(s.from.Scan(ctx), s.to.Follows(ctx, s.from, patience, names...)) })
	return once.Median(), err
}

func (s *syncthing) open(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(s.target, filepath.FromSlash(name)))
}

func (s *syncthing) cable() *machine.Cable { return s.line }
func (s *syncthing) close() error {
	return errors.Join(s.from.Close(), s.to.Close(), s.line.Close())
}

// sizeOf is the size of a file of the folder in words.
func (b *bench) sizeOf(name string) string {
	info, err := os.Stat(b.local(name))
	if err != nil {
		return err.Error()
	}
	return strconv.FormatInt(info.Size()/figures.MiB, 10) + " MiB"
}
