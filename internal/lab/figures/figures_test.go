package figures

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSeries(t *testing.T) {
	var s Series
	if got := s.Median(); got != 0 {
		t.Errorf("median of nothing: got %v", got)
	}
	for _, n := range []time.Duration{5, 1, 4, 2, 3} {
		s = append(s, n)
	}
	if got := []time.Duration{s.At(0), s.Median(), s.At(1)}; !slices.Equal(got, []time.Duration{1, 3, 5}) {
		t.Errorf("least, median, most: got %v", got)
	}
	hundred := make(Series, 200)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	if got := hundred.At(0.99); got != 198 {
		t.Errorf("p99 of 1 to 200: got %d, want 198", got)
	}
	failure := errors.New("no")
	if err := s.Measure(func() error { return failure }); !errors.Is(err, failure) || len(s) != 5 {
		t.Errorf("a failed measurement: got %v and %d values", err, len(s))
	}
	if err := s.Measure(func() error { return nil }); err != nil || len(s) != 6 {
		t.Errorf("a measurement: got %v and %d values", err, len(s))
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Bytes(0):                                "0 B",
		Bytes(9_999):                            "9999 B",
		Bytes(16_384):                           "16.38 KB",
		Bytes(1_100_000):                        "1.1 MB",
		Bytes(3 << 40):                          "3299 GB",
		Seconds(1500 * time.Microsecond):        "1.50 ms",
		Seconds(90 * time.Second):               "90.00 s",
		Yes(true) + Yes(false):                  "yesNO",
		Series{time.Second}.Spread(2 * MiB):     "2 MiB/s, 1.00 s to 1.00 s",
		Series{time.Second, 3e9, 2e9}.Spread(0): "1.00 s to 3.00 s",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Median([]int64{7, 1, 9}); got != 7 {
		t.Errorf("median: got %d", got)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table := Table{Head: []string{"what", "value"}}
	table.Add("b", "2")
	table.Add("a long one")
	var out strings.Builder
	if err := table.Print(&out); err != nil {
		t.Fatal(err)
	}
	if want := "what        value\nb           2\na long one  \n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
