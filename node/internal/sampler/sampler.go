// Package sampler measures a hive every few minutes: what there is, and what went by since the time before.
//
// It owns what is measured and how counters become sums. It does not own where samples are kept (internal/statistics), nor when one
// is taken.
package sampler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Store keeps samples.
type Store interface {
	Add(ctx context.Context, now time.Time, values map[string]int64) error
	Thin(ctx context.Context, now time.Time) error
}

// Gauge is how much of something there is, by the names of series.
type Gauge func(ctx context.Context) (map[string]int64, error)

// Config of a Sampler.
type Config struct {
	// Gauges are what is there. One that fails leaves its series out.
	Gauges []Gauge
	// Costly is a Gauge that is asked so seldom that it takes a hundredth of the time at most.
	Costly Gauge
	// Counters count since the start of the process.
	Counters func() map[string]int64
}

// Sampler measures. It is safe for concurrent use.
type Sampler struct {
	store Store
	cfg   Config

	mu     sync.Mutex
	before map[string]int64 // counters
	costly map[string]int64 // what it was at last
	due    time.Time        // of Costly
	thin   time.Time        // when it is thinned next
}

// New returns a sampler of what cfg names.
func New(store Store, cfg Config) *Sampler { return &Sampler{store: store, cfg: cfg} }

// costlyShare is how much longer the pause after Costly is than Costly took.
const costlyShare = 100

// Take takes a sample now, and thins old ones once an hour. What could be measured is kept though something could not.
func (s *Sampler) Take(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	values, faults := map[string]int64{}, []error{s.measure(ctx, now)}
	for name, n := range s.costly {
		values[name] = n
	}
	for _, gauge := range s.cfg.Gauges {
		got, err := gauge(ctx)
		faults = append(faults, err)
		for name, n := range got {
			values[name] = n
		}
	}
	// What is stored once though it is named often.
	if stored, ok := values["bytes.stored"]; ok {
		values["saved.dedup"] = max(0, values["bytes.logical"]-stored)
	}
	counters := s.cfg.Counters()
	for name, n := range counters {
		values[name] = n - s.before[name]
		if values[name] < 0 { // the counter began anew
			values[name] = n
		}
	}
	if err := s.store.Add(ctx, now, values); err != nil {
		return errors.Join(append(faults, err)...)
	}
	s.before = counters // only now, so that nothing is lost with a sample that was not kept
	if !now.Before(s.thin) {
		s.thin = now.Add(time.Hour)
		faults = append(faults, s.store.Thin(ctx, now))
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("sampler: %w", err)
	}
	return nil
}

// measure asks Costly where it is due.
func (s *Sampler) measure(ctx context.Context, now time.Time) error {
	if s.cfg.Costly == nil || now.Before(s.due) {
		return nil
	}
	start := time.Now()
	got, err := s.cfg.Costly(ctx)
	s.due = now.Add(costlyShare * time.Since(start))
	if err == nil {
		s.costly = got
	}
	return err
}
