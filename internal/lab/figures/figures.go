// Package figures is how programs of the lab tell what they measured: series of
// times and their medians, numbers as people read them, and a table.
package figures

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// MiB is a binary megabyte.
const MiB = 1 << 20

// Series is the same thing measured several times.
type Series []time.Duration

// At is the value below which the share q of the series lies (nearest rank).
func (s Series) At(q float64) time.Duration { return at(s, q) }

// Median of the series, 0 of none.
func (s Series) Median() time.Duration { return Median(s) }

// Median of values, 0 of none.
func Median[T cmp.Ordered](values []T) T { const half = 0.5; return at(values, half) }

func at[T cmp.Ordered](values []T, q float64) (value T) {
	if len(values) == 0 {
		return value
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(q*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Measure times do. What earlier work left to be written to disk is written
// first, so that nobody pays for another.
func (s *Series) Measure(do func() error) error {
	syscall.Sync()
	begin := time.Now()
	if err := do(); err != nil {
		return err
	}
	*s = append(*s, time.Since(begin))
	return nil
}

// Spread is the least and the most of a series, and the rate at its median where size is bytes of something.
func (s Series) Spread(size int64) string {
	text := Seconds(s.At(0)) + " to " + Seconds(s.At(1))
	if size > 0 && s.Median() > 0 {
		text = fmt.Sprintf("%.0f MiB/s, %s", float64(size)/MiB/s.Median().Seconds(), text)
	}
	return text
}

// Seconds is a time in seconds, or milliseconds when it is short.
func Seconds(d time.Duration) string {
	if d < time.Second/10 {
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// Bytes is a number of bytes in thousands of the unit that fits.
func Bytes(n int64) string {
	const kilo, ten = 1000, 10
	if n < ten*kilo {
		return fmt.Sprintf("%d B", n)
	}
	value, units := float64(n), []string{"B", "KB", "MB", "GB"}
	for value >= kilo && len(units) > 1 {
		value, units = value/kilo, units[1:]
	}
	return fmt.Sprintf("%.4g %s", value, units[0])
}

// Yes is how a table says that a target is met.
func Yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "NO"
}

// Table is rows of text below a head.
type Table struct {
	Head []string
	rows [][]string
}

// Add adds a row of cells; an empty one says nothing, and so do those that are not given.
func (t *Table) Add(cells ...string) {
	row := make([]string, len(t.Head)) // as many as others have, or columns would not line up
	copy(row, cells)
	t.rows = append(t.rows, row)
}

// Print writes the table with columns that line up.
func (t *Table) Print(w io.Writer) error {
	const gap = 2
	tw := tabwriter.NewWriter(w, 0, 0, gap, ' ', 0)
	for _, row := range append([][]string{t.Head}, t.rows...) {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	return tw.Flush()
}
