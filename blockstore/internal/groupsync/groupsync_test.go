package groupsync

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestServesLaterCallersTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds := 0
		g := &Group{Sync: func(context.Context) error {
			rounds++
			time.Sleep(10 * time.Millisecond) // a slow disk, in virtual time
			return nil
		}}
		errs := make(chan error)
		call := func() { errs <- g.Wait(t.Context()) }
		go call()
		synctest.Wait()
		for range 9 { // all while the first round is under way
			go call()
		}
		start := time.Now()
		for range 10 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if rounds != 2 {
			t.Errorf("got %d rounds for one caller and nine later ones, want 2", rounds)
		}
		if took := time.Since(start); took != 20*time.Millisecond {
			t.Errorf("took %v, want two rounds", took)
		}
	})
}

func TestLeavesWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := make(chan error)
		g := &Group{Sync: func(context.Context) error { return <-disk }}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := g.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want context.Canceled", err)
		}
		synctest.Wait() // the round of the caller who left is under way
		broken := errors.New("broken")
		other := make(chan error)
		go func() { other <- g.Wait(t.Context()) }()
		synctest.Wait()
		disk <- nil
		disk <- broken
		if err := <-other; !errors.Is(err, broken) {
			t.Errorf("got error %v, want that of the second round", err)
		}
		g.leaders.Wait()
	})
}
