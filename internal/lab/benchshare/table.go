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
type row struct{ what, hive, detail, rsync, ratio, syncthing, faster, target, met string }

type table struct{ rows []row }

func (t *table) add(r row) { t.rows = append(t.rows, r) }

func (t *table) print(w io.Writer) error {
	const gap = 2
	tw := tabwriter.NewWriter(w, 0, 0, gap, ' ', 0)
	fmt.Fprintln(tw, "what\thive\tdetail\trsync\tratio\tSyncthing\tratio\ttarget\tmet")
	for _, r := range t.rows {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.hive, r.detail, r.rsync, r.ratio, r.syncthing, r.faster, r.target, r.met)
	}
	return tw.Flush()
}

// missing says why a row has no number.
func (t *table) missing(what, why string) { t.add(row{what: what, hive: "-", detail: why}) }

// transfer adds a first transfer of size bytes, which may take most times as long as rsync's and must beat Syncthing.
func (t *table) transfer(what string, size int64, hive, rsync, syncthing series, most float64) {
	r := row{what: what, hive: seconds(hive.median()), detail: spread(hive, size), target: fmt.Sprintf("≤ %.0f × rsync, faster than Syncthing", most)}
	ok := true
	cell := func(other series, limit float64) (value, ratio string) {
		if len(other) == 0 {
			return "missing", ""
		}
		x := float64(hive.median()) / float64(other.median())
		ok = ok && x <= limit
		return seconds(other.median()), fmt.Sprintf("%.2f", x)
	}
	r.rsync, r.ratio = cell(rsync, most)
	r.syncthing, r.faster = cell(syncthing, 1)
	r.met = yes(ok)
	t.add(r)
}

// within adds a value that has a limit to keep.
func (t *table) within(what, value, detail, target string, ok bool) {
	t.add(row{what: what, hive: value, detail: detail, target: target, met: yes(ok)})
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
