package catalog_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/parts"
	"github.com/melissiproject/hive/internal/database"
)

// TestWhatWaitsCounts: bytes that wait to become files take room from all others, whichever way they come, and none from their own file.
func TestWhatWaitsCounts(t *testing.T) {
	each(t, limit(100), func(f fixture) {
		home, ctx := f.home(1), f.Context()
		bytes := func(n int) string { return strings.Repeat("x", n) }
		put := func(n int, length int64) error {
			return second(home.Put(ctx, path(f, "/put"), strings.NewReader(bytes(n)), catalog.PutOptions{Length: length}))
		}
		send := func(n int) error {
			return catalog.Chunked{Tree: home}.Send(ctx, chunk(f, bytes(n)), []byte(bytes(n)))
		}
		uploads := parts.Uploads{Tree: home, Turns: new(parts.Turns)}
		p := must(uploads.Begin(ctx, path(f, "/part"), catalog.PutOptions{Length: 50}, ""))(f)
		_, _, err := uploads.Append(ctx, p.ID, parts.Segment{Body: strings.NewReader(bytes(40))})
		f.wantError(err, nil)
		f.wantError(send(61), catalog.ErrQuota)
		f.wantError(send(40), nil)
		f.wantError(send(40), nil) // again
		f.wantError(put(21, 21), catalog.ErrQuota)
		f.wantError(put(21, -1), catalog.ErrQuota)
		f.wantError(first(uploads.Begin(ctx, path(f, "/other"), catalog.PutOptions{Length: 21}, "")), catalog.ErrQuota)
		_, err = catalog.AddTo(ctx, home, "added", strings.NewReader(bytes(21)), 21)
		f.wantError(err, catalog.ErrQuota)
		f.wantError(put(10, 10), nil)
		pieces := []catalog.Piece{{Chunk: chunk(f, bytes(40)), Length: 40}}
		f.wantError(second(catalog.Chunked{Tree: home}.PutPieces(ctx, path(f, "/chunks"), pieces, catalog.PutOptions{})), nil)
		_, _, err = uploads.Append(ctx, p.ID, parts.Segment{Offset: 40, Body: strings.NewReader(bytes(10))})
		f.wantError(err, nil)
		f.wantUsed(1, 100)
	})
}

// TestWhatWaitsBehindAMount: what a member sends takes room from the owner, who is charged for it.
func TestWhatWaitsBehindAMount(t *testing.T) {
	each(t, limit(100), func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		f.put(alice, "/docs/a", strings.Repeat("x", 40))
		f.share(1, "/docs", 2, "/docs", catalog.RoleWriter)
		put := func(n int) error {
			return second(bob.Put(f.Context(), path(f, "/docs/b"), strings.NewReader(strings.Repeat("y", n)), catalog.PutOptions{}))
		}
		f.send(alice, strings.Repeat("a", 20))
		f.send(bob, strings.Repeat("b", 20))
		f.wantError(put(21), catalog.ErrQuota)
		f.wantError(put(20), nil)
	})
}

// TestQuotaOfSpacesTogether lets a home and a replica ask for the quota of their user at one moment: one of them gets it.
func TestQuotaOfSpacesTogether(t *testing.T) {
	var turnstile func() // within a transaction
	cfg := catalog.Config{Hive: tag, Quota: func(_ context.Context, idb bun.IDB, _ int64) (int64, error) {
		if _, in := idb.(bun.Tx); in && turnstile != nil {
			turnstile()
		}
		return 100, nil
	}}
	each(t, cfg, func(f fixture) {
		r := newFar(f, catalog.Unlimited)
		for round := range 10 {
			var both sync.WaitGroup
			both.Add(2)
			var came atomic.Int64
			if turnstile = nil; f.DB().Dialect() != database.SQLite { // there writers take turns
				turnstile = func() {
					if n := came.Add(1); n <= 2 {
						both.Done()
					}
					both.Wait()
				}
			}
			errs := race(2, func(i int) error {
				at := path(f, []string{"/mine", "/far/theirs"}[i])
				return second(r.bob.Put(f.Context(), at, strings.NewReader(strings.Repeat("x", 60)), catalog.PutOptions{}))
			})
			if count(errs, nil) != 1 || count(errs, catalog.ErrQuota) != 1 {
				f.Fatalf("round %d: got %v", round, errs)
			}
			turnstile = nil
			f.remove(r.bob, []string{"/mine", "/far/theirs"}[slices.Index(errs, nil)])
			f.wantError(r.bob.EmptyTrash(f.Context()), nil)
		}
	})
}
