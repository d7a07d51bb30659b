package main

import (
	"fmt"

	"github.com/melissiproject/hive/internal/lab/figures"
)

type table struct{ figures.Table }

func newTable() table {
	return table{figures.Table{Head: []string{
		"what", "hive", "rsync", "ratio", "Syncthing", "ratio", "target", "met",
		"hive took", "rsync took", "Syncthing took", "no slower than rsync",
	}}}
}

// missing says why a row has no numbers.
func (t *table) missing(what, why string) { t.Add(what, "-", why) }

// change adds what a change cost each. Hive must stay below rsync, and within most bytes where that is not 0; limit is most
// in words.
func (t *table) change(what string, costs [many]cost, most int64, limit string) {
	var sent, took, ratio [many]string
	ours := costs[hives]
	for i, c := range costs {
		sent[i], took[i] = "missing", "missing"
		if len(c.bytes) == 0 {
			continue
		}
		theirs := figures.Median(c.bytes)
		sent[i], took[i] = figures.Bytes(theirs), figures.Seconds(c.times.Median())
		if theirs > 0 {
			ratio[i] = fmt.Sprintf("%.3f", float64(figures.Median(ours.bytes))/float64(theirs))
		}
	}
	bytes, other := figures.Median(ours.bytes), costs[rsyncs]
	met, target, quick := most == 0 || bytes <= most, limit, ""
	if len(other.bytes) > 0 {
		met = met && bytes < figures.Median(other.bytes)
		target, quick = "< rsync", figures.Yes(ours.times.Median() <= other.times.Median())
		if limit != "" {
			target = limit + ", " + target
		}
	}
	t.Add(what, sent[hives], sent[rsyncs], ratio[rsyncs], sent[syncthings], ratio[syncthings], target, figures.Yes(met),
		took[hives], took[rsyncs], took[syncthings], quick)
}
