package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// cut measures what a hive sends again of a file when the line is cut at random: it compares with another file of the same
// size, of which the transfer is left in peace.
func (b *bench) cut(ctx context.Context) (err error) {
	if b.options.cuts == 0 {
		return nil
	}
	cable, err := machine.NewCable(ctx, "cut")
	if err != nil {
		return err
	}
	h, err := b.hives(ctx, cable)
	if err != nil {
		return errors.Join(err, cable.Close())
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := cable.Slow(ctx, b.options.rate); err != nil {
		return err
	}
	size := b.options.size
	peace, took, _, err := b.sends(ctx, h, "peace", 10, nil)
	if err != nil {
		return err
	}
	places := make([]int64, b.options.cuts)
	for i := range places {
		places[i] = rand.Int64N(size)
	}
	slices.Sort(places)
	war, takes, done, err := b.sends(ctx, h, "war", 11, places)
	if err != nil {
		return err
	}
	resent := float64(war-peace) / float64(size) * 100
	b.table.Add(fmt.Sprintf("%d MiB, cut %d times at random", size/figures.MiB, done), figures.Bytes(war), "", "", "", "",
		fmt.Sprintf("< 1 %% sent again: %.2f %%, %s", resent, figures.Bytes(war-peace)), figures.Yes(resent < 1 && done == b.options.cuts),
		fmt.Sprintf("%s, uncut %s", figures.Seconds(takes), figures.Seconds(took)))
	return nil
}

// sends has a new file travel, and cuts the line whenever so many bytes have passed. What arrives is compared.
func (b *bench) sends(ctx context.Context, h *hivePair, name string, seed uint64, places []int64) (bytes int64, took time.Duration, cuts int, err error) {
	if err := fill(b.local(name), seed, b.options.size); err != nil {
		return 0, 0, 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(b.local(name))) }()
	before, err := h.line.Settled(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	c := change{written: []string{name}}
	if err := h.write(ctx, c); err != nil {
		return 0, 0, 0, err
	}
	begin := time.Now()
	for _, place := range places {
		last, err := h.until(ctx, name, before.Payload+place)
		if err != nil {
			return 0, 0, cuts, err
		}
		if last {
			break
		}
		if err := h.line.Cut(ctx); err != nil {
			return 0, 0, cuts, err
		}
		cuts++
	}
	if err := h.holds(ctx, shared+"/"+name); err != nil {
		return 0, 0, cuts, err
	}
	took = time.Since(begin)
	after, err := h.line.Settled(ctx)
	if err != nil {
		return 0, 0, cuts, err
	}
	return after.Payload - before.Payload, took, cuts, b.arrived(ctx, h, c)
}

// until waits for so many bytes to have passed, or for bob to have the whole file before.
func (h *hivePair) until(ctx context.Context, name string, bytes int64) (last bool, err error) {
	want, err := h.Alice.Stat(ctx, shared+"/"+name)
	if err != nil {
		return false, err
	}
	err = server.Until(ctx, patience, func(ctx context.Context) error {
		passed, err := h.line.Count(ctx)
		if err != nil || passed.Payload >= bytes {
			return err
		}
		got, err := h.Bob.Stat(ctx, shared+"/"+name)
		if last = err == nil && got.Root == want.Root && !got.Absent; last {
			return nil
		}
		return fmt.Errorf("%d of %d bytes have passed", passed.Payload, bytes)
	})
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, h.Tails())
	}
	return last, err
}
