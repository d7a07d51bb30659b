package main

import (
	"fmt"

	"github.com/melissiproject/hive/internal/lab/figures"
)

// row of the table. Cells are text; an empty one says nothing.
type row struct{ what, hive, detail, rsync, ratio, syncthing, faster, target, met string }

type table struct{ figures.Table }

func newTable() table {
	return table{figures.Table{Head: []string{"what", "hive", "detail", "rsync", "ratio", "Syncthing", "ratio", "target", "met"}}}
}

func (t *table) add(r row) {
	t.Add(r.what, r.hive, r.detail, r.rsync, r.ratio, r.syncthing, r.faster, r.target, r.met)
}

// missing says why a row has no number.
func (t *table) missing(what, why string) { t.add(row{what: what, hive: "-", detail: why}) }

// transfer adds a first transfer of size bytes, which may take most times as long as rsync's and must beat Syncthing.
func (t *table) transfer(what string, size int64, hive, rsync, syncthing figures.Series, most float64) {
	r := row{what: what, hive: figures.Seconds(hive.Median()), detail: hive.Spread(size), target: fmt.Sprintf("≤ %.0f × rsync, faster than Syncthing", most)}
	ok := true
	cell := func(other figures.Series, limit float64) (value, ratio string) {
		if len(other) == 0 {
			return "missing", ""
		}
		x := float64(hive.Median()) / float64(other.Median())
		ok = ok && x <= limit
		return figures.Seconds(other.Median()), fmt.Sprintf("%.2f", x)
	}
	r.rsync, r.ratio = cell(rsync, most)
	r.syncthing, r.faster = cell(syncthing, 1)
	r.met = figures.Yes(ok)
	t.add(r)
}

// within adds a value that has a limit to keep.
func (t *table) within(what, value, detail, target string, ok bool) {
	t.add(row{what: what, hive: value, detail: detail, target: target, met: figures.Yes(ok)})
}
