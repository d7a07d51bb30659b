package tags_test

import (
	"context"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/tags"
	"github.com/melissiproject/hive/internal/database"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// TestBegin: what is made after a start has a tag of its own, whether or not something was made before: the hive may come from a backup.
// What was made keeps its own.
func TestBegin(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		t.Parallel()
		hive := [8]byte{1}
		begin := func() tags.List {
			t.Helper()
			list, err := tags.Begin(t.Context(), db, hive)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if first, second := begin(), begin(); len(first) != 2 || len(second) != 2 || first.Of(1) == second.Of(1) || second.Of(0) != hive {
			t.Errorf("with nothing made: %v, then %v", first, second)
		}
		seen := [][8]byte{hive}
		for n := range int64(3) {
			list := begin()
			id := n + 1
			if tag := list.Of(id); slices.Contains(seen, tag) || !list.Has(tag, id) || list.Has(tag, id-1) {
				t.Errorf("entry %d has the tag %x of %v", id, tag, list)
			}
			for was, tag := range seen[1:] {
				if list.Of(int64(was)+1) != tag || list.Has(tag, id) {
					t.Errorf("entry %d had the tag %x, now %v", was+1, tag, list)
				}
			}
			seen = append(seen, list.Of(id))
			err := db.Write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO entries (space_id, kind, name, name_fold, size, mtime, exec, revision, created, changed, author_id)
					VALUES (1, 0, 'x', 'x', 0, 0, ?, 0, 0, 0, 1)`, false)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
