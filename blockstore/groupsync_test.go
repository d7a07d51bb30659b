package blockstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestGroupSyncServesLaterCallersTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds := 0
		g := &groupSync{sync: func(context.Context) error {
			rounds++
			time.Sleep(10 * time.Millisecond) // a slow disk, in virtual time
			return nil
		}}
		errs := make(chan error)
		call := func() { errs <- g.wait(t.Context()) }
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

func TestGroupSyncLeavesWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := make(chan error)
		g := &groupSync{sync: func(context.Context) error { return <-disk }}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := g.wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want context.Canceled", err)
		}
		synctest.Wait() // the round of the caller who left is under way
		broken := errors.New("broken")
		other := make(chan error)
		go func() { other <- g.wait(t.Context()) }()
		synctest.Wait()
		disk <- nil
		disk <- broken
		if err := <-other; !errors.Is(err, broken) {
			t.Errorf("got error %v, want that of the second round", err)
		}
		g.leaders.Wait()
	})
}
