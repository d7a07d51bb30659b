package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestTools(t *testing.T) {
	t.Parallel()
	if !Has("sh") || Has("no-such-program") {
		t.Error("what this machine has")
	}
	if err := Feed(t.Context(), "exit 3", "sh"); err == nil || !strings.Contains(err.Error(), "status 3") {
		t.Errorf("got %v", err)
	}
	if addr, err := FreeAddr(t.Context()); err != nil || !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Errorf("got %s, %v", addr, err)
	}
	if Load() == "" {
		t.Error("no load")
	}
	if got, err := Anonymous(os.Getpid()); err != nil || got < 1<<20 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := Anonymous(-1); err == nil {
		t.Error("no process: got no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNoSpace(t *testing.T) {
	t.Parallel()
	if _, err := Space("hive-test-missing").Dial(t.Context(), "tcp", "127.0.0.1:1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if got := Space("ns").Command(t.Context(), "hive", "id").Args; strings.Join(got, " ") != "ip netns exec ns hive id" {
		t.Errorf("got %q", got)
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for words := leastWords; words <= mostWords; words++ {
		fmt.Fprintf(&text, "\tcounter words%d {\n\t\tpackets 2 bytes %d\n\t}\n", words, 2*(20+4*words)+10)
	}
	text.WriteString("\tcounter datagrams {\n\t\tpackets 1 bytes 128\n\t}\n\tcounter others {\n\t\tpackets 1 bytes 84\n\t}\n")
	got, err := parseCounters(text.String())
	if got.Payload != 11*10+100 || got.Packets != 11*10+2*11*(20+40)+128+84 || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", text.String()[20:], strings.Replace(text.String(), "128", "99999999999999999999", 1)} {
		if got, err := parseCounters(bad); err == nil {
			t.Errorf("%q: got %+v", bad, got)
		}
	}
}

// sample is a cable that is gone after the test.
func sample(t *testing.T) *Cable {
	t.Helper()
	if err := Able(t.Context()); err != nil {
		t.Skip(err)
	}
	c, err := NewCable(t.Context(), strings.ToLower(t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// listen takes one connection at one end and reads it to its end.
func listen(t *testing.T, c *Cable) (addr string, got <-chan int64) {
	t.Helper()
	var l net.Listener
	var err error
	if entered := c.There.within(func() { l, err = net.Listen("tcp", ThereAddr+":0") }); entered != nil || err != nil {
		t.Fatal(entered, err)
	}
	counts := make(chan int64, 1)
	go func() {
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			counts <- -1
			return
		}
		defer conn.Close()
		n, err := io.Copy(io.Discard, conn)
		if err != nil {
			n = -1
		}
		counts <- n
	}()
	return l.Addr().String(), counts
}

// TestCable wants every byte that passes a socket to be counted, and no other.
func TestCable(t *testing.T) {
	t.Parallel()
	c := sample(t)
	before, err := c.Settled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	addr, got := listen(t, c)
	conn, err := c.Here.Dial(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	const size = 3_000_001
	if _, err := conn.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil || <-got != size {
		t.Fatal(err, "not all arrived")
	}
	after, err := c.Settled(t.Context())
	passed := after.Payload - before.Payload
	if err != nil || passed < size || passed > size+size/10 || after.Packets-before.Packets <= passed {
		t.Errorf("got %d bytes in %d of packets, %v", passed, after.Packets-before.Packets, err)
	}
}

// TestCut wants connections to end, and new ones to be possible.
func TestCut(t *testing.T) {
	t.Parallel()
	c := sample(t)
	addr, got := listen(t, c)
	conn, err := c.Here.Dial(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Slow(t.Context(), "100mbit"), c.Cut(t.Context())); err != nil {
		t.Fatal(err)
	}
	if n := <-got; n != -1 {
		t.Errorf("the other end read %d bytes and an end", n)
	}
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
	addr, got = listen(t, c)
	if conn, err = c.Here.Dial(t.Context(), "tcp", addr); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil || <-got != 0 {
		t.Errorf("afterwards: %v", err)
	}
}
