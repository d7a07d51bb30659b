package main

import (
	"fmt"
	"io"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"
)

// series is the same thing measured several times.
type series []time.Duration

// at is the value below which the share q of the series lies (nearest rank).
func (s series) at(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	rank := int(q*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func (s series) median() time.Duration { const half = 0.5; return s.at(half) }

// measure times do. What earlier work left to be written to disk is written
// first, so that nobody pays for another.
func (s *series) measure(do func() error) error {
	syscall.Sync()
	begin := time.Now()
	if err := do(); err != nil {
		return err
	}
	*s = append(*s, time.Since(begin))
	return nil
}

// row of the table. Cells are text; an empty one says nothing.
type row struct {
	what, value, detail, beside, ratio, target, met string
}

type table struct{ rows []row }

func (t *table) add(r row) { t.rows = append(t.rows, r) }

func (t *table) print(w io.Writer) error {
	const gap = 2
	tw := tabwriter.NewWriter(w, 0, 0, gap, ' ', 0)
	fmt.Fprintln(tw, "what\tvalue\tdetail\tbeside\tratio\ttarget\tmet")
	for _, r := range t.rows {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.value, r.detail, r.beside, r.ratio, r.target, r.met)
	}
	return tw.Flush()
}

// missing says why a row has no number.
func (t *table) missing(what, why string) { t.add(row{what: what, value: "-", detail: why}) }

// alone adds a series that is measured beside others, for a file of size bytes.
func (t *table) alone(what string, s series, size int64) {
	t.add(row{what: what, value: seconds(s.median()), detail: spread(s, size)})
}

// against adds a series and its ratio to another; most is the target, 0 for none.
func (t *table) against(what string, s series, size int64, other string, o series, most float64) {
	r := row{what: what, value: seconds(s.median()), detail: spread(s, size)}
	if len(o) == 0 {
		r.beside = other + " is missing"
	} else {
		ratio := float64(s.median()) / float64(o.median())
		r.beside, r.ratio = other+" "+seconds(o.median()), fmt.Sprintf("%.2f", ratio)
		if most > 0 {
			r.met = yes(ratio <= most)
		}
	}
	if most > 0 {
		r.target = fmt.Sprintf("≤ %.1f × %s", most, other)
	}
	t.add(r)
}

// within adds a series that has a time to keep.
func (t *table) within(what string, s series, detail string, most time.Duration) {
	t.add(row{
		what: what, value: seconds(s.median()), detail: detail,
		target: "≤ " + most.String(), met: yes(s.median() <= most),
	})
}

func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "NO"
}

func seconds(d time.Duration) string {
	if d < time.Second/10 {
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func spread(s series, size int64) string {
	text := seconds(s.at(0)) + " to " + seconds(s.at(1))
	if size > 0 && s.median() > 0 {
		text = fmt.Sprintf("%.0f MiB/s, %s", float64(size)/mib/s.median().Seconds(), text)
	}
	return text
}
