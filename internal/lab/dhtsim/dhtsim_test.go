package main

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/p2p"
)

func TestRun(t *testing.T) {
	var out bytes.Buffer
	o := options{hives: []int{6, 12}, lookups: 20, conns: 16, joining: 4, seed: 1, limit: time.Minute}
	if err := run(t.Context(), o, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[3], "| 12 |") || !strings.Contains(lines[3], "20 of 20") {
		t.Errorf("got\n%s", out.String())
	}
	for _, line := range lines {
		if strings.Count(line, "|") != strings.Count(lines[0], "|") {
			t.Errorf("a line of another width: %s", line)
		}
	}
}

func TestSmallBuckets(t *testing.T) {
	var out bytes.Buffer
	o := options{hives: []int{20}, lookups: 10, conns: 8, bucket: 3, joining: 4, seed: 1, limit: time.Minute}
	if err := run(t.Context(), o, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(out.String(), "|")
	if table, err := strconv.Atoi(strings.TrimSpace(fields[len(fields)-10])); err != nil || table >= 19 {
		t.Errorf("%d of 19 others are in the table, %v:\n%s", table, err, out.String())
	}
}

func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	o := options{hives: []int{3}, lookups: 1, conns: 16, joining: 1, limit: time.Minute}
	if err := run(ctx, o, io.Discard, io.Discard); err == nil {
		t.Error("it does not end")
	}
}

func TestOptions(t *testing.T) {
	var o options
	if err := o.parse("10, 100"); err != nil || len(o.hives) != 2 || o.hives[1] != 100 {
		t.Errorf("got %v, %v", o.hives, err)
	}
	for _, list := range []string{"", "one", "1", "10,-3"} {
		if err := o.parse(list); err == nil {
			t.Errorf("%q is taken", list)
		}
	}
}

func TestResult(t *testing.T) {
	r := result{hives: 5, tables: []int{4, 4, 3}, lost: 1}
	for i := range 10 {
		r.add(p2p.Found{Hops: i % 3, Messages: i, Took: time.Duration(i) * time.Millisecond})
	}
	want := "| 5 | 4 | 0.90 | 2 | 4.5 | 8 | 4.0 | 8.0 | 10 of 11 | 0s |"
	if got := r.row(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var none result
	if at(none.hops, 50) != 0 || mean(none.hops) != 0 {
		t.Error("of nothing there is no average")
	}
}
