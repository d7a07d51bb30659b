package catalog_test

import (
	"testing"

	"github.com/melissiproject/hive/catalog"
)

// TestRestoredIsOnlyHere: what a user takes out of the trash of a replica nobody else may have any more, so it is not let go.
func TestRestoredIsOnlyHere(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r, ctx := newFar(f, 100), f.Context()
		r.arrive("gone", "12345", true)
		gone := must(r.bob.Stat(ctx, path(f, "/far/gone")))(f)
		remove := catalog.Op{Kind: catalog.OpDelete, UID: uid(r.number), Was: wasOf(gone, catalog.UID{})}
		if got, err := r.apply(remove); err != nil || got.Done != 1 {
			f.Fatalf("got %+v, %v", got, err)
		}
		trashed := must(r.bob.Trash(ctx, 0, 0))(f)
		must(r.bob.RestoreTrash(ctx, trashed[0].ID, nil))(f)
		if freed := must(f.Evict(ctx, r.target, 1000))(f); freed != 0 || r.room() != 95 {
			f.Errorf("freed %d, room %d", freed, r.room())
		}
		// Another hive has it again.
		gone = must(r.bob.Stat(ctx, path(f, "/far/gone")))(f)
		f.wantError(f.SetHeld(ctx, r.target, []catalog.Content{{Entry: gone.ID, Number: 1, Root: gone.Root}}), nil)
		if freed := must(f.Evict(ctx, r.target, 1000))(f); freed != 5 || r.room() != 100 {
			f.Errorf("freed %d, room %d", freed, r.room())
		}
		f.checkNumbers()
	})
}
