package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/melissiproject/hive/p2p"
)

const header = `| hives | in the routing table | hops mean | hops most | messages mean | messages p95 | ms p50 | ms p95 | found | joined in |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|`

// result of a simulation.
type result struct {
	hives    int
	tables   []int
	hops     []int
	messages []int
	times    []time.Duration
	lost     int
	joined   time.Duration
}

func (r *result) add(f p2p.Found) {
	r.hops = append(r.hops, f.Hops)
	r.messages = append(r.messages, f.Messages)
	r.times = append(r.times, f.Took)
}

// row is the result as a line of the table.
func (r *result) row() string {
	return fmt.Sprintf("| %d | %d | %.2f | %d | %.1f | %d | %.1f | %.1f | %d of %d | %s |",
		r.hives, at(r.tables, 50), mean(r.hops), at(r.hops, 100), mean(r.messages), at(r.messages, 95),
		milliseconds(at(r.times, 50)), milliseconds(at(r.times, 95)), len(r.hops), len(r.hops)+r.lost, r.joined.Round(time.Second))
}

// at is the value that percent of the list do not exceed; 0 for an empty list.
func at[T int | time.Duration](list []T, percent int) T {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)-1)*percent/100]
}

func mean(list []int) float64 {
	if len(list) == 0 {
		return 0
	}
	sum := 0
	for _, n := range list {
		sum += n
	}
	return float64(sum) / float64(len(list))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
