package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/peers"
	"github.com/melissiproject/hive/internal/lab/server"
)

const (
	editSize  = 4 << 10
	editLimit = time.Minute
)

// edits measures the time from an acknowledged small write on one side until the other side lists it.
func (b *bench) edits(ctx context.Context) (err error) {
	p, err := b.pair(ctx, "edits")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.Alice.Put(ctx, "/shared/first", "first"); err != nil {
		return err
	}
	id, err := p.Offer(ctx, "/shared")
	if err != nil {
		return err
	}
	if _, err := (server.Shares{Hive: p.Bob}).Take(ctx, id, "/shared", editLimit); err != nil {
		return err
	}
	if err := newest(ctx, p.Bob, "first"); err != nil {
		return err
	}
	down, err := b.edit(ctx, p.Alice, p.Bob, "down")
	if err != nil {
		return err
	}
	up, err := b.edit(ctx, p.Bob, p.Alice, "up")
	if err != nil {
		return err
	}
	other, err := b.editSyncthing(ctx)
	if err != nil {
		return err
	}
	beside := "missing"
	if len(other) > 0 {
		beside = figures.Seconds(other.Median())
	}
	const half, most, p50, p99 = 0.5, 0.99, 150 * time.Millisecond, 500 * time.Millisecond
	for _, way := range []struct {
		name  string
		times figures.Series
	}{{"owner to member", down}, {"member to owner", up}} {
		detail := fmt.Sprintf("%d files of 4 KiB, %s", len(way.times), way.times.Spread(0))
		b.table.add(row{
			what: "edit, " + way.name + ", p50", hive: figures.Seconds(way.times.At(half)), detail: detail, syncthing: beside,
			target: "≤ " + p50.String(), met: figures.Yes(way.times.At(half) <= p50),
		})
		b.table.within("edit, "+way.name+", p99", figures.Seconds(way.times.At(most)), "", "≤ "+p99.String(), way.times.At(most) <= p99)
	}
	return nil
}

// edit writes on one hive and waits for the other, one file after the other.
func (b *bench) edit(ctx context.Context, from, to *server.Hive, name string) (times figures.Series, err error) {
	for n := range b.options.edits {
		file := fmt.Sprintf("%s-%04d", name, n)
		if err := from.Put(ctx, "/shared/"+file, string(content(n))); err != nil {
			return nil, err
		}
		begin := time.Now()
		if err := newest(ctx, to, file); err != nil {
			return nil, err
		}
		times = append(times, time.Since(begin))
	}
	return times, nil
}

func content(n int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%07d\n", n), editSize/8) }

// newest waits until a hive lists a file in the shared folder, of which it asks for the one that was changed last.
func newest(ctx context.Context, h *server.Hive, file string) error {
	return server.Until(ctx, editLimit, func(ctx context.Context) error {
		var page struct {
			Items []server.Entry `json:"items"`
		}
		if err := h.Call(ctx, http.MethodGet, "folders/shared?sort=mtime&order=desc&limit=1", nil, &page); err != nil {
			return err
		}
		if len(page.Items) == 0 || page.Items[0].Name != file {
			return fmt.Errorf("%s is not listed yet", file)
		}
		return nil
	})
}

// editSyncthing does the same with Syncthing, a few times: it waits for a second on purpose.
func (b *bench) editSyncthing(ctx context.Context) (times figures.Series, err error) {
	if !machine.Has(peers.SyncthingProgram) {
		return nil, nil
	}
	from, to, stop, err := b.syncthings(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	source, target := filepath.Join(from.Dir, "shared"), filepath.Join(to.Dir, "shared")
	if err := os.MkdirAll(source, 0o700); err != nil {
		return nil, err
	}
	err = errors.Join(os.WriteFile(filepath.Join(source, "first"), nil, 0o600), from.Shares(ctx, source, to, true),
		to.Shares(ctx, target, from, true), from.Knows(ctx, to, false), to.Holds(ctx, 1, editLimit))
	if err != nil {
		return nil, err
	}
	const few = 5
	for n := range min(few, b.options.edits) {
		name := fmt.Sprintf("file-%d", n)
		if err := os.WriteFile(filepath.Join(source, name), content(n), 0o600); err != nil {
			return nil, err
		}
		begin := time.Now()
		err := server.Until(ctx, editLimit, func(context.Context) error {
			_, err := os.Stat(filepath.Join(target, name))
			return err
		})
		if err != nil {
			return nil, err
		}
		times = append(times, time.Since(begin))
	}
	return times, nil
}
