package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/sharing/internal/ledger"
)

// post adds a message.
func (f fixture) post(o ledger.Outgoing) {
	f.t.Helper()
	o.Message, o.Created = []byte("0123456789abcdef"), database.Now().Time
	if o.NextTry.IsZero() {
		o.NextTry = o.Created
	}
	if o.Body == nil {
		o.Body = []byte{0, 1, 255}
	}
	f.write(func(ctx context.Context, tx *ledger.Tx) error { return tx.Outbox().Put(ctx, o) })
}

func (f fixture) kinds() string {
	f.t.Helper()
	box, err := f.Outbox(f.t.Context(), "")
	if err != nil {
		f.t.Fatal(err)
	}
	var kinds []string
	for _, o := range box {
		kinds = append(kinds, o.Kind+o.Key)
	}
	return strings.Join(kinds, " ")
}

func TestOutbox(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		b, c := hive(t, "b"), hive(t, "c")
		x, y := ledger.NewID(), ledger.NewID()
		body := make([]byte, 1<<20)
		f.post(ledger.Outgoing{Hive: b, Kind: "a", Key: "1", Share: x, Body: body, Code: "waiting", Reason: "not yet"})
		f.post(ledger.Outgoing{Hive: b, Kind: "b", Share: y})
		f.post(ledger.Outgoing{Hive: b, Kind: "b", Share: y})
		f.post(ledger.Outgoing{Hive: c, Kind: "a", Key: "1", Share: x})
		f.post(ledger.Outgoing{Hive: b, Kind: "a", Key: "1", Share: x})
		f.post(ledger.Outgoing{Hive: b, Kind: "a", Key: "2", Share: x})
		if got, want := f.kinds(), "b b a1 a1 a2"; got != want {
			t.Errorf("outbox holds %q, want %q", got, want)
		}
		page, err := f.Outgoing(t.Context(), b, 0, 2)
		if err != nil || len(page) != 2 || page[0].Kind != "b" || !cmp.Equal(page[0].Body, []byte{0, 1, 255}) {
			t.Fatalf("Outgoing = %+v, %v", page, err)
		}
		rest, err := f.Outgoing(t.Context(), b, page[1].ID, 10)
		if err != nil || len(rest) != 2 {
			t.Fatalf("Outgoing after the first page = %+v, %v", rest, err)
		}
		if about, err := f.Outbox(t.Context(), y); err != nil || len(about) != 2 || about[0].Body != nil {
			t.Errorf("Outbox(y) = %+v, %v; want two without bodies", about, err)
		}
		until := database.At(time.Now().Add(time.Hour)).Time
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			if err := tx.Outbox().DelayHive(ctx, b, ledger.Delay{Until: until, Code: "unreachable", Reason: strings.Repeat("ü", 600) + "\x00\xff"}); err != nil {
				return err
			}
			return tx.Outbox().Delay(ctx, page[0].ID, ledger.Delay{Until: until.Add(time.Hour), Code: "busy", Reason: "busy"})
		})
		due, err := f.Due(t.Context())
		if err != nil || len(due) != 2 || !due[b].Equal(until) || !due[c].Before(until) {
			t.Errorf("Due = %v, %v", due, err)
		}
		page, err = f.Outgoing(t.Context(), b, 0, 10)
		if err != nil || page[0].Attempts != 2 || page[0].Code != "busy" || page[1].Attempts != 1 || page[1].Code != "unreachable" || len(page[1].Reason) > 510 {
			t.Errorf("Outgoing = %+v, %v", page, err)
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			if err := tx.Outbox().Postpone(ctx, page[0], until.Add(time.Hour)); err != nil {
				return err
			}
			if to, err := tx.Outbox().Hasten(ctx, page[2].ID); err != nil || to != b {
				t.Errorf("Hasten = %s, %v", to, err)
			}
			if _, err := tx.Outbox().Hasten(ctx, 999); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("Hasten of nothing = %v", err)
			}
			return nil
		})
		page, err = f.Outgoing(t.Context(), b, 0, 10)
		if err != nil || !page[1].NextTry.Equal(until.Add(time.Hour)) || !page[2].NextTry.Before(until) || !page[3].NextTry.Equal(until) {
			t.Errorf("after Postpone and Hasten: %+v, %v", page, err)
		}
		f.write(func(ctx context.Context, tx *ledger.Tx) error {
			if err := tx.Outbox().Delete(ctx, page[0].ID); err != nil {
				return err
			}
			if err := tx.Outbox().Cancel(ctx, b, "a", "2"); err != nil {
				return err
			}
			return tx.Outbox().Withdraw(ctx, b, x)
		})
		if got, want := f.kinds(), "b a1"; got != want {
			t.Errorf("outbox holds %q, want %q", got, want)
		}
	})
}
