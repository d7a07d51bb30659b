package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// TestWritersBesideCollection has writers that put, replace and delete, and a collection that never rests. What is
// acknowledged and not deleted is there in the end, after a restart too.
func TestWritersBesideCollection(t *testing.T) {
	const writers, rounds = 8, 30
	cfg := made(t)
	n, c, stop := running(t, cfg)
	ctx, done := context.WithCancel(t.Context())
	var sweeper errgroup.Group
	sweeper.Go(func() error {
		for ctx.Err() == nil {
			if err := errors.Join(n.thin(ctx), n.collect(ctx)); err != nil && ctx.Err() == nil {
				return err
			}
		}
		return nil
	})
	g, gctx := errgroup.WithContext(ctx)
	for w := range writers {
		g.Go(func() error { return churn(gctx, c, w, rounds) })
	}
	err := g.Wait()
	done()
	if err = errors.Join(err, sweeper.Wait(), stop()); err != nil {
		t.Fatal(err)
	}
	if checked, found := fsck(t, cfg); len(found) > 0 || checked.Roots == 0 {
		t.Fatalf("%+v, %v", checked, found)
	}
	_, c, _ = running(t, cfg)
	for w := range writers {
		for i := range rounds {
			want := ""
			if i%3 != 2 {
				want = text(w, i, i%2)
			}
			got, err := read(t.Context(), c, name(w, i))
			if err != nil && !errors.Is(err, client.ErrNotFound) || got != want {
				t.Errorf("%s: %d bytes, %v; want %d", name(w, i), len(got), err, len(want))
			}
		}
	}
}

func name(writer, i int) string { return fmt.Sprintf("/w%d/%d/file", writer, i) }

// text is content that other writers have too, so that blocks are found present while they are collected.
func text(_, i, version int) string {
	return strings.Repeat(fmt.Sprintf("content %d of version %d. ", i%5, version), 100)
}

// churn puts a file per round; of three, two are replaced or left, and one is deleted for good.
func churn(ctx context.Context, c *client.Client, writer, rounds int) error {
	for i := range rounds {
		for version := range i%2 + 1 {
			if _, _, err := c.Files.Put(ctx, name(writer, i), strings.NewReader(text(writer, i, version)), client.PutOptions{Parents: true}); err != nil {
				return err
			}
		}
		if i%3 != 2 {
			continue
		}
		gone, err := c.Files.Remove(ctx, name(writer, i), client.Condition{})
		if err == nil {
			err = c.History.Purge(ctx, gone.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func read(ctx context.Context, c *client.Client, path string) (string, error) {
	r, err := c.Files.Open(ctx, path, client.OpenOptions{})
	if err != nil {
		return "", err
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	return string(raw), err
}

func TestFullDiskRefusesWritesAndNothingElse(t *testing.T) {
	cfg := made(t)
	_, c, stop := running(t, cfg)
	put(t, c, "/before", "before")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	cfg.Blocks.Reserve = 1 << 60
	n, c, _ := running(t, cfg)
	_, _, err := c.Files.Put(t.Context(), "/after", strings.NewReader("after"), client.PutOptions{})
	if !errors.Is(err, client.ErrDiskReserve) {
		t.Errorf("got %v, want ErrDiskReserve", err)
	}
	if !n.full() {
		t.Error("the disk does not count as full: collection waits for its turn")
	}
	if got := content(t, c, "/before"); got != "before" {
		t.Errorf("got %q", got)
	}
	if _, err := c.Files.Remove(t.Context(), "/before", client.Condition{}); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := errors.Join(n.thin(t.Context()), n.collect(t.Context())); err != nil {
		t.Errorf("collect: %v", err)
	}
}

// logBuffer is a log that the test reads while others write.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestScrubLogsDamage(t *testing.T) {
	cfg := made(t)
	_, c, stop := running(t, cfg)
	needle := strings.Repeat("scrub me ", 300)
	e := put(t, c, "/bad", needle)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(cfg.Data, blocksFolder), []byte(needle))
	var log logBuffer
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	n, c, _ := running(t, cfg)
	if err := n.scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); !strings.Contains(got, "block damaged") || !strings.Contains(got, e.Root) || !strings.Contains(got, "damaged=1") {
		t.Errorf("log: %s", got)
	}
	if _, err := read(t.Context(), c, "/bad"); err == nil {
		t.Error("damaged content is served")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.scrub(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a scrub that is stopped: %v", err)
	}
}

func TestSettingsReachTheParts(t *testing.T) {
	cfg := made(t)
	cfg.Accounts.Registration, cfg.Accounts.Quota = "open", 10
	cfg.Catalog.RefuseCaseCollisions = true
	cfg.Name, cfg.Version = "Meadow", "v1"
	n, c, _ := running(t, cfg)
	server, err := c.Server(t.Context())
	if err != nil || server.Name != "Meadow" || server.Version != "v1" || server.Registration != "open" {
		t.Errorf("%+v, %v", server, err)
	}
	put(t, c, "/Name", "x")
	if _, _, err := c.Files.Put(t.Context(), "/name", strings.NewReader("y"), client.PutOptions{}); !errors.Is(err, client.ErrCaseCollision) {
		t.Errorf("got %v, want ErrCaseCollision", err)
	}
	eve, err := client.New(n.URL(), client.Options{User: "eve", Password: password, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer eve.Close()
	if _, err := eve.Register(t.Context(), apitype.Registration{User: "eve", Password: password}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := eve.Files.Put(t.Context(), "/large", strings.NewReader("more than 10 bytes"), client.PutOptions{}); !errors.Is(err, client.ErrQuota) {
		t.Errorf("got %v, want ErrQuota", err)
	}
}
