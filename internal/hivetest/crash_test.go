package hivetest_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/melissiproject/hive/internal/hivetest"
)

// TestCrash takes the power away at each of the first writes to the disk: what was acknowledged is there afterwards, and
// nothing else.
func TestCrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := hivetest.New(t, hivetest.Config{Hives: 1, Log: logger()})
		hive := w.Hives[0]
		hive.User("alice").Home() // made at its first use
		want := []string{}
		refused := 0
		for writes := range 8 {
			alice := hive.User("alice")
			hive.CrashAfter(writes)
			for n := 0; ; n++ {
				name := fmt.Sprintf("%d-%d", writes, n)
				if err := alice.TryPut("/"+name, name); err != nil {
					refused++
					break
				}
				want = append(want, name)
			}
			if !hive.Crashed() {
				t.Fatalf("after %d writes: refused, and not crashed", writes)
			}
			hive.Crash()
			hive.Crash() // it is out
			hive.Start()
			alice = hive.User("alice")
			if got := alice.List("/"); !slices.Equal(got, want) {
				t.Fatalf("crash after %d writes: got %q, want %q", writes, got, want)
			}
			for _, name := range want {
				if got := alice.Read("/" + name); got != name {
					t.Errorf("crash after %d writes: %s is %q", writes, name, got)
				}
			}
		}
		if refused != 8 || len(want) == 0 {
			t.Errorf("%d refused, %d written", refused, len(want))
		}
	})
}
