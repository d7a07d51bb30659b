package replica_test

import (
	"context"
	"errors"
	"strings"
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
	for name, end := range map[string]func(h *hive, id ledger.ID){
		"here": func(h *hive, id ledger.ID) {
			h.check(h.names.SetReplica(t.Context(), h.space, 1, catalog.Unlimited))
			h.engine.Touch(id)
		},
		"on demand": func(h *hive, id ledger.ID) {
			change(h, id, func(s *ledger.Share) { s.Mode = ledger.OnDemand })
		},
		"over": func(h *hive, id ledger.ID) {
			change(h, id, func(s *ledger.Share) { s.State = ledger.Revoked })
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
			short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := b.engine.Await(short, id); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("with a file missing: %v", err)
			}
			got := make(chan error, 1)
			go func() { got <- b.engine.Await(t.Context(), id) }()
			end(b, id)
			if err := <-got; err != nil {
				t.Error(err)
			}
			if n := b.absent(); name == "here" && n != 0 {
				t.Errorf("%d files are missing", n)
			}
			if err := a.engine.Await(t.Context(), id); err != nil {
				t.Errorf("an own share: %v", err)
			}
		})
	}
}
