package post_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

func TestDelivery(t *testing.T) {
	two(t, func(t *testing.T, _ *nettest.Net, a, b *office) {
		for _, note := range []string{"one", "two", "three"} {
			a.send(post.Message{To: b.id, Body: note})
		}
		quiet()
		want(t, a, b, "one", "two", "three")
		if !slices.Equal(a.done, []string{"one", "two", "three"}) {
			t.Errorf("done = %q", a.done)
		}
	})
}

func TestMoreThanOneRound(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		var notes []string
		network.Cut(a.id, b.id, true)
		for i := range 200 {
			notes = append(notes, fmt.Sprint(i))
			a.send(post.Message{To: b.id, Body: notes[i]})
		}
		network.Cut(a.id, b.id, false)
		pass(time.Minute)
		want(t, a, b, notes...)
	})
}

func TestThirtyDaysOffline(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		network.Cut(a.id, b.id, true)
		a.send(post.Message{To: b.id, Body: "one"})
		quiet()
		items := a.waiting()
		if len(items) != 1 || items[0].Code != post.CodeUnreachable || items[0].Attempts != 1 || items[0].Reason == "" {
			t.Fatalf("waiting = %+v, want one that failed once", items)
		}
		if wait := time.Until(items[0].NextTry); wait < 4*time.Second || wait > 6*time.Second {
			t.Errorf("the first wait is %s, want about 5 s", wait)
		}
		pass(30 * 24 * time.Hour)
		a.send(post.Message{To: b.id, Body: "two"})
		quiet()
		items = a.waiting()
		if len(items) != 2 || items[0].Attempts < 700 || items[0].Attempts > 900 {
			t.Fatalf("waiting = %+v, want two after about 750 attempts", items)
		}
		for _, item := range items {
			if wait := time.Until(item.NextTry); wait <= 0 || wait > 67*time.Minute || item.Code != post.CodeUnreachable {
				t.Errorf("%+v: next try in %s, want at most an hour and a reason", item, wait)
			}
		}
		network.Cut(a.id, b.id, false)
		quiet()
		want(t, a, b, "one", "two")
	})
}

// TestReturnAfterATry: a hive comes right after it was tried in vain. It is tried again in seconds, not when its turn would be.
func TestReturnAfterATry(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		network.Cut(a.id, b.id, true)
		a.send(post.Message{To: b.id, Body: "one"})
		pass(10 * time.Minute)
		pass(time.Until(a.waiting()[0].NextTry))
		quiet()
		if wait := time.Until(a.waiting()[0].NextTry); wait < time.Minute {
			t.Fatalf("the next try is in %s", wait)
		}
		network.Cut(a.id, b.id, false)
		pass(6 * time.Second)
		want(t, a, b, "one")
	})
}

func TestReturnWithoutNews(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		network.Hang(a.id, b.id, true)
		a.send(post.Message{To: b.id, Body: "one"})
		pass(24 * time.Hour)
		if dials := network.Dials(b.id); dials > 40 {
			t.Errorf("%d calls in a day", dials)
		}
		network.Hang(a.id, b.id, false)
		pass(70 * time.Minute)
		want(t, a, b, "one")
	})
}

func TestUnknownHiveIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a, b := open(t, network, "a", post.Config{}), open(t, network, "b", post.Config{})
		a.send(post.Message{To: b.id, Body: "one"})
		quiet()
		if items := a.waiting(); len(items) != 1 || items[0].Code != string(wire.Unknown) {
			t.Fatalf("waiting = %+v, want one that was refused", items)
		}
		if failures, _, _ := a.Breaker().State(b.id); failures != 0 {
			t.Errorf("a refusal counts as %d failures", failures)
		}
		b.knows(a.id)
		pass(time.Minute)
		want(t, a, b, "one")
	})
}

func TestOpenInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := nettest.New()
		a, b := open(t, network, "a", post.Config{}), open(t, network, "b", post.Config{OpenInbox: true})
		a.send(post.Message{To: b.id, Body: "one"})
		quiet()
		want(t, a, b, "one")
		if err := b.ledger.Book().Block(t.Context(), a.id, true); err != nil {
			t.Fatal(err)
		}
		a.send(post.Message{To: b.id, Body: "two"})
		pass(time.Hour)
		if got := b.received(); len(got) != 1 {
			t.Errorf("received %q from a blocked hive", got)
		}
	})
}

func TestKeyReplaces(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		network.Cut(a.id, b.id, true)
		a.send(post.Message{To: b.id, Key: "k", Body: "old"})
		a.send(post.Message{To: b.id, Body: "other"})
		a.send(post.Message{To: b.id, Key: "k", Body: "new"})
		network.Cut(a.id, b.id, false)
		pass(time.Minute)
		want(t, a, b, "other", "new")
	})
}

func TestHandlers(t *testing.T) {
	tests := []struct {
		name     string
		fail     error
		notes    []string
		done     []string
		attempts bool
	}{
		{"final", &wire.Refusal{Code: wire.Stale, Text: "too late"}, nil, []string{"one stale"}, false},
		{"malformed", wire.ErrMalformed, nil, []string{"one malformed"}, false},
		{"busy", &wire.Refusal{Code: wire.Busy}, []string{"one"}, []string{"one"}, true},
		{"failure", errors.New("disk full"), []string{"one"}, []string{"one"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			two(t, func(t *testing.T, _ *nettest.Net, a, b *office) {
				tries := 0
				b.fail = func(string) error {
					if tries++; tries <= 3 {
						return test.fail
					}
					return nil
				}
				a.send(post.Message{To: b.id, Body: "one"})
				quiet()
				if got := len(a.waiting()) > 0; got != test.attempts {
					t.Errorf("waits: %t, want %t", got, test.attempts)
				}
				pass(time.Hour)
				want(t, a, b, test.notes...)
				if !slices.Equal(a.done, test.done) {
					t.Errorf("done = %q, want %q", a.done, test.done)
				}
			})
		})
	}
}

func TestKindsNobodyKnowsAreRefused(t *testing.T) {
	two(t, func(t *testing.T, _ *nettest.Net, a, b *office) {
		var got *wire.Refusal
		a.Done("riddle", func(_ context.Context, _ peer.ID, _ wire.Raw, refusal *wire.Refusal) error {
			got = refusal
			return nil
		})
		a.send(post.Message{To: b.id, Kind: "riddle", Body: "?"})
		quiet()
		want(t, a, b)
		if got == nil || got.Code != wire.Version {
			t.Errorf("refusal = %v, want version", got)
		}
	})
}

// TestOneShareDoesNotHoldUpAnother has a message fail: what is about the same share waits behind it, all else goes on,
// and the hive is not called all the time.
func TestOneShareDoesNotHoldUpAnother(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		x, y := ledger.NewID(), ledger.NewID()
		stuck := true
		b.fail = func(note string) error {
			if note == "x1" && stuck {
				return &wire.Refusal{Code: wire.Busy}
			}
			return nil
		}
		a.send(post.Message{To: b.id, Share: x, Body: "x1"})
		a.send(post.Message{To: b.id, Share: x, Body: "x2"})
		a.send(post.Message{To: b.id, Share: y, Body: "y1"})
		pass(24 * time.Hour)
		a.send(post.Message{To: b.id, Share: x, Body: "x3"})
		a.send(post.Message{To: b.id, Share: y, Body: "y2"})
		quiet()
		if got := b.received(); !slices.Equal(got, []string{"y1", "y2"}) {
			t.Errorf("received %q, want y1 and y2", got)
		}
		if dials := network.Dials(b.id); dials > 50 {
			t.Errorf("%d calls in a day", dials)
		}
		b.mu.Lock()
		stuck = false
		b.mu.Unlock()
		pass(2 * time.Hour)
		want(t, a, b, "y1", "y2", "x1", "x2", "x3")
	})
}

func TestRetry(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		network.Hang(a.id, b.id, true)
		a.send(post.Message{To: b.id, Body: "one"})
		pass(6 * time.Hour)
		network.Hang(a.id, b.id, false)
		item := a.waiting()[0]
		if err := a.Retry(t.Context(), item.ID); err != nil {
			t.Fatal(err)
		}
		quiet()
		want(t, a, b, "one")
		if err := a.Retry(t.Context(), item.ID); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("Retry of what arrived = %v, want ErrNotFound", err)
		}
	})
}

func TestRestart(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		network.Hang(a.id, b.id, true)
		a.send(post.Message{To: b.id, Body: "one"})
		pass(6 * time.Hour)
		a.stop()
		network.Hang(a.id, b.id, false)
		a.start(network, post.Config{ID: a.id})
		quiet()
		want(t, a, b, "one")
	})
}

// TestDeadHivesHoldUpNobody has 50 hives that never answer.
func TestDeadHivesHoldUpNobody(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		for i := range 50 {
			dead := nettest.ID(fmt.Sprint("dead ", i))
			network.Hang(a.id, dead, true)
			a.send(post.Message{To: dead, Body: "hello?"})
		}
		quiet()
		a.send(post.Message{To: b.id, Body: "one"})
		quiet()
		if got := b.received(); !slices.Equal(got, []string{"one"}) {
			t.Errorf("received %q, want it at once", got)
		}
	})
}

func TestPutRefuses(t *testing.T) {
	two(t, func(t *testing.T, _ *nettest.Net, a, b *office) {
		for want, m := range map[error]post.Message{
			post.ErrTooLarge:  {To: b.id, Kind: "note", Body: make([]byte, post.MaxBody)},
			ledger.ErrInvalid: {To: a.id, Kind: "note", Body: "to myself"},
		} {
			err := a.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return a.Put(ctx, tx, m) })
			if !errors.Is(err, want) {
				t.Errorf("Put = %v, want %v", err, want)
			}
		}
	})
}

func TestWithdraw(t *testing.T) {
	two(t, func(t *testing.T, network *nettest.Net, a, b *office) {
		x, y := ledger.NewID(), ledger.NewID()
		network.Cut(a.id, b.id, true)
		a.send(post.Message{To: b.id, Share: x, Body: "x"})
		a.send(post.Message{To: b.id, Share: y, Body: "y"})
		err := a.db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return a.Withdraw(ctx, tx, b.id, x) })
		if err != nil {
			t.Fatal(err)
		}
		if items, err := a.Items(t.Context(), y); err != nil || len(items) != 1 {
			t.Errorf("Items(y) = %v, %v; want one", items, err)
		}
		network.Cut(a.id, b.id, false)
		pass(time.Minute)
		want(t, a, b, "y")
	})
}
