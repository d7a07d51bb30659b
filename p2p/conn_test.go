package p2p

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// pair connects two hives and returns both ends of a conn between them.
func pair(t *testing.T, a, b Config) (near, far net.Conn) {
	t.Helper()
	from, _ := start(t, a)
	to, _ := start(t, b)
	ends, done := make(chan net.Conn, 1), make(chan struct{})
	to.Handle(echo, func(_ peer.ID, conn net.Conn) {
		ends <- conn
		<-done
	})
	if _, err := from.Add(within(t), to.Addrs()[0]); err != nil {
		t.Fatal(err)
	}
	near, err := from.Dial(within(t), to.ID(), echo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := near.Write([]byte("!")); err != nil { // what is opened shows at the first byte
		t.Fatal(err)
	}
	far = <-ends
	if _, err := io.ReadFull(far, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		near.Close()
		far.Close()
		close(done)
	})
	return near, far
}

func TestConn(t *testing.T) {
	for name, listen := range map[string]string{
		"tcp": "/ip4/127.0.0.1/tcp/0", "quic": "/ip4/127.0.0.1/udp/0/quic-v1", "websocket": "/ip4/127.0.0.1/tcp/0/ws", "memory": "/memory/71",
	} {
		t.Run(name, func(t *testing.T) {
			near, far := pair(t, Config{}, Config{Listen: []string{listen}})
			if near.RemoteAddr().String() != far.LocalAddr().String() || near.RemoteAddr().Network() != "hive" {
				t.Errorf("%s and %s", near.RemoteAddr(), far.LocalAddr())
			}
			far.SetReadDeadline(time.Now().Add(-time.Second))
			if _, err := far.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("after the deadline: %v", err)
			}
			far.SetDeadline(time.Time{})
			if _, err := near.Write([]byte("ping")); err != nil {
				t.Fatal(err)
			}
			near.(interface{ CloseWrite() error }).CloseWrite()
			if got, err := io.ReadAll(far); err != nil || string(got) != "ping" {
				t.Errorf("got %q, %v", got, err)
			}
			if _, err := far.Write([]byte("pong")); err != nil {
				t.Error(err)
			}
			far.Close()
			if got, err := io.ReadAll(near); err != nil || string(got) != "pong" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestReset(t *testing.T) {
	near, far := pair(t, Config{}, Config{})
	if err := near.(interface{ Reset() error }).Reset(); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("after a reset: %v", err)
	}
}

func TestBandwidth(t *testing.T) {
	const rate = 256 << 10
	data := make([]byte, 3*rate/8)
	for name, cfg := range map[string][2]Config{
		"up":   {{BandwidthUp: rate}, {}},
		"down": {{}, {BandwidthDown: rate}},
	} {
		t.Run(name, func(t *testing.T) {
			near, far := pair(t, cfg[0], cfg[1])
			start := time.Now()
			go func() {
				near.Write(data)
				near.(interface{ CloseWrite() error }).CloseWrite()
			}()
			got, err := io.ReadAll(far)
			if err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			// An eighth of a second goes at once, the rest takes a quarter of a second.
			if took := time.Since(start); took < 200*time.Millisecond {
				t.Errorf("%d bytes in %v", len(data), took)
			}
		})
	}
}

func TestLimitedConnEnds(t *testing.T) {
	near, _ := pair(t, Config{BandwidthUp: 1 << 10}, Config{})
	near.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := near.Write(make([]byte, 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 {
		t.Errorf("wrote %d, %v", n, err)
	}
	near.SetWriteDeadline(time.Time{})
	ended := make(chan error)
	go func() {
		_, err := near.Write(make([]byte, 1<<20))
		ended <- err
	}()
	near.Close()
	if err := <-ended; err == nil {
		t.Error("a write goes on after Close")
	}
}

func TestConfig(t *testing.T) {
	key := testKey(t)
	for name, cfg := range map[string]Config{
		"no key":       {},
		"listen":       {Key: key, Listen: []string{"here"}},
		"bootstrap":    {Key: key, Bootstrap: []string{"/ip4/127.0.0.1/tcp/1"}},
		"reachability": {Key: key, Reachability: "maybe"},
		"bandwidth":    {Key: key, BandwidthUp: -1},
		"strangers":    {Key: key, AllowOnly: true, PublicDHT: true},
	} {
		if _, err := New(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	_, err = New(Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/" + port}})
	if !errors.Is(err, ErrListen) || !strings.Contains(err.Error(), port) {
		t.Errorf("a port in use: %v", err)
	}
}

func TestSharedPort(t *testing.T) {
	free, stop := start(t, Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	port := strings.Split(free.Addrs()[0], "/")[4]
	stop()
	at := "/ip4/127.0.0.1/tcp/" + port
	both, _ := start(t, Config{Listen: []string{at, at + "/ws"}})
	both.Handle(echo, serveEcho)
	for _, addr := range both.Addrs() {
		other, _ := start(t, Config{})
		if _, err := other.Add(within(t), addr); err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		talk(t, other, both.ID(), addr)
	}
}

func TestAnnounce(t *testing.T) {
	h, _ := start(t, Config{Announce: []string{"/dns4/hive.example/tcp/4484"}})
	if got := h.Addrs(); len(got) != 1 || got[0] != "/dns4/hive.example/tcp/4484/p2p/"+h.ID().String() {
		t.Errorf("got %v", got)
	}
}
