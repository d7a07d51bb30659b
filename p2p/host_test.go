package p2p

import (
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/links"
)

func TestDialAddedHive(t *testing.T) {
	a, _ := start(t, Config{Name: "a"})
	b, _ := start(t, Config{Name: "b"})
	from := make(chan peer.ID, 1)
	b.Handle(echo, func(hive peer.ID, conn net.Conn) {
		from <- hive
		serveEcho(hive, conn)
	})
	came := watching(b, a.ID())
	hive, err := a.Add(within(t), b.Addrs()[0])
	if err != nil || hive != b.ID() {
		t.Fatalf("got %s, %v", hive, err)
	}
	came.until(t, true)
	talk(t, a, b.ID(), "good morning")
	if got := <-from; got != a.ID() {
		t.Errorf("the other side is %s, want %s", got, a.ID())
	}
	late := make(chan peer.ID, 8)
	b.Notify(func(hive peer.ID, _ bool) { late <- hive })
	if got := <-late; got != a.ID() {
		t.Errorf("a late listener is told of %s", got)
	}
}

func TestDialFailures(t *testing.T) {
	a, _ := start(t, Config{})
	b, stop := start(t, Config{})
	if _, err := a.Dial(within(t), a.ID(), echo); !errors.Is(err, ErrSelf) {
		t.Errorf("self: %v", err)
	}
	if _, err := a.Dial(within(t), b.ID(), echo); !errors.Is(err, ErrNotFound) {
		t.Errorf("no address: %v", err)
	}
	if _, err := a.Add(within(t), b.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Dial(within(t), b.ID(), echo); !errors.Is(err, ErrProtocol) {
		t.Errorf("protocol: %v", err)
	}
	gone := watching(a, b.ID())
	stop()
	gone.until(t, false)
	if _, err := a.Dial(within(t), b.ID(), echo); err == nil {
		t.Error("a hive that is gone answers")
	}
	if _, err := a.Add(within(t), "/ip4/127.0.0.1/tcp/4"); !errors.Is(err, ErrAddress) {
		t.Errorf("address: %v", err)
	}
}

func TestNobodyBeforeRun(t *testing.T) {
	a, _ := start(t, Config{})
	b, err := New(Config{Key: testKey(t), Listen: loopback})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Addrs()) == 0 || !strings.HasSuffix(b.Addrs()[0], "/p2p/"+b.ID().String()) {
		t.Errorf("addresses before Run: %v", b.Addrs())
	}
	if _, err := a.Add(within(t), b.Addrs()[0]); err == nil && b.links.IsConnected(a.ID()) {
		t.Error("connected before Run")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Dial(within(t), a.ID(), echo); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestPanicInHandler(t *testing.T) {
	var out lockedBuffer
	a, _ := start(t, Config{})
	b, _ := start(t, Config{Log: slog.New(slog.NewTextHandler(&out, nil))})
	if _, err := a.Add(within(t), b.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	b.Handle("/hive/test-panic/1.0.0", func(peer.ID, net.Conn) { panic("oh no") })
	b.Handle(echo, serveEcho)
	conn, err := a.Dial(within(t), b.ID(), "/hive/test-panic/1.0.0")
	if err == nil {
		if _, err := io.ReadAll(conn); err == nil {
			t.Error("the conn ends well")
		}
		conn.Close()
	}
	talk(t, a, b.ID(), "still there")
	if !strings.Contains(out.String(), "oh no") {
		t.Errorf("log: %s", out.String())
	}
}

func TestFindByBootstrap(t *testing.T) {
	seed, _ := start(t, Config{Name: "seed"})
	boot := seed.Addrs()
	var hives []*Host
	for _, name := range []string{"a", "b", "c"} {
		h, _ := start(t, Config{Name: name, URL: "https://" + name + ".example", Version: "1.2", Bootstrap: boot})
		hives = append(hives, h)
	}
	a, b := hives[0], hives[1]
	b.Handle(echo, serveEcho)
	eventually(t, a, "the record of b is found", func() bool {
		found, err := a.Find(within(t), b.ID())
		return err == nil && found.Record != nil && found.Record.Name == "b" && found.Record.Version == "1.2" &&
			found.Record.Hive == b.ID() && slices.Contains(found.Addrs, b.Addrs()[0])
	})
	talk(t, a, b.ID(), "found you")
	if _, err := a.Find(within(t), testID(t)); !errors.Is(err, ErrNotFound) {
		t.Errorf("a hive that is not: %v", err)
	}
}

func TestReconnect(t *testing.T) {
	key := testKey(t)
	a, _ := start(t, Config{})
	b, stop := start(t, Config{Key: key})
	seen := watching(a, b.ID())
	if _, err := a.Add(within(t), b.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	seen.until(t, true)
	a.Protect([]peer.ID{b.ID(), a.ID()})
	at := strings.TrimSuffix(b.Addrs()[0], "/p2p/"+b.ID().String())
	stop()
	seen.until(t, false)
	start(t, Config{Key: key, Listen: []string{at}})
	seen.until(t, true)
}

// TestPortOfAnotherHive: libp2p would share it, and who connects would reach either.
func TestPortOfAnotherHive(t *testing.T) {
	a, _ := start(t, Config{Listen: []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/0/ws"}})
	for _, addr := range a.Addrs() {
		at := strings.TrimSuffix(addr, "/p2p/"+a.ID().String())
		b, err := New(Config{Key: testKey(t), Listen: []string{at}})
		if !errors.Is(err, ErrListen) || !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("%s: got %v, want %v", at, err, ErrListen)
		}
		if err == nil {
			b.Close()
		}
	}
}

// TestAfterAMove: who found nobody tries again when it has another address, as after a cable was plugged in.
func TestAfterAMove(t *testing.T) {
	cfg := Config{Key: testKey(t)}
	free, stop := start(t, cfg)
	boot := free.Addrs()
	cfg.Listen = []string{strings.TrimSuffix(boot[0], "/p2p/"+free.ID().String())}
	stop()
	var out lockedBuffer
	never := links.Times{First: 10_000 * time.Hour, Most: 20_000 * time.Hour, Attempt: quick.Attempt, Settle: quick.Settle}
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a, _ := start(t, Config{Bootstrap: boot, Log: log, retry: never})
	eventually(t, a, "a finds nobody", func() bool { return strings.Contains(out.String(), "hive is not reached") })
	seen := watching(a, free.ID())
	start(t, cfg)
	if err := a.host.Network().Listen(ma.StringCast("/ip4/127.0.0.1/udp/0/quic-v1")); err != nil {
		t.Fatal(err)
	}
	seen.until(t, true)
}

func TestReconnectAfterMove(t *testing.T) {
	key := testKey(t)
	seed, _ := start(t, Config{})
	a, _ := start(t, Config{Bootstrap: seed.Addrs()})
	b, stop := start(t, Config{Key: key, Bootstrap: seed.Addrs()})
	seen := watching(a, b.ID())
	a.Protect([]peer.ID{b.ID()}) // by the DHT alone
	seen.until(t, true)
	stop()
	seen.until(t, false)
	start(t, Config{Key: key, Bootstrap: seed.Addrs()}) // at another port
	seen.until(t, true)
}

// TestGivenAddressesStay: a hive that says it is where nobody reaches it is reached where the owner of this one knows it.
func TestGivenAddressesStay(t *testing.T) {
	for name, given := range map[string]func(t *testing.T, key ed25519.PrivateKey, book Book, at []string) *Host{
		"by hand": func(t *testing.T, key ed25519.PrivateKey, book Book, at []string) *Host {
			before, stop := start(t, Config{Key: key, Book: book})
			hive, err := before.Add(within(t), at[0])
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, before, "it has said where it is", func() bool { return len(before.roster.Addrs(hive)) > 1 })
			eventually(t, before, "that is in the book", func() bool { return len(book.(*memoryBook).addrs(hive)) > 1 })
			stop()
			after, _ := start(t, Config{Key: key, Book: book})
			return after
		},
		"bootstrap": func(t *testing.T, key ed25519.PrivateKey, book Book, at []string) *Host {
			h, _ := start(t, Config{Key: key, Book: book, Bootstrap: at})
			return h
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Key: testKey(t)}
			free, stop := start(t, cfg)
			cfg.Listen, cfg.Announce = []string{strings.TrimSuffix(free.Addrs()[0], "/p2p/"+free.ID().String())}, []string{"/ip4/127.0.0.1/tcp/9"}
			stop()
			far, stop := start(t, cfg)
			here := given(t, testKey(t), &memoryBook{}, []string{cfg.Listen[0] + "/p2p/" + far.ID().String()})
			seen := watching(here, far.ID())
			seen.until(t, true)
			eventually(t, here, "it has said where it is", func() bool { return len(here.roster.Addrs(far.ID())) > 1 })
			stop()
			seen.until(t, false)
			start(t, cfg)
			seen.until(t, true)
			here.Forget(far.ID())
			if addrs := here.roster.Addrs(far.ID()); len(addrs) > 0 {
				t.Errorf("forgotten, but at %v", addrs)
			}
		})
	}
}

func TestBlock(t *testing.T) {
	a, _ := start(t, Config{})
	b, _ := start(t, Config{})
	b.Handle(echo, serveEcho)
	seen := watching(a, b.ID())
	if _, err := a.Add(within(t), b.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	seen.until(t, true)
	a.Block(b.ID(), true)
	seen.until(t, false)
	if _, err := a.Dial(within(t), b.ID(), echo); !errors.Is(err, ErrBlocked) {
		t.Errorf("blocked: %v", err)
	}
	if conn, err := b.Dial(within(t), a.ID(), echo); err == nil {
		conn.Close()
		t.Error("the blocked hive gets in")
	}
	a.Block(b.ID(), false)
	talk(t, a, b.ID(), "again")
}

func TestAllowOnly(t *testing.T) {
	a, _ := start(t, Config{AllowOnly: true})
	a.Handle(echo, serveEcho)
	friend, _ := start(t, Config{})
	stranger, _ := start(t, Config{})
	a.Protect([]peer.ID{friend.ID()})
	if _, err := friend.Add(within(t), a.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	talk(t, friend, a.ID(), "it is me")
	stranger.Add(within(t), a.Addrs()[0])
	if conn, err := stranger.Dial(within(t), a.ID(), echo); err == nil {
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a stranger is served")
		}
	}
	if a.links.IsConnected(stranger.ID()) {
		t.Error("a stranger is connected")
	}
	gone := watching(a, friend.ID())
	a.Protect(nil)
	a.Forget(friend.ID())
	gone.until(t, false)
}

func TestBook(t *testing.T) {
	book := &memoryBook{}
	key := testKey(t)
	b, _ := start(t, Config{})
	b.Handle(echo, serveEcho)
	enemy, _ := start(t, Config{})
	a, stop := start(t, Config{Key: key, Book: book})
	if _, err := a.Add(within(t), b.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	eventually(t, a, "b is in the book", func() bool { return len(book.addrs(b.ID())) > 0 })
	stop()
	book.blocked = []peer.ID{enemy.ID()}
	a, _ = start(t, Config{Key: key, Book: book})
	talk(t, a, b.ID(), "remember me?")
	if _, err := a.Add(within(t), enemy.Addrs()[0]); !errors.Is(err, ErrBlocked) {
		t.Errorf("blocked in the book: %v", err)
	}
	a.Forget(b.ID()) // it may come back by itself, as a stranger
	if addrs := a.roster.Addrs(b.ID()); len(addrs) > 0 || a.roster.Knows(b.ID()) {
		t.Errorf("forgotten, but at %v", addrs)
	}
}
