package content_test

import (
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/fetch"
)

// slow is a conn that gets on, and no more.
type slow struct{ net.Conn }

func (c slow) Write(p []byte) (int, error) {
	<-time.After(20 * time.Second) // in virtual time
	return c.Conn.Write(p)
}

// TestASlowHiveHoldsNothingUp: what one hive takes hours for another brings that has nothing else to do, and little comes twice.
func TestASlowHiveHoldsNothingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
		p := share(t, sizes(40)...)
		a := ask(t, mesh)
		slowest := hivetest.IDOf(hivetest.Key(8))
		server := fetch.NewServer(open{p.root}, p.blocks, fetch.ServerConfig{})
		var serving sync.WaitGroup
		mesh.Join(slowest).Handle(fetch.Protocol, func(hive peer.ID, conn net.Conn) {
			serving.Add(1)
			defer serving.Done()
			server.Serve(t.Context(), hive, slow{conn})
		})
		began := time.Now()
		err := a.fetcher.Fetch(t.Context(), []peer.ID{slowest, p.serve(t, mesh, 7)}, ref, p.wants)
		if took := time.Since(began); err != nil || took > 5*time.Minute {
			t.Errorf("it took %v: %v", took, err)
		}
		a.holds(t, p, p.wants)
		if total := int64(43<<20 + 40*40*100/2); a.received > total+1<<20 {
			t.Errorf("%d bytes came, of %d", a.received, total)
		}
		serving.Wait()
	})
}
