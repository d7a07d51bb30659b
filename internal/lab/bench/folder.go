package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
)

// folder measures pages of 100 out of a large folder, and on the way how many
// small files a second go in.
func (b *bench) folder(ctx context.Context) (err error) {
	h, hive, err := b.hive(ctx, "folder")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	var filling figures.Series
	if err := filling.Measure(func() error { return fill(ctx, hive, b.options.entries) }); err != nil {
		return err
	}
	cursors, err := pages(ctx, hive)
	if err != nil {
		return err
	}
	var page figures.Series
	const calls = 200
	for range calls {
		cursor := cursors[rand.IntN(len(cursors))]
		begin := time.Now()
		if _, err := list(ctx, hive, cursor); err != nil {
			return err
		}
		page = append(page, time.Since(begin))
	}
	b.table.add(row{
		what: "small files in", value: fmt.Sprintf("%.0f/s", float64(b.options.entries)/filling.Median().Seconds()),
		detail: fmt.Sprintf("%d empty files by %d connections", b.options.entries, fillers),
	})
	const half, most, target = 0.5, 0.99, 10 * time.Millisecond
	p99 := page.At(most)
	b.table.add(row{what: "list a page, p50", value: figures.Seconds(page.At(half)), detail: fmt.Sprintf("100 of %d", b.options.entries)})
	b.table.add(row{
		what: "list a page, p99", value: figures.Seconds(p99), detail: fmt.Sprintf("%d calls, any page", calls),
		target: "≤ " + target.String(), met: figures.Yes(p99 <= target),
	})
	return nil
}

const fillers = 32

// fill makes a folder of n empty files.
func fill(ctx context.Context, hive *remote, n int) error {
	if err := hive.done(ctx, http.MethodPut, "folders/large", http.NoBody, 0); err != nil {
		return err
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	faults := make(chan error, fillers)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range fillers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := hive.done(ctx, http.MethodPut, fmt.Sprintf("files/large/file-%07d", i), http.NoBody, 0); err != nil {
					faults <- err
					cancel()
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-faults:
		return err
	default:
		return nil
	}
}

// pages walks the folder once and returns where each page begins.
func pages(ctx context.Context, hive *remote) ([]string, error) {
	cursors := []string{""}
	for {
		next, err := list(ctx, hive, cursors[len(cursors)-1])
		if err != nil || next == "" {
			return cursors, err
		}
		cursors = append(cursors, next)
	}
}

// list gets a page and returns the cursor of the next.
func list(ctx context.Context, hive *remote, after string) (string, error) {
	query := url.Values{"limit": {"100"}}
	if after != "" {
		query.Set("after", after)
	}
	var page struct {
		Next string `json:"next"`
	}
	err := hive.json(ctx, "folders/large?"+query.Encode(), &page)
	return page.Next, err
}
