package post_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

var errDead = errors.New("dead")

func TestBreakerOpensAndTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, hive := post.NewBreaker(), nettest.ID("hive")
		for range 3 {
			if !b.Allow(hive) {
				t.Fatal("closed before three failures")
			}
			b.Report(hive, errDead)
		}
		waits := 0
		for began := time.Now(); time.Since(began) < 24*time.Hour; waits++ {
			if b.Allow(hive) {
				t.Fatal("open right after a failure")
			}
			failures, retry, err := b.State(hive)
			if failures != 3+waits || !errors.Is(err, errDead) {
				t.Fatalf("State = %d, %v; want %d failures", failures, err, 3+waits)
			}
			if wait := time.Until(retry); wait > 66*time.Minute {
				t.Fatalf("wait of %s", wait)
			}
			time.Sleep(time.Until(retry))
			if !b.Allow(hive) {
				t.Fatal("no try when its time came")
			}
			if b.Allow(hive) {
				t.Fatal("two tries at once")
			}
			b.Report(hive, errDead)
		}
		if waits < 25 || waits > 40 {
			t.Errorf("%d tries in a day, want about 30", waits)
		}
		b.Reset(hive)
		for range 2 {
			if !b.Allow(hive) {
				t.Error("not allowed after the hive came back")
			}
		}
	})
}

func TestBreakerCloses(t *testing.T) {
	tests := []struct {
		name   string
		report error
		want   bool
	}{
		{"success", nil, true},
		{"refusal", fmt.Errorf("asking: %w", &wire.Refusal{Code: wire.Unknown}), true},
		{"given up", context.Canceled, false},
		{"failure", errDead, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, hive := post.NewBreaker(), nettest.ID("hive")
				for range 3 {
					b.Report(hive, errDead)
				}
				_, retry, _ := b.State(hive)
				time.Sleep(time.Until(retry))
				if !b.Allow(hive) {
					t.Fatal("no try when its time came")
				}
				b.Report(hive, test.report)
				b.Allow(hive)
				if got := b.Allow(hive); got != test.want {
					t.Errorf("free to ask: %t, want %t", got, test.want)
				}
			})
		})
	}
}

func TestProbeThatNeverReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, hive := post.NewBreaker(), nettest.ID("hive")
		for range 3 {
			b.Report(hive, errDead)
		}
		_, retry, _ := b.State(hive)
		time.Sleep(time.Until(retry))
		if !b.Allow(hive) || b.Allow(hive) {
			t.Fatal("want one try")
		}
		time.Sleep(3 * time.Minute)
		if !b.Allow(hive) {
			t.Error("a try that never reported keeps the hive away for good")
		}
	})
}

// TestConcurrentFailuresCountOnce has many calls fail that began together.
func TestConcurrentFailuresCountOnce(t *testing.T) {
	b, hive := post.NewBreaker(), nettest.ID("hive")
	for range 100 {
		b.Report(hive, errDead)
	}
	if failures, _, _ := b.State(hive); failures != 3 {
		t.Errorf("%d failures, want 3", failures)
	}
}

func TestBreakerForgets(t *testing.T) {
	b := post.NewBreaker()
	for i := range 10_100 {
		b.Report(nettest.ID(fmt.Sprint(i)), errDead)
	}
	known := 0
	for i := range 10_100 {
		if failures, _, _ := b.State(nettest.ID(fmt.Sprint(i))); failures > 0 {
			known++
		}
	}
	if known > 10_000 {
		t.Errorf("%d hives remembered, want at most 10000", known)
	}
}
