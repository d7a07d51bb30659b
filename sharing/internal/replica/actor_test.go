package replica

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
)

// TestCrowdsGoTogether: a few changes are seen to at once, of many those that come meanwhile go together.
func TestCrowdsGoTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var count atomic.Int64
		a := newActor(slog.New(slog.DiscardHandler), func(context.Context) error { count.Add(1); return nil })
		go a.run(ctx)
		synctest.Wait()
		began := time.Now()
		for range atOnce - 1 { // beside the first by itself
			a.wake()
			synctest.Wait()
		}
		if steps := count.Load(); steps != atOnce || time.Since(began) != 0 {
			t.Errorf("%d steps after %s, not %d at once", steps, time.Since(began), atOnce)
		}
		const crowd = time.Second
		for range int(crowd / time.Millisecond) {
			a.wake()
			time.Sleep(time.Millisecond)
		}
		before, most := count.Load(), int64(atOnce+crowd/restless+1)
		if before > most {
			t.Errorf("%d steps for %s of changes, at most %d", before, crowd, most)
		}
		a.wake()
		time.Sleep(crowd)
		if count.Load() == before {
			t.Error("the last change was not seen to")
		}
	})
}

// TestHope: who waits has it tried again where there was no room, and only there, and not at once.
func TestHope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want int64
	}{{fmt.Errorf("fill: %w", catalog.ErrQuota), 1}, {errors.Join(errors.New("away"), blockstore.ErrNoSpace), 1}, {errors.New("away"), 0}, {nil, 0}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var count atomic.Int64
			a := newActor(slog.New(slog.DiscardHandler), func(context.Context) error { count.Add(1); return test.err })
			a.failures = 9 // so that it does not come to it by itself
			go a.run(ctx)
			synctest.Wait()
			for range 10 {
				a.hope()
				synctest.Wait()
			}
			if count.Load() != 1 {
				t.Errorf("%v: %d steps at once", test.err, count.Load())
			}
			time.Sleep(firstWait)
			for range 10 {
				a.hope()
				synctest.Wait()
			}
			if got := count.Load() - 1; got != test.want {
				t.Errorf("%v: tried again %d times, want %d", test.err, got, test.want)
			}
		})
	}
}
