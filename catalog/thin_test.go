package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
)

func TestSurplus(t *testing.T) {
	now := time.Date(2024, 6, 15, 12, 30, 0, 0, time.UTC)
	ages := func(ages ...time.Duration) []catalog.Revision {
		var out []catalog.Revision
		for i, age := range ages {
			out = append(out, catalog.Revision{Number: int64(len(ages) - i), Created: now.Add(-age)})
		}
		return out
	}
	const minute, hour, day = time.Minute, time.Hour, 24 * time.Hour
	for _, test := range []struct {
		name string
		ages []time.Duration
		want []int64 // numbers that go
	}{
		{"none", nil, nil},
		{"one, however old", []time.Duration{1000 * day}, nil},
		{"the last day", []time.Duration{0, 1, minute, 2 * minute, 23 * hour}, nil},
		{"an hour", []time.Duration{0, 2*day + 31*minute, 2*day + 32*minute, 2*day + 33*minute, 2*day + 91*minute}, []int64{3, 2}},
		{"a day", []time.Duration{0, 30 * day, 30*day + hour, 30*day + 2*hour, 31 * day}, []int64{3, 2}},
		{"a week", []time.Duration{0, 700 * day, 701 * day, 720 * day}, []int64{2}},
		{"the newest is old", []time.Duration{100 * day, 100*day + minute, 100*day + 2*minute}, []int64{1}},
	} {
		var got []int64
		for _, r := range catalog.Surplus(ages(test.ages...), now) {
			got = append(got, r.Number)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestSurplusSettles thins one long history day by day: what stays is well spread, and thinning twice is thinning once.
func TestSurplusSettles(t *testing.T) {
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var history []catalog.Revision
	for i := range 365 * 24 {
		now := start.Add(time.Duration(i) * time.Hour)
		history = slices.Insert(history, 0, catalog.Revision{Number: int64(i + 1), Created: now})
		for range 2 {
			for _, gone := range catalog.Surplus(history, now) {
				history = slices.DeleteFunc(history, func(r catalog.Revision) bool { return r.Number == gone.Number })
			}
		}
	}
	// 7 days of hours, 83 of days, 39 weeks.
	if n := len(history); n < 7*24+83+39-3 || n > 7*24+83+39+3 {
		t.Errorf("%d are left", n)
	}
	for i, r := range history[1:] {
		if gap := history[i].Created.Sub(r.Created); gap > 14*24*time.Hour {
			t.Errorf("a gap of %s at %s", gap, r.Created)
		}
	}
}

func TestThin(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for i := range 5 {
			f.put(home, "/file", strings.Repeat("x", i+1)) // all within the same day
		}
		f.put(home, "/folder/file", "trashed")
		f.put(home, "/folder/file", "twice")
		f.remove(home, "/folder")
		thin := func(days int, want catalog.Thinned) {
			f.Helper()
			if got := must(f.Thin(f.Context(), time.Now().AddDate(0, 0, days), catalog.Keep{TrashDays: 30}))(f); got != want {
				f.Errorf("after %d days: got %+v, want %+v", days, got, want)
			}
		}
		thin(0, catalog.Thinned{})
		f.wantUsed(1, 1+2+3+4+5+7+5)
		thin(31, catalog.Thinned{Revisions: 3, Trashed: 1})
		thin(31, catalog.Thinned{})
		f.wantUsed(1, 4+5)
		if got := f.content(home, "/file"); got != "xxxxx" {
			f.Errorf("got %q", got)
		}
		f.checkNumbers()
	})
}

func TestThinKeeps(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		for i := range 3 {
			f.put(home, "/file", fmt.Sprint(i))
		}
		f.put(home, "/trashed", "x")
		f.remove(home, "/trashed")
		if got := must(f.Thin(f.Context(), time.Now().AddDate(10, 0, 0), catalog.Keep{KeepRevisions: true}))(f); got != (catalog.Thinned{}) {
			f.Errorf("got %+v", got)
		}
		f.wantUsed(1, 4)
	})
}

// TestThinEndsWhatWasCutShort leaves a purge and a deletion half done, as a crash would.
func TestThinEndsWhatWasCutShort(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		home := f.home(1)
		f.put(home, "/folder/a", "one")
		f.put(home, "/folder/b", "two")
		trashed := f.remove(home, "/folder")
		f.put(f.home(2), "/gone", "gone")
		for _, query := range []string{
			"UPDATE trash SET purging = ?", "UPDATE spaces SET kind = 'gone', home_of = NULL WHERE home_of = 2 AND ?",
		} {
			f.exec(query, true)
		}
		if got := must(home.Trash(f.Context(), 0, 0))(f); len(got) != 0 {
			f.Errorf("got %+v", got)
		}
		_, err := home.RestoreTrash(f.Context(), trashed.ID, nil)
		f.wantError(err, catalog.ErrNotFound)
		must(f.Thin(f.Context(), time.Now(), catalog.Keep{}))(f)
		f.wantUsed(1, 0)
		f.checkNumbers() // of the one home that is left
	})
}

// exec changes rows behind the catalog's back.
func (f fixture) exec(query string, args ...any) {
	f.Helper()
	err := f.DB().Write(f.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}
