package fetch_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// busy works on a request until it may end, or until nobody wants the answer.
type busy struct {
	open
	begun, over chan struct{}
	ended       chan error
}

func (b busy) Tree(ctx context.Context, _ peer.ID, _ fetch.Ref) (cid.Cid, error) {
	b.begun <- struct{}{}
	select {
	case <-ctx.Done():
	case <-b.over:
	}
	b.ended <- ctx.Err()
	return cid.Undef, &wire.Refusal{Code: wire.Unknown}
}

func newBusy() busy {
	return busy{begun: make(chan struct{}), over: make(chan struct{}), ended: make(chan error, 1)}
}

func TestWorkEndsWhenTheAskerHangsUp(t *testing.T) {
	t.Parallel()
	work := newBusy()
	conn := serve(t, work)
	if err := wire.Write(conn, map[string]any{"kind": "tree"}); err != nil {
		t.Fatal(err)
	}
	<-work.begun
	if err := conn.(*hivetest.Conn).Reset(); err != nil {
		t.Fatal(err)
	}
	if err := <-work.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the work ended with %v, want Canceled", err)
	}
}

// TestAskerThatSaidAllIsAnswered: also the end of what the asker says, and the next request that it sends early.
func TestAskerThatSaidAllIsAnswered(t *testing.T) {
	t.Parallel()
	work := newBusy()
	conn := serve(t, work)
	for range 2 {
		if err := wire.Write(conn, map[string]any{"kind": "tree"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.(*hivetest.Conn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for range 2 {
		<-work.begun
		work.over <- struct{}{}
		if err := <-work.ended; err != nil {
			t.Errorf("the work ended with %v", err)
		}
		if _, err := wire.ReadFrame(r, wire.MaxFrame); err != nil {
			t.Errorf("no answer: %v", err)
		}
	}
}

// TestIdleConnEnds: after the time for a request, not twice that.
func TestIdleConnEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mesh := hivetest.NewMesh(nil)
		id, done := hivetest.IDOf(hivetest.Key(1)), make(chan time.Duration)
		server := fetch.NewServer(open{}, nil, fetch.ServerConfig{})
		mesh.Join(id).Handle(fetch.Protocol, func(hive peer.ID, conn net.Conn) {
			began := time.Now()
			server.Serve(t.Context(), hive, conn)
			done <- time.Since(began)
		})
		conn, err := mesh.Join(hivetest.IDOf(hivetest.Key(2))).Dial(t.Context(), id, fetch.Protocol)
		if err == nil {
			err = wire.Write(conn, map[string]any{"kind": "compare"})
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if took := <-done; took != 2*time.Minute {
			t.Errorf("an idle conn ends after %v, want 2m", took)
		}
	})
}
