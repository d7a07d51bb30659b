package throttle

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func wait(t *Throttle, name, address string) time.Duration {
	if later, ok := errors.AsType[*TooMany](t.Check(By(strings.ToLower(name), address))); ok {
		return later.RetryAfter
	}
	return 0
}

func TestThrottleWaitsLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle, alice := New(), By("alice", "192.0.2.1")
		for range 5 {
			if got := wait(throttle, "alice", "192.0.2.1"); got != 0 {
				t.Fatalf("waits %s at once", got)
			}
			throttle.Failed(alice)
		}
		for i := range 15 {
			want := min(time.Second<<i, 15*time.Minute)
			if got := wait(throttle, "alice", "192.0.2.1"); got < want || got > want+time.Second {
				t.Errorf("failure %d: waits %s, want %s", 5+i, got, want)
			}
			time.Sleep(want - time.Millisecond)
			if got := wait(throttle, "alice", "192.0.2.1"); got != time.Second {
				t.Errorf("just before the end: %s", got)
			}
			time.Sleep(time.Millisecond)
			if got := wait(throttle, "alice", "192.0.2.1"); got != 0 {
				t.Errorf("after the end: %s", got)
			}
			throttle.Failed(alice)
		}
		time.Sleep(throttleMemory + time.Second)
		if got := wait(throttle, "alice", "192.0.2.1"); got != 0 {
			t.Errorf("after an hour: %s", got)
		}
	})
}

func TestThrottleByAddressAndByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := New()
		for i := range 50 {
			throttle.Failed(By(fmt.Sprint("name", i), "192.0.2.1"))
		}
		if wait(throttle, "alice", "192.0.2.1") == 0 {
			t.Error("an address that tries many names need not wait")
		}
		if wait(throttle, "alice", "192.0.2.2") != 0 {
			t.Error("another address waits")
		}
		for i := range 110 {
			throttle.Failed(By("bob", fmt.Sprint("198.51.100.", i)))
		}
		if got := wait(throttle, "BOB", "192.0.2.3"); got == 0 || got > time.Minute+time.Second {
			t.Errorf("a name tried from everywhere waits %s", got)
		}
	})
}

func TestThrottleForgivesTheUserNotTheAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := New()
		for i := range 60 {
			throttle.Failed(By(fmt.Sprint("name", i%12), "192.0.2.1"))
		}
		time.Sleep(30 * time.Minute)
		throttle.Succeeded(By("name0", "192.0.2.1"))
		throttle.Failed(By("name0", "192.0.2.1"))
		if wait(throttle, "name0", "192.0.2.9") != 0 || wait(throttle, "name1", "192.0.2.1") == 0 {
			t.Error("forgave the wrong one")
		}
	})
}

func TestThrottleTakesANetworkForOne(t *testing.T) {
	for _, same := range [][2]string{
		{"2001:db8::1", "2001:db8::ffff:1"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"fe80::1%eth0", "fe80::2"}, {"", "nonsense"},
	} {
		if Network(same[0]) != Network(same[1]) {
			t.Errorf("%s is not %s", Network(same[0]), Network(same[1]))
		}
	}
	if Network("192.0.2.1") == Network("192.0.2.2") || Network("2001:db8:0:1::") == Network("2001:db8:0:2::") {
		t.Error("two networks are one")
	}
}

func TestThrottleIsBounded(t *testing.T) {
	throttle := New()
	long := strings.Repeat("x", 1000)
	for i := range throttleKeys {
		throttle.Failed(By(fmt.Sprint("name", i), fmt.Sprintf("10.%d.%d.1", i>>8, i&255)))
		throttle.Failed(By("", long+fmt.Sprint(i)))
	}
	if got := len(throttle.counts); got != throttleKeys || throttle.recent.Len() != got {
		t.Errorf("%d counts, %d in the list", got, throttle.recent.Len())
	}
	for key := range throttle.counts {
		if len(key) > 200 {
			t.Fatalf("a key of %d bytes", len(key))
		}
	}
}

// TestCodesWaitByThemselves: a right password forgives no wrong code, a right code does.
func TestCodesWaitByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := New()
		for i := range 6 {
			throttle.FailedCode(By("bob", fmt.Sprint("198.51.100.", i)))
		}
		bob := By("bob", "192.0.2.1")
		throttle.Succeeded(bob)
		if err := throttle.CheckCode(bob); !errors.Is(err, ErrTooMany) {
			t.Errorf("got %v", err)
		}
		if err := throttle.Check(bob); err != nil {
			t.Errorf("the password waits too: %v", err)
		}
		time.Sleep(3 * time.Second)
		if err := throttle.CheckCode(bob); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		throttle.SucceededCode(bob)
		throttle.FailedCode(bob)
		if err := throttle.CheckCode(bob); err != nil {
			t.Errorf("after a right one: %v", err)
		}
	})
}
