package secure_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"

	"github.com/melissiproject/hive/p2p/internal/secure"
)

// wire is a connection whose writes are counted and can be made to fail or to be told of.
type wire struct {
	net.Conn
	writes atomic.Int64
	fail   atomic.Bool
	begun  atomic.Pointer[chan struct{}] // closed when a write begins
}

var errCut = errors.New("the wire is cut")

func (w *wire) Write(p []byte) (int, error) {
	w.writes.Add(1)
	if c := w.begun.Swap(nil); c != nil {
		close(*c)
	}
	if w.fail.Load() {
		n, _ := w.Conn.Write(p[:len(p)/2])
		return n, errCut
	}
	return w.Conn.Write(p)
}

// side makes a transport and its id.
func side(t *testing.T) (*secure.Transport, peer.ID) {
	t.Helper()
	key, public, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := peer.IDFromPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := secure.New(secure.ID, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return transport, id
}

// connect connects two sides; what the first writes goes through the wire.
func connect(t *testing.T) (from, to sec.SecureConn, w *wire) {
	t.Helper()
	a, idA := side(t)
	b, idB := side(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close(); accepted.Close() })
	w = &wire{Conn: raw}
	done := make(chan error, 1)
	go func() {
		var err error
		to, err = b.SecureInbound(t.Context(), accepted, idA)
		done <- err
	}()
	from, err = a.SecureOutbound(t.Context(), w, idB)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if from.RemotePeer() != idB || to.RemotePeer() != idA {
		t.Fatalf("%s talks to %s, %s to %s", idA, from.RemotePeer(), idB, to.RemotePeer())
	}
	return from, to, w
}

// TestRecordsGoTogether: each Write of four records is one write to the network, and all arrives in order.
func TestRecordsGoTogether(t *testing.T) {
	t.Parallel()
	from, to, w := connect(t)
	const size, times = 64 << 10, 20
	data := make([]byte, size*times)
	rand.Read(data)
	before := w.writes.Load()
	sent := make(chan error, 1)
	go func() {
		var err error
		for part := data; len(part) > 0 && err == nil; part = part[size:] {
			var n int
			if n, err = from.Write(part[:size]); err == nil && n != size {
				err = io.ErrShortWrite
			}
		}
		sent <- errors.Join(err, from.Close())
	}()
	got, err := io.ReadAll(to)
	if err := errors.Join(err, <-sent); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes arrived, not the %d that were sent", len(got), len(data))
	}
	if n := w.writes.Load() - before; n != times+1 { // the farewell
		t.Errorf("%d writes of %d bytes were %d writes to the network", times, size, n)
	}
}

// TestNothingFollowsAPart: after a write that failed half way nothing is sent any more.
func TestNothingFollowsAPart(t *testing.T) {
	t.Parallel()
	from, _, w := connect(t)
	w.fail.Store(true)
	if _, err := from.Write(make([]byte, 1000)); !errors.Is(err, errCut) {
		t.Fatalf("a write on a wire that is cut: %v", err)
	}
	w.fail.Store(false)
	before := w.writes.Load()
	if _, err := from.Write(make([]byte, 1000)); !errors.Is(err, errCut) {
		t.Errorf("the next write: %v", err)
	}
	from.Close()
	if n := w.writes.Load() - before; n != 0 {
		t.Errorf("%d writes followed", n)
	}
}

// TestATimeoutIsOne: a write that is late gives the error by which a timeout is known.
func TestATimeoutIsOne(t *testing.T) {
	t.Parallel()
	from, _, _ := connect(t)
	if err := from.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := from.Write(make([]byte, 1000)); !os.IsTimeout(err) {
		t.Errorf("a late write: %v", err)
	}
}

// TestCloseWaitsForNoWrite: a Write that is stuck, for the other side does not read, ends with Close.
func TestCloseWaitsForNoWrite(t *testing.T) {
	t.Parallel()
	from, _, w := connect(t)
	begun := make(chan struct{})
	w.begun.Store(&begun)
	done := make(chan error, 1)
	go func() {
		_, err := from.Write(make([]byte, 64<<20)) // more than the buffers of any socket
		done <- err
	}()
	<-begun
	if err := from.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the write: %v", err)
	}
}
