package audit_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

var errTest = errors.New("test")

// list gives what a query finds as "action target".
func list(t *testing.T, l *audit.Log, q audit.Query) (found []string) {
	t.Helper()
	records, err := l.List(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		found = append(found, r.Action+" "+r.Target)
	}
	return found
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func write(t *testing.T, db *database.DB, fn func(ctx context.Context, tx bun.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l, start := audit.New(db), time.Now()
		ctx := audit.By(t.Context(), audit.Origin{User: 7, Name: "ada", Address: "192.0.2.1"})
		if err := l.Note(ctx, audit.Event{Action: "user.update", Target: "bob", Details: map[string]any{"quota": 5, "name": "ü"}}); err != nil {
			t.Fatal(err)
		}
		if err := l.Note(t.Context(), audit.Event{Action: "session.open", Outcome: audit.Failed}); err != nil {
			t.Fatal(err)
		}
		records, err := l.List(t.Context(), audit.Query{})
		if err != nil || len(records) != 2 {
			t.Fatalf("%+v, %v", records, err)
		}
		r := records[1]
		if r.ID == 0 || r.At.Before(start.Add(-time.Second)) || r.ActorID != 7 || r.Actor != "ada" || r.Address != "192.0.2.1" || r.Outcome != audit.OK || string(r.Details) != `{"name":"ü","quota":5}` {
			t.Errorf("%+v %s", r, r.Details)
		}
		if r := records[0]; r.Outcome != audit.Failed || r.Actor != "" || string(r.Details) != "{}" {
			t.Errorf("%+v %s", r, r.Details)
		}
	})
}

func TestQuery(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := audit.New(db)
		for i, e := range []string{"user.create bob", "user.delete bob", "users bob", "token.create laptop", "user.create eve"} {
			action, target, _ := strings.Cut(e, " ")
			ctx := audit.By(t.Context(), audit.Origin{Name: []string{"ada", "bob"}[i%2]})
			if err := l.Note(ctx, audit.Event{Action: action, Target: target}); err != nil {
				t.Fatal(err)
			}
			// Their times are a day apart, the last one is now.
			write(t, db, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE audit SET at = ? WHERE id = ?", database.At(time.Now().AddDate(0, 0, i-4)), i+1)
				return err
			})
		}
		want(t, list(t, l, audit.Query{Action: "user."}), "user.create eve", "user.delete bob", "user.create bob")
		want(t, list(t, l, audit.Query{Action: "user.create"}), "user.create eve", "user.create bob")
		want(t, list(t, l, audit.Query{Action: "user"}))
		want(t, list(t, l, audit.Query{Actor: "bob"}), "token.create laptop", "user.delete bob")
		want(t, list(t, l, audit.Query{Target: "bob", Actor: "ada"}), "users bob", "user.create bob")
		want(t, list(t, l, audit.Query{Since: time.Now().Add(-36 * time.Hour)}), "user.create eve", "token.create laptop")
		want(t, list(t, l, audit.Query{Until: time.Now().Add(-60 * time.Hour)}), "user.delete bob", "user.create bob")
		page := list(t, l, audit.Query{Limit: 2})
		want(t, page, "user.create eve", "token.create laptop")
		want(t, list(t, l, audit.Query{Limit: 2, Before: 4}), "users bob", "user.delete bob")

		if n, err := l.Prune(t.Context(), time.Now().Add(-36*time.Hour)); n != 3 || err != nil {
			t.Errorf("pruned %d, %v", n, err)
		}
		want(t, list(t, l, audit.Query{}), "user.create eve", "token.create laptop")
		if n, err := l.Prune(t.Context(), time.Now().Add(-36*time.Hour)); n != 0 || err != nil {
			t.Errorf("pruned %d, %v", n, err)
		}
	})
}

func TestPruneInBatches(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	l := audit.New(db)
	write(t, db, func(ctx context.Context, tx bun.Tx) error {
		for range 2500 {
			if err := audit.Note(ctx, tx, audit.Event{Action: "session.open"}); err != nil {
				return err
			}
		}
		return nil
	})
	if n, err := l.Prune(t.Context(), time.Now().Add(time.Minute)); n != 2500 || err != nil {
		t.Errorf("pruned %d, %v", n, err)
	}
	want(t, list(t, l, audit.Query{}))
}

// TestTogetherOrNotAtAll: what is noted in a transaction is there when the transaction is.
func TestTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := audit.New(db)
		err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(audit.Note(ctx, tx, audit.Event{Action: "user.create"}), errTest)
		})
		if !errors.Is(err, errTest) {
			t.Fatal(err)
		}
		ctx := audit.Doing(t.Context(), audit.Event{Action: "share.create", Target: "?"})
		if err := audit.Write(ctx, db, func(context.Context, bun.Tx) error { return errTest }); !errors.Is(err, errTest) {
			t.Fatal(err)
		}
		want(t, list(t, l, audit.Query{}))

		// Only the first transaction that succeeds notes it, and Finish nothing more.
		for range 2 {
			err := audit.Write(ctx, db, func(ctx context.Context, _ bun.Tx) error {
				audit.About(ctx, "photos", map[string]any{"with": "bob"})
				audit.About(ctx, "", nil)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Finish(ctx); err != nil {
			t.Fatal(err)
		}
		want(t, list(t, l, audit.Query{}), "share.create photos")
		if err := l.Finish(audit.Doing(t.Context(), audit.Event{Action: "share.confirm"})); err != nil {
			t.Fatal(err)
		}
		want(t, list(t, l, audit.Query{}), "share.confirm ", "share.create photos")
	})
}

func TestNothingAnnounced(t *testing.T) {
	t.Parallel()
	db := databasetest.New(t)
	l := audit.New(db)
	audit.About(t.Context(), "x", nil)
	if err := audit.Write(t.Context(), db, func(context.Context, bun.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := l.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, list(t, l, audit.Query{}))
}

// TestHostileText: what clients call themselves and things has no bound and no form.
func TestHostileText(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := audit.New(db)
		long := strings.Repeat("ü", 5000)
		ctx := audit.By(t.Context(), audit.Origin{Name: "\xff" + long, Address: long})
		for _, d := range []map[string]any{nil, {"text": long}, {"text": "\xff'); DROP TABLE audit; --"}} {
			if err := l.Note(ctx, audit.Event{Action: "x", Target: "a" + long, Details: d}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Note(ctx, audit.Event{Action: "x", Details: map[string]any{"n": math.NaN()}}); err == nil {
			t.Error("details that are no JSON: no error")
		}
		records, err := l.List(t.Context(), audit.Query{})
		if err != nil || len(records) != 3 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for _, r := range records {
			if len(r.Actor) > 255 || len(r.Address) > 255 || len(r.Target) > 1024 || strings.ToValidUTF8(r.Target, "?") != r.Target {
				t.Errorf("%d %d %d bytes", len(r.Actor), len(r.Address), len(r.Target))
			}
		}
		if got := string(records[1].Details); got != fmt.Sprintf(`{"left_out":%d}`, len(long)+len(`{"text":""}`)) {
			t.Errorf("details %.100s", got)
		}
	})
}
