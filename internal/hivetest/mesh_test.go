package hivetest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/internal/hivetest"
)

const echo = "/echo/1.0.0"

var alice, bob = hivetest.NewID(1), hivetest.NewID(2)

// pair is a mesh with two hives, of which bob's sends back what it gets.
func pair(t *testing.T) (*hivetest.Mesh, *hivetest.Node, *hivetest.Node) {
	t.Helper()
	m := hivetest.NewMesh(nil)
	a, b := m.Join(alice), m.Join(bob)
	b.Handle(echo, func(hive peer.ID, conn net.Conn) {
		defer conn.Close()
		if hive != alice {
			t.Errorf("got hive %s, want %s", hive, alice)
		}
		_, _ = io.Copy(conn, conn)
	})
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return m, a, b
}

func dial(t *testing.T, from *hivetest.Node, to peer.ID) net.Conn {
	t.Helper()
	conn, err := from.Dial(t.Context(), to, echo)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// bounce sends data and wants it back.
func bounce(t *testing.T, conn net.Conn, data []byte) {
	t.Helper()
	go func() {
		if _, err := conn.Write(data); err != nil {
			t.Error(err)
		}
		_ = conn.(*hivetest.Conn).CloseWrite()
	}()
	got, err := io.ReadAll(conn)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes and %v, want the %d sent", len(got), err, len(data))
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, _ := pair(t)
		data := make([]byte, 5<<20) // more than is under way at once
		_, _ = rand.Read(data)
		conn := dial(t, a, bob)
		bounce(t, conn, data)
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if got := m.Bytes(alice, bob); got != int64(len(data)) {
			t.Errorf("got %d bytes counted, want %d", got, len(data))
		}
		if _, err := conn.Write(data); !errors.Is(err, hivetest.ErrClosed) {
			t.Errorf("write after close: got %v", err)
		}
		if _, err := conn.Read(data); !errors.Is(err, hivetest.ErrClosed) {
			t.Errorf("read after close: got %v", err)
		}
		if got, want := conn.RemoteAddr().String(), bob.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestDialErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		if _, err := a.Dial(t.Context(), hivetest.NewID(3), echo); !errors.Is(err, hivetest.ErrUnreachable) {
			t.Errorf("stranger: got %v", err)
		}
		if _, err := a.Dial(t.Context(), alice, echo); !errors.Is(err, hivetest.ErrUnreachable) {
			t.Errorf("self: got %v", err)
		}
		if _, err := a.Dial(t.Context(), bob, "/other"); !errors.Is(err, hivetest.ErrProtocol) {
			t.Errorf("protocol: got %v", err)
		}
		_ = b.Close()
		if _, err := a.Dial(t.Context(), bob, echo); !errors.Is(err, hivetest.ErrUnreachable) {
			t.Errorf("closed: got %v", err)
		}
		if _, err := b.Dial(t.Context(), alice, echo); !errors.Is(err, hivetest.ErrUnreachable) {
			t.Errorf("from a closed one: got %v", err)
		}
	})
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, _ := pair(t)
		conn := dial(t, a, bob)
		begin := time.Now()
		_ = conn.SetDeadline(begin.Add(30 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 30*time.Second {
			t.Errorf("read: got %v after %s", err, time.Since(begin))
		}
		m.Blackhole(alice, bob, true)
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := conn.Write(make([]byte, 4<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 40*time.Second {
			t.Errorf("write: got %v after %s", err, time.Since(begin))
		}
		m.Blackhole(alice, bob, false)
		_ = conn.SetDeadline(time.Time{})
		if n, err := conn.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("after the deadline was lifted: got %d, %v", n, err)
		}
		_ = conn.Close()
	})
}

func TestDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, _ := pair(t)
		m.SetDelay(100 * time.Millisecond)
		m.Delay(alice, bob, 50*time.Millisecond)
		begin := time.Now()
		conn := dial(t, a, bob)
		bounce(t, conn, []byte("there and back"))
		_ = conn.Close()
		if got, want := time.Since(begin), 200*time.Millisecond; got != want {
			t.Errorf("got %s for a handshake and a round trip, want %s", got, want)
		}
	})
}

func TestReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		fault := make(chan error, 1)
		b.Handle(echo, func(_ peer.ID, conn net.Conn) {
			_, err := io.ReadAll(conn)
			fault <- err
		})
		conn := dial(t, a, bob)
		_ = conn.(*hivetest.Conn).Reset()
		if err := <-fault; !errors.Is(err, hivetest.ErrReset) {
			t.Errorf("other end: got %v", err)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, hivetest.ErrReset) {
			t.Errorf("own end: got %v", err)
		}
	})
}

func TestPanicOfHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		b.Handle(echo, func(peer.ID, net.Conn) { panic("fault") })
		if _, err := io.ReadAll(dial(t, a, bob)); !errors.Is(err, hivetest.ErrReset) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLostAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		b.Handle(echo, func(_ peer.ID, conn net.Conn) { _ = conn.Close() })
		conn := dial(t, a, bob)
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Write(make([]byte, 8<<20)); n != 8<<20 || err != nil {
			t.Errorf("got %d, %v: bytes to a closed reader are lost in silence", n, err)
		}
	})
}

func TestPartition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, _ := pair(t)
		conn := dial(t, a, bob)
		time.AfterFunc(time.Second, func() { m.Partition(alice, bob, true) })
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, hivetest.ErrReset) {
			t.Errorf("got %v", err)
		}
		if _, err := a.Dial(t.Context(), bob, echo); !errors.Is(err, hivetest.ErrUnreachable) {
			t.Errorf("got %v", err)
		}
		m.Partition(alice, bob, false)
		bounce(t, dial(t, a, bob), []byte("mended"))
	})
}

func TestBlackhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, _ := pair(t)
		conn := dial(t, a, bob)
		m.Blackhole(alice, bob, true)
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := a.Dial(ctx, bob, echo); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 5*time.Second {
			t.Errorf("dial: got %v after %s", err, time.Since(begin))
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, hivetest.ErrReset) || time.Since(begin) != 40*time.Second {
			t.Errorf("read: got %v after %s", err, time.Since(begin))
		}
		if m.Connected(alice, bob) {
			t.Error("still connected after silence")
		}
		if _, err := a.Dial(t.Context(), bob, echo); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("dial without a deadline: got %v", err)
		}
		time.AfterFunc(time.Second, func() { m.Silence(bob, false) })
		bounce(t, dial(t, a, bob), []byte("back"))
	})
}

func TestShortSilenceLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, _ := pair(t)
		conn := dial(t, a, bob)
		m.Silence(bob, true)
		time.AfterFunc(20*time.Second, func() { m.Silence(bob, false) })
		begin := time.Now()
		bounce(t, conn, []byte("late"))
		if got := time.Since(begin); got != 20*time.Second {
			t.Errorf("got an answer after %s", got)
		}
		_ = conn.Close()
	})
}

func TestCutAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, b := pair(t)
		got := make(chan int, 1)
		b.Handle(echo, func(_ peer.ID, conn net.Conn) {
			data, _ := io.ReadAll(conn)
			got <- len(data)
		})
		m.CutAfter(alice, bob, 3<<20)
		conn := dial(t, a, bob)
		if n, err := conn.Write(make([]byte, 9<<20)); !errors.Is(err, hivetest.ErrReset) || n != 3<<20 {
			t.Errorf("got %d, %v", n, err)
		}
		if n := <-got; n > 3<<20 {
			t.Errorf("%d bytes passed", n)
		}
		conn = dial(t, a, bob)
		_, err := conn.Write(make([]byte, 4<<20))
		_ = conn.Close()
		if n := <-got; n != 4<<20 || err != nil {
			t.Errorf("after the cut: got %d, %v", n, err)
		}
	})
}

// TestNotify follows what a hive is told while the other comes and goes.
func TestNotify(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, a, _ := pair(t)
		var mu sync.Mutex
		var news []bool
		a.Notify(func(hive peer.ID, connected bool) {
			mu.Lock()
			defer mu.Unlock()
			if hive == bob {
				news = append(news, connected)
			}
		})
		expect := func(why string, want ...bool) {
			t.Helper()
			time.Sleep(time.Minute)
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(news, want) {
				t.Errorf("%s: got %v, want %v", why, news, want)
			}
			news = nil
		}
		expect("before anything")
		_ = dial(t, a, bob).Close()
		_ = dial(t, a, bob).Close()
		expect("dialled twice", true)
		m.Isolate(bob, true)
		expect("isolated", false)
		m.Isolate(bob, false)
		expect("joined again", true)
		m.Blackhole(alice, bob, true)
		expect("silent", false)
		m.Blackhole(alice, bob, false)
		expect("heard again", true)
		m.Kill(bob)
		expect("killed", false)
		m.Restore(bob)
		expect("restored", true)
		again := m.Join(bob)
		expect("restarted", false, true)
		_ = again.Close()
		expect("closed", false)
	})
}
