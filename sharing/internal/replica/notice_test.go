package replica_test

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// TestAHiveThatComesAgainAndAgain is not compared with each time, and in the end hears what it did not.
func TestAHiveThatComesAgainAndAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	owner, b := r.hives[0], r.hives[1]
	id := r.share(ledger.Reader)
	owner.write("file", "1")
	r.awaitAll(map[string]string{"file": "1"}, b)
	var asked atomic.Int64
	b.node.Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		asked.Add(1)
		conn.Close()
	})
	began := time.Now()
	for range 30 {
		r.mesh.Partition(owner.id, b.id, true)
		r.mesh.Partition(owner.id, b.id, false)
		s := b.session(owner)
		for range 20 { // the owner's hive has time for a comparison
			_, _, err := s.Compare([]fetch.Known{{Share: string(id)}})
			b.check(err)
		}
	}
	if most := int64(time.Since(began)/(10*time.Second)) + 10; asked.Load() > most {
		t.Errorf("it was asked %d times in %s, at most %d", asked.Load(), time.Since(began), most)
	}
	b.restart()
	owner.write("file", "2")
	r.awaitAll(map[string]string{"file": "2"}, b)
}
