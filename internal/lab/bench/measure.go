package main

import (
	"fmt"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
)

// row of the table. Cells are text; an empty one says nothing.
type row struct {
	what, value, detail, beside, ratio, target, met string
}

type table struct{ figures.Table }

func newTable() table {
	return table{figures.Table{Head: []string{"what", "value", "detail", "beside", "ratio", "target", "met"}}}
}

func (t *table) add(r row) { t.Add(r.what, r.value, r.detail, r.beside, r.ratio, r.target, r.met) }

// missing says why a row has no number.
func (t *table) missing(what, why string) { t.add(row{what: what, value: "-", detail: why}) }

// alone adds a series that is measured beside others, for a file of size bytes.
func (t *table) alone(what string, s figures.Series, size int64) {
	t.add(row{what: what, value: figures.Seconds(s.Median()), detail: s.Spread(size)})
}

// against adds a series and its ratio to another; most is the target, 0 for none.
func (t *table) against(what string, s figures.Series, size int64, other string, o figures.Series, most float64) {
	r := row{what: what, value: figures.Seconds(s.Median()), detail: s.Spread(size)}
	if len(o) == 0 {
		r.beside = other + " is missing"
	} else {
		ratio := float64(s.Median()) / float64(o.Median())
		r.beside, r.ratio = other+" "+figures.Seconds(o.Median()), fmt.Sprintf("%.2f", ratio)
		if most > 0 {
			r.met = figures.Yes(ratio <= most)
		}
	}
	if most > 0 {
		r.target = fmt.Sprintf("≤ %.1f × %s", most, other)
	}
	t.add(r)
}

// within adds a series that has a time to keep.
func (t *table) within(what string, s figures.Series, detail string, most time.Duration) {
	t.add(row{
		what: what, value: figures.Seconds(s.Median()), detail: detail,
		target: "≤ " + most.String(), met: figures.Yes(s.Median() <= most),
	})
}
