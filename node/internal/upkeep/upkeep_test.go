package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const day = 24 * time.Hour

func fileOf(name string) File {
	return File{Name: name, Replace: func(name string, content []byte) error { return os.WriteFile(name, content, 0o600) }}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// runs lets a task run in a bubble for a while and gives the times at which it did, from the start.
func runs(t *testing.T, name string, span time.Duration, task Task, outcome func(n int) error) (at []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), span)
		defer cancel()
		start := time.Now()
		task.Run = func(context.Context) error {
			at = append(at, time.Since(start))
			return outcome(len(at))
		}
		task.repeat(ctx, Open(fileOf(name), quiet()))
	})
	return at
}

func well(int) error { return nil }

// near tells whether got is want, jitter aside.
func near(got, want time.Duration) bool {
	return float64(got) > float64(want)*(1-jitter)-1 && float64(got) < float64(want)*(1+jitter)+1
}

func TestTaskComesBack(t *testing.T) {
	name := filepath.Join(t.TempDir(), "upkeep.json")
	at := runs(t, name, 10*day, Task{Name: "gc", Every: day}, well)
	if len(at) < 9 || len(at) > 11 {
		t.Fatalf("ran %d times in 10 days: %v", len(at), at)
	}
	for i := range at {
		since := at[i]
		if i > 0 {
			since -= at[i-1]
		}
		if !near(since, day) {
			t.Errorf("run %d came after %v", i, since)
		}
	}
}

func TestTaskRemembersOverARestart(t *testing.T) {
	name := filepath.Join(t.TempDir(), "upkeep.json")
	// Each bubble begins at the same moment, so the file has to say how long ago the last run was.
	synctest.Test(t, func(t *testing.T) {
		Open(fileOf(name), quiet()).note("scrub", time.Now().Add(-29*day))
	})
	at := runs(t, name, 5*day, Task{Name: "scrub", Every: 30 * day}, well)
	if len(at) != 1 || at[0] > 4*day+1 {
		t.Errorf("ran at %v, want once in the first days", at)
	}
	if at := runs(t, filepath.Join(t.TempDir(), "upkeep.json"), 20*day, Task{Name: "scrub", Every: 30 * day}, well); len(at) != 0 {
		t.Errorf("a new hive is scrubbed at %v", at)
	}
}

func TestFailedTaskIsTriedAgainSoon(t *testing.T) {
	at := runs(t, filepath.Join(t.TempDir(), "upkeep.json"), 3*day, Task{Name: "gc", Every: day}, func(n int) error {
		if n == 1 {
			return errors.New("disk is away")
		}
		return nil
	})
	if len(at) < 2 || !near(at[1]-at[0], retryAfter) {
		t.Errorf("ran at %v, want a second time an hour after the first", at)
	}
}

func TestTaskThatCannotWait(t *testing.T) {
	full := false
	at := runs(t, filepath.Join(t.TempDir(), "upkeep.json"), 3*time.Hour, Task{Name: "gc", Every: day, Early: func() bool { full = !full; return full }}, well)
	if len(at) < 2 || at[0] != crowded {
		t.Errorf("ran at %v, want the first after %v", at, crowded)
	}
}

func TestBrokenTimesAreForgotten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "upkeep.json")
	for _, text := range []string{"", "{", `{"gc": 5}`, `{"gc": "2999-01-01T00:00:00Z"}`, `{"gc": {}}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if at := runs(t, name, 25*time.Hour+3*time.Hour, Task{Name: "gc", Every: day}, well); len(at) != 1 {
			t.Errorf("%q: ran at %v", text, at)
		}
	}
}

func TestTimesThatCannotBeKeptAreLogged(t *testing.T) {
	var log strings.Builder
	Open(fileOf(filepath.Join(t.TempDir(), "gone", "upkeep.json")), slog.New(slog.NewTextHandler(&log, nil))).note("gc", time.Now())
	if !strings.Contains(log.String(), "not kept") {
		t.Errorf("log: %s", log.String())
	}
}

func TestHowTasksEndedIsRememberedOverARestart(t *testing.T) {
	name := filepath.Join(t.TempDir(), "upkeep.json")
	if err := os.WriteFile(name, []byte(`{"scrub": "1999-01-01T00:00:00Z"}`), 0o600); err != nil { // as of old
		t.Fatal(err)
	}
	book := Open(fileOf(name), quiet())
	if got := book.last("scrub"); got.Year() != 1999 {
		t.Errorf("the last scrub was at %v", got)
	}
	book.Find("scrub", 3)
	runs(t, name, 27*time.Hour, Task{Name: "gc", Every: day}, func(int) error { return errors.New("a node is damaged") })
	book = Open(fileOf(name), quiet())
	if task, why := book.Failing(); task != "gc" || why != "a node is damaged" || book.Found("scrub") != 3 {
		t.Errorf("got %q, %q, %d found", task, why, book.Found("scrub"))
	}
	book.note("gc", time.Now())
	book.note("scrub", time.Now())
	book = Open(fileOf(name), quiet())
	if task, why := book.Failing(); task != "" || why != "" || book.Found("scrub") != 3 {
		t.Errorf("got %q, %q, %d found", task, why, book.Found("scrub"))
	}
}
