package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/p2p"
)

// A look-up takes at most this long, and a hive has this many others to join by.
const (
	lookupTime = 30 * time.Second
	seeds      = 3
)

// population is the hives of a simulation.
type population struct {
	hives []*p2p.Host
	run   errgroup.Group
	stop  context.CancelFunc
}

// simulate lets n hives join one DHT and looks some of them up from others.
func simulate(ctx context.Context, n int, o options, progress io.Writer) (_ result, err error) {
	start := time.Now()
	running, stop := context.WithCancel(ctx)
	p := &population{stop: stop}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.grow(running, n, o, progress); err != nil {
		return result{}, err
	}
	if err := p.settle(ctx, o, progress); err != nil {
		return result{}, err
	}
	r := result{hives: n, joined: time.Since(start)}
	for _, h := range p.hives {
		r.tables = append(r.tables, h.Doctor(ctx, nil).Table)
	}
	chance := rand.New(rand.NewPCG(o.seed, uint64(n))) //nolint:gosec // to be repeatable
	for len(r.hops)+r.lost < o.lookups {
		from, to := p.hives[chance.IntN(n)], p.hives[chance.IntN(n)]
		if from == to {
			continue
		}
		from.Forget(to.ID()) // in a small network everybody is connected to everybody
		looking, cancel := context.WithTimeout(ctx, lookupTime)
		found, err := from.Find(looking, to.ID())
		cancel()
		switch {
		case ctx.Err() != nil:
			return result{}, ctx.Err()
		case err != nil:
			r.lost++
		case found.Messages > 0: // else the other has called first
			r.add(found)
		}
	}
	fmt.Fprintf(progress, "%d hives: %d look-ups done\n", n, o.lookups)
	return r, nil
}

// grow starts hives, each of which knows a few that are there already.
func (p *population) grow(ctx context.Context, n int, o options, progress io.Writer) error {
	chance := rand.New(rand.NewPCG(o.seed, 0)) //nolint:gosec // to be repeatable
	for i := range n {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return err
		}
		cfg := p2p.Config{
			Key: key, Name: fmt.Sprintf("hive %d", i), Version: "sim", MaxPeers: o.conns, Bucket: o.bucket,
			Listen: []string{fmt.Sprintf("/memory/%d", n*10+i+1)},
		}
		for range min(i, seeds) {
			cfg.Bootstrap = append(cfg.Bootstrap, p.hives[chance.IntN(i)].Addrs()[0])
		}
		h, err := p2p.New(cfg)
		if err != nil {
			return err
		}
		p.hives = append(p.hives, h)
		p.run.Go(func() error { return h.Run(ctx) })
		if i >= o.joining {
			if err := joined(ctx, p.hives[i-o.joining:i-o.joining+1], o.limit); err != nil {
				return err
			}
		}
		if i%100 == 99 {
			fmt.Fprintf(progress, "%d hives have started\n", i+1)
		}
	}
	return nil
}

// settle waits until all hives have joined and have been found by one other.
func (p *population) settle(ctx context.Context, o options, progress io.Writer) error {
	if err := joined(ctx, p.hives, o.limit); err != nil {
		return err
	}
	fmt.Fprintf(progress, "%d hives have joined\n", len(p.hives))
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	var g errgroup.Group
	g.SetLimit(o.joining)
	for i, h := range p.hives {
		asker := p.hives[(i+len(p.hives)/2)%len(p.hives)]
		g.Go(func() error {
			for {
				looking, cancel := context.WithTimeout(ctx, lookupTime)
				_, err := asker.Find(looking, h.ID())
				cancel()
				if err == nil {
					return nil
				}
				if !pause(ctx) {
					return fmt.Errorf("hive %d is not found: %w", i, err)
				}
			}
		})
	}
	return g.Wait()
}

// joined waits until hives have others in their tables.
func joined(ctx context.Context, hives []*p2p.Host, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, h := range hives {
		for h.Doctor(ctx, nil).Table == 0 {
			if !pause(ctx) {
				return fmt.Errorf("a hive has not joined: %w", ctx.Err())
			}
		}
	}
	return nil
}

// pause waits a little, and is false when ctx has ended.
func pause(ctx context.Context) bool {
	timer := time.NewTimer(50 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (p *population) close() error {
	p.stop()
	faults := []error{p.run.Wait()}
	var g errgroup.Group
	g.SetLimit(64)
	for _, h := range p.hives {
		g.Go(h.Close)
	}
	return errors.Join(append(faults, g.Wait())...)
}
