package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// transfers are the series of a large file, taken in turns.
type transfers struct {
	dd, digest, nginxPut, nginxGet, hivePut, hiveGet figures.Series
	peak                                             memory
}

// file measures one large file in and out, new random bytes in every run: bytes
// that the hive holds already would not be written again.
func (b *bench) file(ctx context.Context) (err error) {
	h, hive, err := b.hive(ctx, "file")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	idle, err := b.idle(ctx, h)
	if err != nil {
		return err
	}
	web, err := startNginx(ctx, filepath.Join(b.dir, "nginx"))
	if errors.Is(err, errNoNginx) {
		b.table.missing("nginx", err.Error())
	} else if err != nil {
		return err
	} else {
		defer func() { err = errors.Join(err, web.stop()) }()
	}
	var t transfers
	for n := range b.options.runs {
		if err := b.transfer(ctx, &t, h, hive, web, fmt.Sprintf("%d", n)); err != nil {
			return err
		}
	}
	size := b.options.size
	b.table.alone("dd conv=fdatasync", t.dd, size)
	if len(t.digest) > 0 {
		b.table.alone("openssl dgst -sha256", t.digest, size)
	} else {
		b.table.missing("openssl dgst -sha256", "no openssl here")
	}
	if web != nil {
		b.table.alone("nginx PUT", t.nginxPut, size)
		b.table.alone("nginx GET", t.nginxGet, size)
	}
	const ddTarget, nginxTarget = 2.5, 3
	b.table.against("upload", t.hivePut, size, "dd", t.dd, ddTarget)
	b.table.against("upload", t.hivePut, size, "openssl", t.digest, 0)
	b.table.against("upload", t.hivePut, size, "nginx", t.nginxPut, 0)
	b.table.against("download", t.hiveGet, size, "nginx", t.nginxGet, nginxTarget)
	const idleTarget, peakTarget = 80, 250
	b.table.limit("memory idle", idle, idleTarget)
	b.table.limit("memory peak, upload", t.peak, peakTarget)
	if b.options.big > 0 {
		return b.big(ctx, h, hive, t.peak)
	}
	return nil
}

// transfer measures each once, with the same new file.
func (b *bench) transfer(ctx context.Context, t *transfers, h *server.Hive, hive *remote, web *nginx, name string) error {
	source, copied := filepath.Join(b.dir, "source"), filepath.Join(b.dir, "copy")
	want, err := random(source, b.options.size)
	if err != nil {
		return err
	}
	defer os.Remove(source)
	steps := []func() error{
		func() error { return t.dd.Measure(func() error { return dd(ctx, source, copied) }) },
		func() error { return os.Remove(copied) },
	}
	if machine.Has("openssl") {
		steps = append(steps, func() error { return t.digest.Measure(func() error { return digest(ctx, source) }) })
	}
	if web != nil {
		plain := newRemote(web.url, "")
		steps = append(steps,
			func() error { return t.nginxPut.Measure(func() error { return plain.put(ctx, name, source) }) },
			func() error {
				return t.nginxGet.Measure(func() error { return plain.get(ctx, name, void{}, b.options.size) })
			},
			func() error { return plain.done(ctx, http.MethodDelete, name, http.NoBody, 0) })
	}
	steps = append(steps,
		func() error {
			peak := watch(ctx, h.PID())
			err := t.hivePut.Measure(func() error { return hive.put(ctx, "files/"+name, source) })
			t.peak = t.peak.max(peak())
			return err
		},
		func() error {
			return t.hiveGet.Measure(func() error { return hive.get(ctx, "files/"+name, void{}, b.options.size) })
		},
		func() error {
			got, err := hive.sum(ctx, "files/"+name, b.options.size)
			if err == nil && !bytes.Equal(got, want) {
				err = errors.New("download differs from upload")
			}
			return err
		})
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// big uploads a larger file to show that memory does not grow with it.
func (b *bench) big(ctx context.Context, h *server.Hive, hive *remote, usual memory) error {
	peak := watch(ctx, h.PID())
	body := io.LimitReader(rand.NewChaCha8([32]byte{'b', 'i', 'g'}), b.options.big)
	err := hive.done(ctx, http.MethodPut, "files/big", io.NopCloser(body), b.options.big)
	top := peak()
	if err != nil {
		return err
	}
	r := row{what: fmt.Sprintf("memory peak, upload of %d MiB", b.options.big/figures.MiB), value: "-", detail: "no /proc on this machine"}
	if usual.anonymous > 0 {
		const most = 1.25
		ratio := float64(top.anonymous) / float64(usual.anonymous)
		r.value, r.detail = fmt.Sprintf("%d MB", top.anonymous/figures.MiB), top.String()
		r.beside, r.ratio = fmt.Sprintf("%d MiB: %d MB", b.options.size/figures.MiB, usual.anonymous/figures.MiB), fmt.Sprintf("%.2f", ratio)
		r.target, r.met = fmt.Sprintf("≤ %.2f", most), figures.Yes(ratio <= most)
	}
	b.table.add(r)
	return nil
}

// idle looks at a hive that was left alone for a while.
func (b *bench) idle(ctx context.Context, h *server.Hive) (memory, error) {
	const while = 3 * time.Second
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return memory{}, ctx.Err()
	case <-timer.C:
	}
	m, err := memoryOf(h.PID())
	if errors.Is(err, os.ErrNotExist) {
		return memory{}, nil
	}
	return m, err
}

// random writes a file of random bytes and gives its hash.
func random(name string, size int64) ([]byte, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(rand.Uint32())
	}
	h := sha256.New()
	_, err = io.CopyBuffer(io.MultiWriter(f, h), io.LimitReader(rand.NewChaCha8(seed), size), make([]byte, figures.MiB))
	return h.Sum(nil), errors.Join(err, f.Close())
}
