package transfer

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/node"
)

// big is the size of a file that goes on where it was, and tenth a part of it. What is on its way when a connection breaks is
// less than that.
const (
	big   = 80 << 20
	tenth = big / 10
)

// bees is a hive that can be stopped and started.
type bees struct {
	*testing.T
	cfg  node.Config
	url  string
	stop func()
}

func newBees(t *testing.T) *bees {
	t.Helper()
	cfg, err := node.Prepare(t.TempDir(), map[string]string{"name": "bees", "http.listen": "127.0.0.1:0", "blocks.reserve": "1MiB", "p2p.enabled": "false"})
	if err == nil {
		err = node.Init(t.Context(), cfg, node.Admin{Name: "admin", Password: "correct horse battery"})
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &bees{T: t, cfg: cfg}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *bees) start() {
	b.Helper()
	n, err := node.New(context.Background(), b.cfg)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(n.Run(ctx), n.Close()) }()
	b.url = n.URL()
	b.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// over gives the options of transfers over a wire.
func (b *bees) over(w *wire) Options {
	b.Helper()
	transport := &http.Transport{DialContext: w.dial, DisableCompression: true}
	c, err := client.New(b.url, client.Options{User: "admin", Password: "correct horse battery", Transport: transport, Backoff: time.Millisecond})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return Options{Remote: c.Files, Chunks: c.Chunks, Uploads: c.Uploads}
}

// wire counts the bytes that travel, and does something after some.
type wire struct {
	bytes, left atomic.Int64
	then        func()
	cuts        bool // the connection is closed too, each time after every bytes
	every       int64
}

func cutting(every int64) *wire {
	w := &wire{cuts: true, every: every}
	w.left.Store(every)
	return w
}

// stopping is a wire whose context ends after n bytes.
func stopping(t *testing.T, n int64) (context.Context, *wire) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &wire{then: cancel}
	w.left.Store(n)
	return ctx, w
}

func (w *wire) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	return wired{conn, w}, err
}

type wired struct {
	net.Conn
	*wire
}

func (w wired) spend(n int) {
	w.bytes.Add(int64(n))
	if left := w.left.Add(-int64(n)); left > 0 || left+int64(n) <= 0 {
		return
	}
	if w.then != nil {
		w.then()
	}
	if w.cuts {
		w.left.Store(w.every)
		w.Conn.Close()
	}
}

func (w wired) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p[:min(len(p), 64<<10)])
	w.spend(n)
	return n, err
}

func (w wired) Write(p []byte) (written int, err error) {
	for len(p) > 0 && err == nil {
		var n int
		n, err = w.Conn.Write(p[:min(len(p), 64<<10)])
		w.spend(n)
		written, p = written+n, p[n:]
	}
	return written, err
}

func noise(seed byte) []byte {
	b := make([]byte, big)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func save(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantFile(t *testing.T, name string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s has %d other bytes, %v", name, len(got), err)
	}
}

// wantThere gets a file and compares it.
func (b *bees) wantThere(remote string, want []byte) {
	b.Helper()
	var got bytes.Buffer
	o := b.over(new(wire))
	if err := NewDownload(o).Writer(b.Context(), &got, remote, 0); err != nil || !bytes.Equal(got.Bytes(), want) {
		b.Errorf("%s has %d other bytes, %v", remote, got.Len(), err)
	}
	for up, err := range o.Uploads.List(b.Context()) {
		b.Errorf("left %+v, %v", up, err)
	}
}
