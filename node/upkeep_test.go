package node

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

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// runs lets a task run in a bubble for a while and gives the times at which it did, from the start.
func runs(t *testing.T, name string, span time.Duration, task task, outcome func(n int) error) (at []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), span)
		defer cancel()
		start := time.Now()
		task.run = func(context.Context) error {
			at = append(at, time.Since(start))
			return outcome(len(at))
		}
		task.repeat(ctx, openTimes(name, quiet()), quiet())
	})
	return at
}

func well(int) error { return nil }

// near tells whether got is want, jitter aside.
func near(got, want time.Duration) bool {
	return float64(got) > float64(want)*(1-jitter)-1 && float64(got) < float64(want)*(1+jitter)+1
}

func TestTaskComesBack(t *testing.T) {
	name := filepath.Join(t.TempDir(), upkeepFile)
	at := runs(t, name, 10*day, task{name: "gc", every: day}, well)
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
	name := filepath.Join(t.TempDir(), upkeepFile)
	// Each bubble begins at the same moment, so the file has to say how long ago the last run was.
	synctest.Test(t, func(t *testing.T) {
		openTimes(name, quiet()).note("scrub", time.Now().Add(-29*day))
	})
	at := runs(t, name, 5*day, task{name: "scrub", every: 30 * day}, well)
	if len(at) != 1 || at[0] > 4*day+1 {
		t.Errorf("ran at %v, want once in the first days", at)
	}
	if at := runs(t, filepath.Join(t.TempDir(), upkeepFile), 20*day, task{name: "scrub", every: 30 * day}, well); len(at) != 0 {
		t.Errorf("a new hive is scrubbed at %v", at)
	}
}

func TestFailedTaskIsTriedAgainSoon(t *testing.T) {
	at := runs(t, filepath.Join(t.TempDir(), upkeepFile), 3*day, task{name: "gc", every: day}, func(n int) error {
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
	at := runs(t, filepath.Join(t.TempDir(), upkeepFile), 3*time.Hour, task{name: "gc", every: day, early: func() bool { full = !full; return full }}, well)
	if len(at) < 2 || at[0] != crowded {
		t.Errorf("ran at %v, want the first after %v", at, crowded)
	}
}

func TestBrokenTimesAreForgotten(t *testing.T) {
	name := filepath.Join(t.TempDir(), upkeepFile)
	for _, text := range []string{"", "{", `{"gc": 5}`, `{"gc": "2999-01-01T00:00:00Z"}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if at := runs(t, name, 25*time.Hour+3*time.Hour, task{name: "gc", every: day}, well); len(at) != 1 {
			t.Errorf("%q: ran at %v", text, at)
		}
	}
}

func TestTimesThatCannotBeKeptAreLogged(t *testing.T) {
	var log strings.Builder
	openTimes(filepath.Join(t.TempDir(), "gone", upkeepFile), slog.New(slog.NewTextHandler(&log, nil))).note("gc", time.Now())
	if !strings.Contains(log.String(), "not kept") {
		t.Errorf("log: %s", log.String())
	}
}

func TestBackgroundWork(t *testing.T) {
	n, c, _ := running(t, made(t))
	put(t, c, "/keep", strings.Repeat("keep", 1000))
	put(t, c, "/drop", strings.Repeat("drop", 1000))
	trashed, err := c.Files.Remove(t.Context(), "/drop", noCondition)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.History.Purge(t.Context(), trashed.ID); err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(context.Context) error{"thin": n.thin, "scrub": n.scrub} {
		if err := run(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := n.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	storage, err := c.Storage(t.Context())
	if err != nil || storage.Blocks != 1 {
		t.Errorf("%d blocks, %v; want the one that is kept", storage.Blocks, err)
	}
	if got := content(t, c, "/keep"); got != strings.Repeat("keep", 1000) {
		t.Error("what is kept has changed")
	}
	if n.full() {
		t.Error("the disk counts as full")
	}
}
