package bell_test

import (
	"sync"
	"testing"

	"github.com/melissiproject/hive/sharing/internal/bell"
)

func TestBell(t *testing.T) {
	t.Parallel()
	var b bell.Bell
	b.Ring() // for nobody
	next := b.Next()
	select {
	case <-next:
		t.Fatal("it rang before somebody listened")
	default:
	}
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() { <-next })
	}
	b.Ring()
	waiting.Wait()
	if b.Next() == next {
		t.Error("it never rings again")
	}
}
