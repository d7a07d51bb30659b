package account

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/melissiproject/hive/internal/audit"
)

var cheap = Argon{Memory: 64, Time: 1, Threads: 1}

func TestSlotsBoundHowManyEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(cheap, 2)
		entered := make(chan func(), 3)
		for i := range 3 {
			go func() {
				leave, err := p.enter(audit.By(t.Context(), audit.Origin{Address: fmt.Sprintf("192.0.2.%d", i)}))
				if err == nil {
					entered <- leave
				}
			}()
		}
		synctest.Wait()
		if len(entered) != 2 {
			t.Errorf("%d entered", len(entered))
		}
		(<-entered)()
		synctest.Wait()
		if len(entered) != 2 {
			t.Errorf("%d are there", len(entered))
		}
	})
}
