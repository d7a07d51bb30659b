package replica

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
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
