package post_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// office is a hive that sends and receives notes.
type office struct {
	*post.Post
	t      *testing.T
	id     peer.ID
	db     *database.DB
	ledger *ledger.Ledger
	cancel context.CancelFunc
	ended  chan struct{}

	mu    sync.Mutex
	notes []string
	fail  func(note string) error // what taking a note ends with
	done  []string
}

func open(t *testing.T, network *nettest.Net, name string, cfg post.Config) *office {
	t.Helper()
	o := &office{t: t, id: nettest.ID(name), db: databasetest.New(t)}
	var err error
	if o.ledger, err = ledger.New(t.Context(), o.db, ledger.Config{Self: o.id}); err != nil {
		t.Fatal(err)
	}
	cfg.ID = o.id
	o.start(network, cfg)
	t.Cleanup(o.stop)
	return o
}

func (o *office) start(network *nettest.Net, cfg post.Config) {
	o.t.Helper()
	var err error
	node := network.Join(o.id)
	if o.Post, err = post.New(o.ledger, node, cfg); err != nil {
		o.t.Fatal(err)
	}
	o.Handle("note", func(_ context.Context, _ peer.ID, body wire.Raw) error {
		var note string
		if err := wire.Unmarshal(body, &note); err != nil {
			return err
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.fail != nil {
			if err := o.fail(note); err != nil {
				return err
			}
		}
		o.notes = append(o.notes, note)
		return nil
	})
	o.Done("note", func(_ context.Context, _ peer.ID, body wire.Raw, refusal *wire.Refusal) error {
		var note string
		if err := wire.Unmarshal(body, &note); err != nil {
			return err
		}
		if refusal != nil {
			note += " " + string(refusal.Code)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.done = append(o.done, note)
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	o.cancel, o.ended = cancel, ended
	running := o.Post
	go func() {
		defer close(ended)
		if err := running.Run(ctx); !errors.Is(err, context.Canceled) {
			o.t.Errorf("Run = %v, want context.Canceled", err)
		}
	}()
	<-node.Listens()
}

func (o *office) stop() {
	o.cancel()
	<-o.ended
}

// knows makes a hive the owner of a share, so that its messages are listened to.
func (o *office) knows(hive peer.ID) {
	o.t.Helper()
	err := o.ledger.Write(o.t.Context(), func(ctx context.Context, tx *ledger.Tx) error {
		return tx.AddShare(ctx, ledger.Share{ID: ledger.NewID(), Owner: hive, State: ledger.Active, Mode: ledger.Full, Created: time.Now()})
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) send(m post.Message) {
	o.t.Helper()
	if m.Kind == "" {
		m.Kind = "note"
	}
	err := o.db.Write(o.t.Context(), func(ctx context.Context, tx bun.Tx) error { return o.Put(ctx, tx, m) })
	if err != nil {
		o.t.Fatal(err)
	}
	o.Wake()
}

func (o *office) received() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.notes)
}

func (o *office) waiting() []post.Item {
	o.t.Helper()
	items, err := o.Items(o.t.Context(), "")
	if err != nil {
		o.t.Fatal(err)
	}
	return items
}

// want checks which notes arrived, and that nothing else waits.
func want(t *testing.T, from, to *office, notes ...string) {
	t.Helper()
	if got := to.received(); !slices.Equal(got, notes) {
		t.Errorf("received %q, want %q", got, notes)
	}
	if items := from.waiting(); len(items) != 0 {
		t.Errorf("%d messages wait, want none: %+v", len(items), items)
	}
}

// two runs a test in a bubble with two hives of which b listens to a.
func two(t *testing.T, test func(t *testing.T, network *nettest.Net, a, b *office)) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a, b := open(t, network, "a", post.Config{}), open(t, network, "b", post.Config{})
		b.knows(a.id)
		test(t, network, a, b)
	})
}

// pass lets virtual time go by, and all that happens then come to rest, so that a test may look at it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// quiet waits until all that happens at once has happened.
func quiet() { pass(100 * time.Millisecond) }
