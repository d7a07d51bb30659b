package hivetest_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing"
)

const day = 24 * time.Hour

// logger shows what hives log where HIVE_TEST_LOG is set.
func logger() *slog.Logger {
	if os.Getenv("HIVE_TEST_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// TestShareStory is the life of a share between two hives, from the offer to its end.
func TestShareStory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { shareStory(t, hivetest.Config{Log: logger()}) })
}

// TestShareStoryLoopback is the same on libp2p and in real time.
func TestShareStoryLoopback(t *testing.T) {
	t.Parallel()
	shareStory(t, hivetest.Config{Loopback: true, Log: logger()})
}

func shareStory(t *testing.T, cfg hivetest.Config) {
	t.Helper()
	w := hivetest.New(t, cfg)
	alice, bob := w.Hives[0].User("alice"), w.Hives[1].User("bob")
	alice.Put("/garden/plan.txt", "beans")
	alice.Put("/garden/beds/north.txt", "shade")
	share := alice.Share("/garden", sharing.Writer, bob)
	bob.Accept(share, "/from alice", sharing.Full)
	bob.Sees("/from alice/plan.txt", "beans")

	bob.Put("/from alice/tools.txt", "spade")
	alice.Sees("/garden/tools.txt", "spade")
	alice.Put("/garden/plan.txt", "beans, peas")
	bob.Sees("/from alice/plan.txt", "beans, peas")
	bob.Move("/from alice/beds", "/from alice/plots")
	alice.Sees("/garden/plots/north.txt", "shade")
	alice.Remove("/garden/tools.txt")
	bob.Loses("/from alice/tools.txt")
	hivetest.Same(hivetest.Soon, alice, "/garden", bob, "/from alice")

	alice.Revoke(share, bob)
	bob.Loses("/from alice")
	alice.Put("/garden/secret.txt", "strawberries")
	if _, err := bob.TryRead("/from alice/secret.txt"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("after the revocation: got %v", err)
	}
}

// TestConflictStory has both sides write the same file while they cannot reach each other.
func TestConflictStory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := hivetest.New(t, hivetest.Config{Hives: 3, Log: logger()})
		alice, bob, carol := w.Hives[0].User("alice"), w.Hives[1].User("bob"), w.Hives[2].User("carol")
		alice.Put("/garden/plan.txt", "beans")
		share := alice.Share("/garden", sharing.Writer, bob, carol)
		bob.Accept(share, "/garden", sharing.Full)
		carol.Accept(share, "/garden", sharing.Full)
		bob.Sees("/garden/plan.txt", "beans")
		carol.Sees("/garden/plan.txt", "beans")

		w.Mesh.Isolate(bob.Hive.ID, true)
		alice.Put("/garden/plan.txt", "peas")
		bob.Put("/garden/plan.txt", "kale")
		time.Sleep(time.Hour)
		w.Mesh.Isolate(bob.Hive.ID, false)

		var conflict string
		hivetest.Eventually(t, 2*time.Hour, func() error {
			names := alice.List("/garden")
			i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "plan (conflict, ") })
			if len(names) != 2 || i < 0 {
				return fmt.Errorf("alice has %q", names)
			}
			conflict = names[i]
			return nil
		})
		for _, u := range []*hivetest.User{alice, bob, carol} {
			u.Sees("/garden/plan.txt", "peas")
			u.Sees("/garden/"+conflict, "kale")
		}
	})
}

// TestThirtyDaysAway leaves one side offline for a month, then the other; under the race detector for some days. All arrives, once.
func TestThirtyDaysAway(t *testing.T) {
	t.Parallel()
	for _, away := range []int{0, 1} {
		t.Run(fmt.Sprintf("hive %d", away), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { monthAway(t, away) })
		})
	}
}

func monthAway(t *testing.T, away int) {
	t.Helper()
	w := hivetest.New(t, hivetest.Config{Log: logger()})
	alice, bob := w.Hives[0].User("alice"), w.Hives[1].User("bob")
	alice.Put("/garden/plan.txt", "beans")
	share := alice.Share("/garden", sharing.Writer, bob)
	bob.Accept(share, "/garden", sharing.Full)
	bob.Sees("/garden/plan.txt", "beans")
	there := []*hivetest.User{bob, alice}[away]

	w.Hives[away].Kill()
	want := map[string]string{"plan.txt": "beans"}
	days := 30
	if testing.Short() {
		days = 3
	}
	for n := range days {
		name := fmt.Sprintf("day-%02d.txt", n)
		there.Put("/garden/"+name, fmt.Sprintf("written on day %d", n))
		there.Put("/garden/diary.txt", fmt.Sprintf("day %d", n))
		want[name], want["diary.txt"] = fmt.Sprintf("written on day %d", n), fmt.Sprintf("day %d", n)
		<-time.After(day)
	}
	w.Hives[away].Start()
	back := w.Hives[away].User([]string{"alice", "bob"}[away])
	back.Put("/garden/back.txt", "home again")
	want["back.txt"] = "home again"
	hivetest.Same(2*time.Hour, alice, "/garden", bob, "/garden")
	got := map[string]string{}
	hivetest.Eventually(t, 2*time.Hour, func() error {
		got = bob.Files("/garden")
		if len(got) < len(want) {
			return fmt.Errorf("bob has %d files of %d", len(got), len(want))
		}
		return nil
	})
	for name, content := range want {
		if got[name] != content {
			t.Errorf("%s: got %q, want %q", name, got[name], content)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d files, want %d: %v", len(got), len(want), bob.List("/garden"))
	}
}

// TestSharedAtHome is a share between users of one hive: the same folder, at once.
func TestSharedAtHome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := hivetest.New(t, hivetest.Config{Hives: 1, Log: logger()})
		alice, bob := w.Hives[0].User("alice"), w.Hives[0].User("bob")
		alice.Put("/garden/plan.txt", "beans")
		share := alice.Share("/garden", sharing.Reader, bob)
		bob.Accept(share, "/hers", sharing.Full)
		if got := bob.Read("/hers/plan.txt"); got != "beans" {
			t.Errorf("got %q", got)
		}
		if err := bob.TryPut("/hers/plan.txt", "weeds"); !errors.Is(err, catalog.ErrReadOnly) {
			t.Errorf("a reader writes: got %v", err)
		}
		alice.Put("/garden/plan.txt", "peas")
		if got := bob.Read("/hers/plan.txt"); got != "peas" {
			t.Errorf("got %q", got)
		}
		bob.Leave(share)
		bob.Loses("/hers")
	})
}

// TestOnDemand reads content that comes when it is read, and says clearly when it cannot.
func TestOnDemand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := hivetest.New(t, hivetest.Config{Log: logger()})
		alice, bob := w.Hives[0].User("alice"), w.Hives[1].User("bob")
		alice.Put("/films/one", strings.Repeat("one", 1<<18))
		alice.Put("/films/two", strings.Repeat("two", 1<<18))
		share := alice.Share("/films", sharing.Reader, bob)
		bob.Accept(share, "/films", sharing.OnDemand)
		hivetest.Eventually(t, hivetest.Soon, func() error {
			if got := bob.List("/films"); !slices.Equal(got, []string{"one", "two"}) {
				return fmt.Errorf("got %q", got)
			}
			return nil
		})
		bob.Sees("/films/one", strings.Repeat("one", 1<<18))
		w.Mesh.Silence(alice.Hive.ID, true)
		begin := time.Now()
		if _, err := bob.TryRead("/films/two"); !errors.Is(err, catalog.ErrAbsent) {
			t.Errorf("content that nobody can give: got %v", err)
		}
		if took := time.Since(begin); took > 2*time.Minute {
			t.Errorf("it took %s to say so", took)
		}
		bob.Sees("/films/one", strings.Repeat("one", 1<<18))
	})
}

// TestMemberServesMembers has carol get from bob what alice, who is gone, published.
func TestMemberServesMembers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := hivetest.New(t, hivetest.Config{Hives: 3, Log: logger()})
		alice, bob, carol := w.Hives[0].User("alice"), w.Hives[1].User("bob"), w.Hives[2].User("carol")
		for n := range 20 {
			alice.Put(fmt.Sprintf("/src/%02d.go", n), strings.Repeat(fmt.Sprint("package p", n), 1<<12))
		}
		share := alice.Share("/src", sharing.Writer, bob, carol)
		bob.Accept(share, "/src", sharing.Full)
		hivetest.Same(hivetest.Soon, alice, "/src", bob, "/src")
		w.Mesh.CutAfter(alice.Hive.ID, carol.Hive.ID, 256<<10)
		w.Mesh.Isolate(alice.Hive.ID, false)
		carol.Accept(share, "/src", sharing.Full)
		hivetest.Eventually(t, hivetest.Soon, func() error {
			if got := carol.List("/src"); len(got) != 20 {
				return fmt.Errorf("carol lists %d files", len(got))
			}
			return nil
		})
		w.Hives[0].Kill()
		hivetest.Same(2*time.Hour, bob, "/src", carol, "/src")
		bob.Put("/src/new.go", "package new")
		if got := bob.Read("/src/new.go"); got != "package new" {
			t.Errorf("got %q", got)
		}
		w.Hives[0].Start()
		alice = w.Hives[0].User("alice")
		hivetest.Eventually(t, 2*time.Hour, func() error {
			got, err := alice.TryRead("/src/new.go")
			if err == nil && got != "package new" {
				err = fmt.Errorf("got %q", got)
			}
			return err
		})
		hivetest.Same(2*time.Hour, alice, "/src", carol, "/src")
	})
}
