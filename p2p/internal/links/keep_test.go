package links

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/p2p/internal/roster"
)

// lonely is a network that is connected to those in its map.
type lonely struct {
	network.Network
	connected sync.Map // of peer.ID
}

func (l *lonely) Connectedness(hive peer.ID) network.Connectedness {
	if _, ok := l.connected.Load(hive); ok {
		return network.Connected
	}
	return network.NotConnected
}

// alone is lonely as a host.
type alone struct {
	host.Host
	net *lonely
}

func (a alone) Network() network.Network { return a.net }

var times = Times{First: 5 * time.Second, Most: 10 * time.Minute, Attempt: 30 * time.Second, Settle: 5 * time.Second}

func newKeeper(known *roster.Roster, net *lonely, call func(context.Context, peer.ID) error) *Keeper {
	l := New(known, slog.New(slog.DiscardHandler), false)
	l.Host = alone{net: net}
	return NewKeeper(l, times, call)
}

func TestPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := roster.New(false, false)
		known.Protect([]peer.ID{"gone"})
		start := time.Now()
		var calls []time.Duration
		k := newKeeper(known, &lonely{}, func(context.Context, peer.ID) error {
			calls = append(calls, time.Since(start))
			return errors.New("no answer")
		})
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Hour)
		defer stop()
		if err := k.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
		if len(calls) < 12 || len(calls) > 25 || calls[0] > time.Second {
			t.Fatalf("called at %v", calls)
		}
		for i := 1; i < len(calls); i++ {
			pause, want := calls[i]-calls[i-1], min(5*time.Second<<(i-1), 10*time.Minute)
			if pause < want*3/4-time.Second || pause > want*5/4+time.Second {
				t.Errorf("pause %d is %v, want about %v", i, pause, want)
			}
		}
	})
}

// TestAfterAMove: when this hive has another address, all who are absent are called soon, as if they had just left.
func TestAfterAMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := roster.New(false, false)
		known.Protect([]peer.ID{"gone"})
		var calls []time.Time
		k := newKeeper(known, &lonely{}, func(context.Context, peer.ID) error {
			calls = append(calls, time.Now())
			return errors.New("no answer")
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- k.Run(ctx) }()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		moved := time.Now()
		for range 3 { // addresses change in bursts
			k.Moved.Publish()
			synctest.Wait()
		}
		time.Sleep(times.Settle + 5*times.First)
		stop()
		<-done
		settled := moved.Add(times.Settle)
		calls = slices.DeleteFunc(calls, settled.After)
		if len(calls) < 2 || len(calls) > 4 || !calls[0].Equal(settled) {
			t.Errorf("settled at %v, called at %v", settled, calls)
		}
	})
}

func TestWhoIsConnectedIsNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := roster.New(false, false)
		known.Protect([]peer.ID{"here", "gone", "bad"})
		known.Block("bad", true)
		net := new(lonely)
		net.connected.Store(peer.ID("here"), true)
		var called []peer.ID
		k := newKeeper(known, net, func(_ context.Context, hive peer.ID) error {
			called = append(called, hive)
			net.connected.Store(hive, true)
			return nil
		})
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		k.Run(ctx)
		if !slices.Equal(called, []peer.ID{"gone"}) {
			t.Errorf("called %q", called)
		}
	})
}

func TestWhoHangsUpIsNotCalledFaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := roster.New(false, false)
		known.Protect([]peer.ID{"rude"})
		calls := 0
		k := newKeeper(known, &lonely{}, nil)
		k.call = func(context.Context, peer.ID) error {
			calls++
			Wake(k.Look) // it hung up at once
			return nil
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		k.Run(ctx)
		if calls < 5 || calls > 20 {
			t.Errorf("called %d times in an hour", calls)
		}
	})
}

func TestNews(t *testing.T) {
	var n News
	next := n.Next()
	n.Publish()
	<-next
	select {
	case <-n.Next():
		t.Error("old news")
	default:
	}
	n.Publish()
	n.Publish()
}

func TestJitter(t *testing.T) {
	for range 1000 {
		if d := Jitter(time.Minute); d < 45*time.Second || d > 75*time.Second {
			t.Fatal(d)
		}
	}
	if d := Jitter(0); d != 0 {
		t.Error(d)
	}
}
