package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/peers"
)

const patience = 15 * time.Minute // for one transfer

// change is what happened to the folder. Names are those of files below it.
type change struct {
	written []string
	renamed string // the one written is new by name only, and had this one
}

// side is one of those that are compared: it brings a folder from one end of a cable to the other.
type side interface {
	// load brings what is new in the folder, below name.
	load(ctx context.Context, name string) error
	// follow brings a change and tells how long that took.
	follow(ctx context.Context, c change) (time.Duration, error)
	// open reads a file at the other end.
	open(ctx context.Context, name string) (io.ReadCloser, error)
	cable() *machine.Cable
	close() error
}

// What the sides are called in the table, in the order in which they are measured.
const (
	hives = iota
	rsyncs
	syncthings
	many
)

// start makes the sides that this machine can have. The others stay nil.
func (b *bench) start(ctx context.Context) error {
	if b.sides != nil {
		return nil
	}
	b.sides = make([]side, 0, many)
	for i, open := range []func(context.Context, *bench, *machine.Cable) (side, error){newHives, newRsync, newSyncthing} {
		name := []string{"hive", peers.RsyncProgram, peers.SyncthingProgram}[i]
		if i != hives && !machine.Has(name) {
			b.sides = append(b.sides, absent{})
			continue
		}
		cable, err := machine.NewCable(ctx, name)
		if err != nil {
			return err
		}
		s, err := open(ctx, b, cable)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", name, err), cable.Close())
		}
		b.sides = append(b.sides, s)
	}
	return nil
}

// absent is a side that this machine lacks.
type absent struct{}

func (absent) load(context.Context, string) error                    { return nil }
func (absent) follow(context.Context, change) (time.Duration, error) { return 0, nil }
func (absent) open(context.Context, string) (io.ReadCloser, error)   { return nil, fs.ErrNotExist }
func (absent) cable() *machine.Cable                                 { return nil }
func (absent) close() error                                          { return nil }

// load brings something new to the other ends, which is not measured.
func (b *bench) load(ctx context.Context, name string) error {
	if err := b.start(ctx); err != nil {
		return err
	}
	for _, s := range b.sides {
		if err := s.load(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// cost is what a change cost a side, in each run.
type cost struct {
	bytes []int64
	times figures.Series
}

// measure has every side follow a change, and adds what that cost. What arrived is compared.
func (b *bench) measure(ctx context.Context, c change, costs *[many]cost) error {
	if err := b.stamp(c); err != nil {
		return err
	}
	for i, s := range b.sides {
		if s.cable() == nil {
			continue
		}
		before, err := s.cable().Settled(ctx)
		if err != nil {
			return err
		}
		took, err := s.follow(ctx, c)
		if err != nil {
			return err
		}
		after, err := s.cable().Settled(ctx)
		if err != nil {
			return err
		}
		costs[i].bytes = append(costs[i].bytes, after.Payload-before.Payload)
		costs[i].times = append(costs[i].times, took)
		if err := b.arrived(ctx, s, c); err != nil {
			return err
		}
	}
	return nil
}

// stamp gives what was written a second of its own, after all before it: rsync takes a file of the same size and second for the same.
func (b *bench) stamp(c change) error {
	if c.renamed != "" {
		return nil
	}
	const apart = 2 * time.Second
	if now := time.Now(); now.After(b.written) {
		b.written = now
	}
	b.written = b.written.Add(apart)
	for _, name := range c.written {
		if err := os.Chtimes(b.local(name), b.written, b.written); err != nil {
			return err
		}
	}
	return nil
}

var errDiffers = errors.New("what arrived is not what was sent")

// arrived compares the files of a change at both ends.
func (b *bench) arrived(ctx context.Context, s side, c change) error {
	for _, name := range c.written {
		if err := b.same(ctx, s, name); err != nil {
			return fmt.Errorf("%T: %s: %w", s, name, err)
		}
	}
	if c.renamed != "" {
		if old, err := s.open(ctx, c.renamed); err == nil {
			return errors.Join(fmt.Errorf("%w: %T still has %s", errDiffers, s, c.renamed), old.Close())
		}
	}
	return nil
}

func (b *bench) same(ctx context.Context, s side, name string) error {
	want, err := os.Open(b.local(name))
	if err != nil {
		return err
	}
	defer want.Close()
	got, err := s.open(ctx, name)
	if err != nil {
		return err
	}
	defer got.Close()
	ours, theirs := make([]byte, figures.MiB), make([]byte, figures.MiB)
	for {
		n, err := io.ReadFull(want, ours)
		m, err2 := io.ReadFull(got, theirs)
		switch {
		case string(ours[:n]) != string(theirs[:m]):
			return errDiffers
		case err == nil && err2 == nil:
		case ended(err) && ended(err2):
			return nil
		default:
			return errors.Join(errDiffers, err, err2)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func (b *bench) local(name string) string { return filepath.Join(b.content, filepath.FromSlash(name)) }

// mark is the folder that Syncthing leaves in those it shares.
const mark = ".stfolder"

// count is how many files and folders are in the shared folder.
func (b *bench) count() (files, folders int, err error) {
	err = filepath.WalkDir(b.content, func(_ string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), mark):
			return fs.SkipDir
		case d.IsDir():
			folders++
		default:
			files++
		}
		return nil
	})
	return files, folders - 1, err
}
