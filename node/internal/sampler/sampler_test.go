package sampler_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/statistics"
	"github.com/melissiproject/hive/node/internal/sampler"
)

var (
	errTest = errors.New("test")
	start   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// kept is a store that breaks when it is told to.
type kept struct {
	samples []map[string]int64
	thinned int
	broken  bool
}

func (k *kept) Add(_ context.Context, _ time.Time, values map[string]int64) error {
	if k.broken {
		return errTest
	}
	k.samples = append(k.samples, values)
	return nil
}

func (k *kept) Thin(context.Context, time.Time) error { k.thinned++; return nil }

func (k *kept) last() map[string]int64 { return k.samples[len(k.samples)-1] }

func TestCountersBecomeSums(t *testing.T) {
	k, n := &kept{}, int64(0)
	s := sampler.New(k, sampler.Config{Counters: func() map[string]int64 { return map[string]int64{"requests": n} }})
	for i, step := range []struct {
		counter int64
		broken  bool
		want    int64
	}{{5, false, 5}, {7, false, 2}, {9, true, 0}, {12, false, 5}, {3, false, 3}} {
		n, k.broken = step.counter, step.broken
		err := s.Take(t.Context(), start.Add(time.Duration(i)*5*time.Minute))
		if step.broken != errors.Is(err, errTest) {
			t.Errorf("step %d: %v", i, err)
		}
		if got := k.last()["requests"]; !step.broken && got != step.want {
			t.Errorf("step %d: got %d, want %d", i, got, step.want)
		}
	}
	if k.thinned != 1 {
		t.Errorf("thinned %d times in half an hour", k.thinned)
	}
	if err := s.Take(t.Context(), start.Add(time.Hour)); err != nil || k.thinned != 2 {
		t.Errorf("thinned %d times in an hour, %v", k.thinned, err)
	}
}

func TestWhatFailsIsLeftOut(t *testing.T) {
	k := &kept{}
	s := sampler.New(k, sampler.Config{
		Gauges: []sampler.Gauge{
			func(context.Context) (map[string]int64, error) { return nil, errTest },
			func(context.Context) (map[string]int64, error) {
				return map[string]int64{"users": 3, "bytes.logical": 70}, nil
			},
		},
		Costly:   func(context.Context) (map[string]int64, error) { return map[string]int64{"bytes.stored": 50}, nil },
		Counters: func() map[string]int64 { return nil },
	})
	if err := s.Take(t.Context(), start); !errors.Is(err, errTest) {
		t.Errorf("got %v", err)
	}
	if want := map[string]int64{"users": 3, "bytes.logical": 70, "bytes.stored": 50, "saved.dedup": 20}; !maps.Equal(k.last(), want) {
		t.Errorf("got %v", k.last())
	}
}

// TestCostlyIsSeldom: what takes 6 seconds is asked every 10 minutes, and its value stands in between.
func TestCostlyIsSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, asked := &kept{}, int64(0)
		s := sampler.New(k, sampler.Config{
			Costly: func(context.Context) (map[string]int64, error) {
				time.Sleep(6 * time.Second)
				asked++
				return map[string]int64{"blocks": asked}, nil
			},
			Counters: func() map[string]int64 { return nil },
		})
		for i := range 7 { // half an hour
			if err := s.Take(t.Context(), start.Add(time.Duration(i)*5*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if asked != 4 || k.samples[1]["blocks"] != 1 || k.last()["blocks"] != 4 {
			t.Errorf("asked %d times: %v", asked, k.samples)
		}
	})
}

// TestDurable: what was measured is there after a restart.
func TestDurable(t *testing.T) {
	db := databasetest.New(t)
	s := sampler.New(statistics.New(db), sampler.Config{Counters: func() map[string]int64 { return map[string]int64{"requests": 4} }})
	if err := s.Take(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	list, err := statistics.New(db).Read(t.Context(), statistics.Query{Names: []string{"requests"}, From: start, To: start.Add(1), Points: 1})
	if err != nil || list[0].Points[0].Value != 4 {
		t.Errorf("%+v, %v", list, err)
	}
}
