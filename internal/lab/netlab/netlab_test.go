package main

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
)

func newLab(t *testing.T) *lab {
	t.Helper()
	if err := machine.Able(t.Context()); err != nil {
		t.Skip(err)
	}
	l := &lab{options: options{rate: "100mbit"}, dir: t.TempDir(), out: io.Discard, began: time.Now()}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob("/run/netns/" + space("*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return l
}

// on runs do on a machine of the lab.
func (l *lab) on(t *testing.T, name string, do func()) {
	t.Helper()
	there, err := os.Open("/run/netns/" + space(name))
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET)
		if err == nil {
			do()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// listen takes connections on a machine and returns who they seem to come from.
func (l *lab) listen(t *testing.T, name, addr string) <-chan string {
	t.Helper()
	from := make(chan string, 8)
	l.on(t, name, func() {
		listener, err := net.Listen("tcp4", addr)
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				from <- conn.RemoteAddr().String()
				conn.Close()
			}
		}()
	})
	return from
}

func (l *lab) dial(t *testing.T, name, addr string) (err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	l.on(t, name, func() {
		var conn net.Conn
		if conn, err = new(net.Dialer).DialContext(ctx, "tcp4", addr); err == nil {
			conn.Close()
		}
	})
	return err
}

// TestNetwork looks at who can reach whom: homes reach the public, nobody reaches into a home, and silence is silent.
func TestNetwork(t *testing.T) {
	l := newLab(t)
	for _, err := range []error{l.public(t.Context()), l.plug(t.Context(), "carol", 10), l.home(t.Context(), "alice", 1, false), l.home(t.Context(), "bob", 2, true)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	carol := l.listen(t, "carol", "0.0.0.0:4484")
	l.listen(t, "alice", "0.0.0.0:4484")
	for name, seen := range map[string]string{"alice": publicNet + "1:", "bob": publicNet + "2:"} {
		if err := l.dial(t, name, publicNet+"10:4484"); err != nil {
			t.Fatalf("%s cannot reach carol: %v", name, err)
		}
		if got := <-carol; !strings.HasPrefix(got, seen) {
			t.Errorf("%s seems to be %s, want %s", name, got, seen)
		}
	}
	for _, addr := range []string{publicNet + "1:4484", "192.168.1.2:4484"} {
		if err := l.dial(t, "carol", addr); err == nil {
			t.Errorf("carol reaches %s, into a home", addr)
		}
	}
	if err := l.dial(t, "carol", publicNet+"10:4484"); err != nil {
		t.Errorf("carol cannot reach herself: %v", err)
	}
	if err := l.silence(t.Context(), "carol", true); err != nil {
		t.Fatal(err)
	}
	if err := l.dial(t, "alice", publicNet+"10:4484"); !os.IsTimeout(err) {
		t.Errorf("silent carol: got %v, want a timeout", err)
	}
	if err := l.silence(t.Context(), "carol", false); err != nil {
		t.Fatal(err)
	}
	if err := l.dial(t, "alice", publicNet+"10:4484"); err != nil {
		t.Errorf("carol is not back: %v", err)
	}
}

func TestUnknownScenario(t *testing.T) {
	if err := machine.Able(t.Context()); err != nil {
		t.Skip(err)
	}
	if err := run(t.Context(), options{}, []string{"nothing"}, io.Discard); err == nil {
		t.Error("got no error")
	}
}

func TestGoroutines(t *testing.T) {
	log := `noise
SCHED 0ms: gomaxprocs=2
  P0: status=1
  G1: status=1() m=0 lockedm=nil
SCHED 2000ms: gomaxprocs=2
  P0: status=1
  M0: p=0
  G1: status=4(select) m=nil lockedm=nil
  G2: status=6() m=nil lockedm=nil
  G3: status=2() m=nil lockedm=nil
time=now msg=noise
SCHED 4000ms: gomaxprocs=2
  G1: stat`
	if got := goroutines(log); got != 2 {
		t.Errorf("got %d, want 2", got)
	}
	if got := goroutines(""); got != 0 {
		t.Errorf("got %d of nothing", got)
	}
}

func TestCompare(t *testing.T) {
	var out strings.Builder
	d := &dead{lab: &lab{out: &out, options: options{calls: 200}}}
	ms := time.Millisecond
	if err := d.compare([]time.Duration{10 * ms, 10 * ms}, []time.Duration{9 * ms, 14 * ms}); err != nil {
		t.Error(err)
	}
	if err := d.compare([]time.Duration{10 * ms, 100 * ms}, []time.Duration{9 * ms, 130 * ms}); err == nil || !strings.Contains(out.String(), "false") {
		t.Errorf("30 ms more: got %v\n%s", err, out.String())
	}
	s := figures.Series{3, 1, 2}
	if s.At(0) != 1 || s.At(0.5) != 2 || s.At(1) != 3 || figures.Series(nil).At(1) != 0 {
		t.Error("order")
	}
}
