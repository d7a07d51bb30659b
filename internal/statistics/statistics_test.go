package statistics_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/internal/statistics"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func add(t *testing.T, s *statistics.Store, at time.Duration, values map[string]int64) {
	t.Helper()
	if err := s.Add(t.Context(), start.Add(at), values); err != nil {
		t.Fatal(err)
	}
}

// read gives the values of a series, each where it begins.
func read(t *testing.T, s *statistics.Store, name string, from, to time.Duration, points int) (at []time.Duration, values []int64) {
	t.Helper()
	list, err := s.Read(t.Context(), statistics.Query{Names: []string{name}, From: start.Add(from), To: start.Add(to), Points: points})
	if err != nil || len(list) != 1 || list[0].Name != name {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, p := range list[0].Points {
		at, values = append(at, p.At.Sub(start)), append(values, p.Value)
	}
	return at, values
}

func TestPoints(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := statistics.New(db)
		for i := range 12 {
			add(t, s, time.Duration(i)*5*time.Minute, map[string]int64{"users": int64(i), "requests": 10})
		}
		add(t, s, 55*time.Minute, map[string]int64{"users": 99}) // the same moment again
		if at, values := read(t, s, "users", 0, time.Hour, 1000); len(values) != 12 || values[3] != 3 || values[11] != 99 || at[3] != 15*time.Minute {
			t.Errorf("%v %v", at, values)
		}
		if at, values := read(t, s, "users", 0, time.Hour, 3); !slices.Equal(values, []int64{3, 7, 99}) {
			t.Errorf("the last of each stretch: %v %v", at, values)
		}
		if at, values := read(t, s, "requests", 0, time.Hour, 3); !slices.Equal(values, []int64{40, 40, 40}) || !slices.Equal(at, []time.Duration{0, 20 * time.Minute, 40 * time.Minute}) {
			t.Errorf("the sum of each stretch: %v %v", at, values)
		}
		if _, values := read(t, s, "users", 10*time.Minute, 20*time.Minute, 10); !slices.Equal(values, []int64{2, 3}) {
			t.Errorf("a part: %v", values)
		}
		if _, values := read(t, s, "nothing", 0, time.Hour, 10); len(values) != 0 {
			t.Errorf("of nothing: %v", values)
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := statistics.New(db)
		add(t, s, 0, map[string]int64{"traffic.in": 1, "traffic.in/b": 2, "traffic.in/a": 3, "traffic.inner": 4, "traffic.out/a": 5})
		list, err := s.Read(t.Context(), statistics.Query{Names: []string{"traffic.in/", "traffic.in/a", "users"}, From: start, To: start.Add(1), Points: 1})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range list {
			got = append(got, one.Name)
		}
		if !slices.Equal(got, []string{"traffic.in/a", "traffic.in/b", "users"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestQueriesAreChecked(t *testing.T) {
	t.Parallel()
	s := statistics.New(databasetest.New(t))
	good := statistics.Query{Names: []string{"users"}, From: start, To: start.Add(1), Points: 1}
	for _, change := range []func(*statistics.Query){
		func(q *statistics.Query) { q.Names = nil },
		func(q *statistics.Query) { q.Names = make([]string, statistics.MaxNames+1) },
		func(q *statistics.Query) { q.To = q.From },
		func(q *statistics.Query) { q.Points = 0 },
		func(q *statistics.Query) { q.Points = statistics.MaxPoints + 1 },
	} {
		q := good
		change(&q)
		if _, err := s.Read(t.Context(), q); !errors.Is(err, statistics.ErrInvalid) {
			t.Errorf("%+v: got %v", q, err)
		}
	}
	if err := s.Add(t.Context(), start, nil); err != nil {
		t.Error(err)
	}
}

// pass lets time go by, with a sample every so often, and gives how many those were.
func pass(t *testing.T, s *statistics.Store, days int, every time.Duration, thin bool) (n int64) {
	t.Helper()
	for at := time.Duration(0); at < time.Duration(days)*24*time.Hour; at += every {
		n++
		add(t, s, at, map[string]int64{"users": n, "requests": 1})
		if thin && n%100 == 0 {
			if err := s.Thin(t.Context(), start.Add(at)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		if err := s.Thin(t.Context(), start.AddDate(0, 0, days)); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// TestThin: when forty days have passed there is as much left as the ages say, and no sum has changed, thinned in between or not.
func TestThin(t *testing.T) {
	t.Parallel()
	const days, day = 40, 24 * time.Hour
	for _, thin := range []bool{true, false} {
		s := statistics.New(databasetest.New(t))
		n := pass(t, s, days, 30*time.Minute, thin)
		for _, part := range []struct {
			from, to time.Duration
			points   int
		}{{0, 9 * day, 9}, {9 * day, 39 * day, 30 * 24}, {39 * day, 40 * day, 48}} {
			if at, values := read(t, s, "users", part.from, part.to, statistics.MaxPoints); len(values) != part.points || !slices.IsSorted(values) {
				t.Errorf("%d points from %v to %v, want %d: %v", len(values), part.from, part.to, part.points, at)
			}
		}
		checkWhole(t, s, days*day, n)
	}
}

// checkWhole checks that no request is lost or there twice, and that the last count of users is the last.
func checkWhole(t *testing.T, s *statistics.Store, end time.Duration, n int64) {
	t.Helper()
	if _, values := read(t, s, "requests", 0, end, 1); values[0] != n {
		t.Errorf("%d requests of %d", values[0], n)
	}
	if _, values := read(t, s, "users", 0, end, 1); values[0] != n {
		t.Errorf("%d users of %d", values[0], n)
	}
}

func TestThinOnEveryDatabase(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := statistics.New(db)
		checkWhole(t, s, 40*24*time.Hour, pass(t, s, 40, 5*time.Hour, true))
	})
}

func TestOldDaysGo(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := statistics.New(db)
		add(t, s, 0, map[string]int64{"users": 1})
		add(t, s, 48*time.Hour, map[string]int64{"users": 2})
		if err := s.Thin(t.Context(), start.AddDate(10, 0, 2)); err != nil {
			t.Fatal(err)
		}
		if _, values := read(t, s, "users", 0, 100*time.Hour, 10); !slices.Equal(values, []int64{2}) {
			t.Errorf("%v", values)
		}
	})
}
