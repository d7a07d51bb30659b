package account

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

var cheap = Argon{Memory: 64, Time: 1, Threads: 1}

func TestSlotsBoundHowManyEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(cheap, 2)
		var entered atomic.Int64
		for range 3 {
			go func() {
				if p.enter(t.Context()) == nil {
					entered.Add(1)
				}
			}()
		}
		synctest.Wait()
		if entered.Load() != 2 {
			t.Errorf("%d entered", entered.Load())
		}
		p.leave()
		synctest.Wait()
		if entered.Load() != 3 {
			t.Errorf("%d entered", entered.Load())
		}
	})
}
