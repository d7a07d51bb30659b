package replica_test

import (
	"maps"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// refuse has a hive give another nothing: it ends conns, once wait is closed. asked has a value for each.
func (h *hive) refuse(wait <-chan struct{}) (asked chan struct{}) {
	asked = make(chan struct{}, 1)
	h.node.Handle(fetch.Protocol, func(_ peer.ID, conn net.Conn) {
		select {
		case asked <- struct{}{}:
		default:
		}
		<-wait
		conn.Close()
	})
	return asked
}

// TestALostHeadIsHadOfAnother: the hive that told of it does not give it, and the other told of its own before that was known.
func TestALostHeadIsHadOfAnother(t *testing.T) {
	t.Parallel()
	for name, less := range map[string]bool{"that has as much": false, "that has less": true} {
		t.Run(name, func(t *testing.T) { t.Parallel(); hadOfAnother(t, less) })
	}
}

func hadOfAnother(t *testing.T, less bool) {
	t.Helper()
	r, id, want, restore := lossy(t)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	all := maps.Clone(want)
	all["three"] = "3"
	if less {
		r.mesh.Isolate(c.id, true)
		owner.write("three", "3")
		r.awaitAll(all, b)
	}
	r.mesh.Isolate(owner.id, true)
	r.mesh.Partition(b.id, c.id, true)
	given := make(chan struct{})
	asked := b.refuse(given)
	restore()
	r.mesh.Partition(owner.id, b.id, false)
	<-asked
	r.mesh.Partition(owner.id, c.id, false)
	r.await("the other has told of its head", func() bool { return c.newest(id).Seq > owner.newest(id).Seq && c.outbox(id) == 0 })
	close(given)
	r.awaitAll(want, owner)
	if less {
		b.restart()
		r.awaitAll(all, owner, b)
	}
	owner.write("at last", "all goes on")
	if less {
		want = all
	}
	want["at last"] = "all goes on"
	r.awaitAll(want, owner, b, c)
}

// TestALostHeadIsGivenUp: a hive that told of one and does not give it ends the share for an hour and no longer. What it gives after that
// comes back all the same, and nothing waits for it.
func TestALostHeadIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, none := range map[string]bool{"": false, "in a share without heads": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { givenUp(t, none) })
		})
	}
}

func givenUp(t *testing.T, none bool) {
	t.Helper()
	r := newRig(t, 3)
	owner, b, c := r.hives[0], r.hives[1], r.hives[2]
	if none {
		owner.halt()
	}
	id := r.share(ledger.Writer, ledger.Reader)
	want := map[string]string{"one": "1"}
	owner.write("one", "1")
	if !none {
		r.awaitAll(want, b, c)
	}
	restore := owner.backup()
	r.awaitAll(want, b, c)
	r.mesh.Isolate(c.id, true)
	owner.write("two", "2")
	want["two"] = "2"
	r.awaitAll(want, b)
	lost := owner.newest(id).Seq
	r.mesh.Isolate(owner.id, true)
	given := make(chan struct{})
	close(given)
	asked := b.refuse(given)
	restore()
	r.mesh.Partition(owner.id, b.id, false)
	<-asked
	owner.write("after", "the restore")
	want["after"] = "the restore"
	<-time.After(time.Minute) // in virtual time
	before := owner.newest(id).Seq
	<-time.After(49 * time.Minute) // in virtual time
	if now := owner.newest(id).Seq; now != before {
		t.Errorf("head %d is made though head %d may still come", now, lost)
	}
	<-time.After(30 * time.Minute) // in virtual time
	if now := owner.newest(id).Seq; now != lost+2 || b.newest(id).Seq != now {
		t.Errorf("head %d is made and the other hive has %d, want %d", now, b.newest(id).Seq, lost+2)
	}
	b.refuse(given)
	b.restart()
	r.awaitAll(want, owner, b)
	r.mesh.Partition(owner.id, c.id, false)
	r.awaitAll(want, owner, b, c)
}
