package content_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/internal/hivetest"
)

// TestFilesComeWhileOthersAreSettled: the first 2,000 files are not settled before most of the others have come.
func TestFilesComeWhileOthersAreSettled(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	var sizes []int
	var all int64
	for i := range 3300 {
		sizes, all = append(sizes, 50+i), all+50+int64(i)
	}
	p := share(t, sizes...)
	a := ask(t, mesh)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	came := make(chan struct{})
	a.stopAt(all*9/10, sync.OnceFunc(func() { close(came) }))
	a.settled = func() {
		select {
		case <-came:
		case <-ctx.Done():
			t.Error("nothing comes while files are settled")
		}
	}
	if err := a.fetcher.Fetch(ctx, []peer.ID{p.serve(t, mesh, 0)}, ref, p.wants); err != nil {
		t.Fatal(err)
	}
	a.holds(t, p, p.wants)
}
