package conn

import (
	"testing"
	"time"
)

func TestLimit(t *testing.T) {
	if Limit(0) != nil {
		t.Error("no limit is a limit")
	}
	for _, perSecond := range []int64{1, 1 << 10, 1 << 20, 1 << 34} {
		l := Limit(perSecond)
		if l.Burst() < portion {
			t.Errorf("%d: a portion of %d never passes %d", perSecond, portion, l.Burst())
		}
		if l.Burst() > 4<<20 {
			t.Errorf("%d: %d bytes at once", perSecond, l.Burst())
		}
		now := time.Now()
		l.AllowN(now, l.Burst())
		if wait := l.ReserveN(now, portion).DelayFrom(now); perSecond == 1<<20 && (wait < 10*time.Millisecond || wait > 20*time.Millisecond) {
			t.Errorf("%d: %d bytes wait %v", perSecond, portion, wait)
		}
	}
}
