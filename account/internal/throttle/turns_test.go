package throttle

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestTurns has one address send many requests, and another one.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(2)
		enter := func(address string) func() {
			leave, err := turns.Enter(t.Context(), address)
			if err != nil {
				t.Error(err)
			}
			return leave
		}
		first, second := enter("192.0.2.1"), enter("192.0.2.1")
		var others atomic.Int32
		for range 50 {
			go func() {
				defer enter("192.0.2.1")()
				others.Add(1)
			}()
		}
		synctest.Wait()
		alice := make(chan func(), 1)
		go func() { alice <- enter("198.51.100.1") }()
		synctest.Wait()
		first()
		synctest.Wait()
		if len(alice) != 1 || others.Load() != 0 {
			t.Errorf("after one turn of the many %d more of them had one, and who is elsewhere %d", others.Load(), len(alice))
		}
		second()
		(<-alice)()
		synctest.Wait()
		if others.Load() != 50 || len(turns.lines) != 0 {
			t.Errorf("%d of 50 had a turn, %d lines are left", others.Load(), len(turns.lines))
		}
	})
}

func TestTurnsEnd(t *testing.T) {
	turns := NewTurns(1)
	leave, err := turns.Enter(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, address := range []string{"192.0.2.1", ""} { // behind another network, and behind the own
		if _, err := turns.Enter(gone, address); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if leave(); len(turns.lines) != 0 || len(turns.slots) != 0 {
		t.Errorf("%d lines, %d slots are left", len(turns.lines), len(turns.slots))
	}
}
