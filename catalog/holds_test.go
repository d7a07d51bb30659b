package catalog_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
)

// TestHolds: large contents that came are known by their roots, under whatever name and when, in their replica alone.
func TestHolds(t *testing.T) {
	each(t, catalog.Config{Hive: tag}, func(f fixture) {
		r, ctx := newFar(f, catalog.Unlimited), f.Context()
		large := func(s string) string { return strings.Repeat(s, 64<<10) }
		here, gone, away, small := r.arrive("here", large("h"), false), r.arrive("gone", large("g"), false), r.arrive("away", large("a"), false), r.arrive("small", "s", false)
		absent := must(r.Absent(ctx, r.target, 0, 0))(f)
		absent = slices.DeleteFunc(absent, func(c catalog.Content) bool { return c.Root == away.Root })
		f.wantError(r.SetHeld(ctx, r.target, absent), nil)
		update := catalog.Op{
			Kind: catalog.OpUpdate, UID: here.UID, Root: away.Root, Size: away.Size, MTime: time.Unix(2, 0),
			Was: &catalog.Was{Name: "here", Root: here.Root, MTime: here.MTime},
		}
		remove := catalog.Op{Kind: catalog.OpDelete, UID: gone.UID, Was: &catalog.Was{Name: "gone", Root: gone.Root, MTime: gone.MTime}}
		for _, op := range []catalog.Op{update, remove} {
			if got, err := r.apply(op); err != nil || got.Done != 1 {
				f.Fatalf("got %+v, %v", got, err)
			}
		}
		roots := []cid.Cid{here.Root, gone.Root, away.Root, small.Root}
		want := map[cid.Cid]bool{here.Root: true, gone.Root: true}
		if got := must(catalog.Holds(ctx, r.Catalog, r.target, roots))(f); !maps.Equal(got, want) {
			f.Errorf("the replica holds %v, want %v", got, want)
		}
		other, _, err := r.NewReplica(ctx, "other", 2, catalog.Unlimited)
		f.wantError(err, nil)
		if got := must(catalog.Holds(ctx, r.Catalog, other, roots))(f); len(got) > 0 {
			f.Errorf("another replica holds %v", got)
		}
	})
}
