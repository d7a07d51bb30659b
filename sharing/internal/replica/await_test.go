package replica_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// TestAwait waits for a replica of which something is missing: until that is here, is not wanted any more, or the share is over.
func TestAwait(t *testing.T) {
	t.Parallel()
	change := func(h *hive, id ledger.ID, fn func(*ledger.Share)) {
		h.check(h.ledger.Write(t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
			s, err := tx.Share(ctx, id)
			if err != nil {
				return err
			}
			fn(&s)
			return tx.PutShare(ctx, s)
		}))
	}
	for name, end := range map[string]func(h *hive, id ledger.ID, gone *atomic.Bool){
		"here": func(h *hive, id ledger.ID, _ *atomic.Bool) {
			h.check(h.names.SetReplica(t.Context(), h.space, 1, catalog.Unlimited))
			h.engine.Touch(id)
		},
		"on demand": func(h *hive, id ledger.ID, _ *atomic.Bool) {
			change(h, id, func(s *ledger.Share) { s.Mode = ledger.OnDemand })
		},
		"over": func(h *hive, id ledger.ID, _ *atomic.Bool) {
			change(h, id, func(s *ledger.Share) { s.State = ledger.Revoked })
		},
		"over for the user": func(h *hive, _ ledger.ID, gone *atomic.Bool) {
			gone.Store(true)
			h.ledger.Announce()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 2)
			a, b := r.hives[0], r.hives[1]
			id := r.share(ledger.Reader)
			b.check(b.names.SetReplica(t.Context(), b.space, 1, 1000))
			a.write("too large", strings.Repeat("x", 5000))
			r.await("the name", func() bool { return len(b.files()) == 1 })
			var gone atomic.Bool
			looks := make(chan struct{}, 100)
			await := func(h *hive, limit time.Duration) error {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				return h.engine.Await(ctx, id, func(context.Context) (bool, error) {
					looks <- struct{}{}
					return gone.Load(), nil
				})
			}
			if err := await(b, 100*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("with a file missing: %v", err)
			}
			for len(looks) > 0 {
				<-looks
			}
			got := make(chan error, 1)
			go func() { got <- await(b, time.Minute) }()
			<-looks
			end(b, id, &gone)
			if err := <-got; err != nil {
				t.Error(err)
			}
			if n := b.absent(); name == "here" && n != 0 {
				t.Errorf("%d files are missing", n)
			}
			if err := await(a, time.Minute); err != nil {
				t.Errorf("an own share: %v", err)
			}
		})
	}
}
