package damage

import (
	"encoding/binary"
	"testing"

	mh "github.com/multiformats/go-multihash"
)

func TestSet(t *testing.T) {
	t.Parallel()
	var s Set
	key := func(n int) mh.Multihash { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
	for n := range Most + 10 {
		if s.Has(key(n)) {
			t.Fatalf("%d is damaged before it was noted", n)
		}
		s.Note(key(n))
	}
	s.Forget(key(1))
	for n, want := range map[int]bool{0: true, 1: false, Most - 1: true, Most: false} {
		if got := s.Has(key(n)); got != want {
			t.Errorf("%d: damaged %t, want %t", n, got, want)
		}
	}
}
