package p2p

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/links"
	"github.com/melissiproject/hive/p2p/internal/roster"
)

const echo = "/hive/test-echo/1.0.0"

var loopback = []string{"/ip4/127.0.0.1/tcp/0"}

// quick are times for tests.
var quick = links.Times{First: 100 * time.Millisecond, Most: 2 * time.Second, Attempt: 5 * time.Second, Settle: 50 * time.Millisecond}

func testKey(t testing.TB) ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// start runs a hive on loopback until the test ends, or until stop is called.
func start(t testing.TB, cfg Config) (h *Host, stop func()) {
	t.Helper()
	if cfg.Key == nil {
		cfg.Key = testKey(t)
	}
	if cfg.Listen == nil {
		cfg.Listen = loopback
	}
	if cfg.retry.First == 0 {
		cfg.retry = quick
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var g sync.WaitGroup
	g.Go(func() {
		if err := h.Run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	<-h.links.Ready
	stop = sync.OnceFunc(func() {
		cancel()
		g.Wait()
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(stop)
	return h, stop
}

// within bounds a step of a test.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func gateOf(h *Host) roster.Gate { return roster.Gate{Roster: h.roster} }

// watch tells of hives that come and go.
type watch struct {
	ch chan bool
}

func watching(h *Host, other peer.ID) watch {
	w := watch{make(chan bool, 64)}
	h.Notify(func(hive peer.ID, connected bool) {
		if hive == other {
			w.ch <- connected
		}
	})
	return w
}

func (w watch) until(t *testing.T, connected bool) {
	t.Helper()
	for ctx := within(t); ; {
		select {
		case now := <-w.ch:
			if now == connected {
				return
			}
		case <-ctx.Done():
			t.Fatalf("not connected == %v in time", connected)
		}
	}
}

// eventually tries until a fact holds, each time something happens to h.
func eventually(t *testing.T, h *Host, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := within(t); !holds(); {
		select {
		case <-h.links.News.Next():
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}

func serveEcho(_ peer.ID, conn net.Conn) {
	defer conn.Close()
	io.Copy(conn, conn)
}

// talk sends text to a hive that echoes.
func talk(t *testing.T, from *Host, to peer.ID, text string) {
	t.Helper()
	conn, err := from.Dial(within(t), to, echo)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != text {
		t.Fatalf("got %q, %v, want %q", got, err, text)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// memoryBook keeps a book in memory.
type memoryBook struct {
	mu      sync.Mutex
	hives   map[peer.ID]peer.AddrInfo
	blocked []peer.ID
}

func (b *memoryBook) Load(context.Context) ([]peer.AddrInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []peer.AddrInfo
	for _, info := range b.hives {
		list = append(list, info)
	}
	return list, nil
}

func (b *memoryBook) Save(_ context.Context, hive peer.AddrInfo) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hives == nil {
		b.hives = map[peer.ID]peer.AddrInfo{}
	}
	b.hives[hive.ID] = hive
	return nil
}

func (b *memoryBook) Blocked(context.Context) ([]peer.ID, error) { return b.blocked, nil }

func (b *memoryBook) addrs(hive peer.ID) []ma.Multiaddr {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hives[hive].Addrs
}

func testID(t testing.TB) peer.ID {
	h, err := New(Config{Key: testKey(t), Listen: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	return h.ID()
}
