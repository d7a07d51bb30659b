package catalog_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog"
)

// TestIntoItselfByTwoMounts: who sees a folder and one in it by two mounts cannot put the one into the other.
func TestIntoItselfByTwoMounts(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob := f.home(1), f.home(2)
		f.put(alice, "/work/docs/a.txt", "one")
		f.share(1, "/work", 2, "/work", catalog.RoleWriter)
		f.share(1, "/work/docs", 2, "/docs", catalog.RoleWriter)
		ctx, cancel := context.WithTimeout(f.Context(), 10*time.Second)
		defer cancel()
		for _, from := range []string{"/work", "/work/docs"} {
			_, err := bob.Copy(ctx, path(f, from), path(f, "/docs/again"), catalog.TransferOptions{})
			f.wantError(err, catalog.ErrIntoItself)
		}
		for from, to := range map[string]string{
			"/work/docs":       "/docs/again", // into itself
			"/docs/a.txt":      "/work/docs",  // in the place of its folder
			"/work/docs/a.txt": "/docs/a.txt", // in its own place
		} {
			_, err := bob.Move(ctx, path(f, from), path(f, to), catalog.TransferOptions{Overwrite: true})
			if !errors.Is(err, catalog.ErrIntoItself) {
				f.Errorf("move %s to %s: got error %v, want ErrIntoItself", from, to, err)
			}
		}
		must(bob.Copy(ctx, path(f, "/work/docs/a.txt"), path(f, "/docs/b.txt"), catalog.TransferOptions{}))(f)
		must(bob.Move(ctx, path(f, "/docs/b.txt"), path(f, "/work/b.txt"), catalog.TransferOptions{}))(f)
		f.wantNames(alice, "/work/", "/work/b.txt", "/work/docs/", "/work/docs/a.txt")
		f.checkNumbers()
	})
}

// TestConditionOfAMount: what changes a mount takes the ETag that its user sees, which goes with the folder it shows.
func TestConditionOfAMount(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		alice, bob, ctx := f.home(1), f.home(2), f.Context()
		f.put(alice, "/docs/a.txt", "one")
		f.share(1, "/docs", 2, "/docs", catalog.RoleReader)
		old := must(bob.Stat(ctx, path(f, "/docs")))(f).ETag()
		f.put(alice, "/docs/b.txt", "two")
		tag := must(bob.Stat(ctx, path(f, "/docs")))(f).ETag()
		meta := func(ifMatch string) error {
			now := time.Now()
			return first(bob.SetMeta(ctx, path(f, "/docs"), catalog.Meta{MTime: &now, IfMatch: ifMatch}))
		}
		move := func(ifMatch string) error {
			return first(bob.Move(ctx, path(f, "/docs"), path(f, "/moved"), catalog.TransferOptions{IfMatch: ifMatch}))
		}
		f.wantError(meta(old), catalog.ErrPrecondition)
		f.wantError(meta(tag), nil)
		f.wantError(move(old), catalog.ErrPrecondition)
		f.wantError(move(tag), nil)
		f.wantError(first(bob.Remove(ctx, path(f, "/moved"), catalog.RemoveOptions{IfMatch: old})), catalog.ErrPrecondition)
		f.wantError(first(bob.Remove(ctx, path(f, "/moved"), catalog.RemoveOptions{IfMatch: tag})), nil)
		f.wantNames(bob)
	})
}

// TestAddBesideAMount: a name that a mount has is taken, though the mount does not show by a link.
func TestAddBesideAMount(t *testing.T) {
	each(t, catalog.Config{}, func(f fixture) {
		bob, ctx := f.home(2), f.Context()
		f.put(f.home(1), "/docs/a.txt", "one")
		f.share(1, "/docs", 2, "/in/docs.txt", catalog.RoleReader)
		linked := must(catalog.Linked(ctx, bob, must(bob.Stat(ctx, path(f, "/in")))(f).ID, true))(f)
		e := must(catalog.AddTo(ctx, linked, "docs.txt", strings.NewReader("new"), 3))(f)
		if e.Path != "/docs (2).txt" || f.content(bob, "/in/docs (2).txt") != "new" {
			f.Errorf("got %+v", e)
		}
	})
}

// TestCopyOfWhatIsPurged: the blocks of a copy stay, though what it is of is purged and garbage is collected before the copy is
// committed.
func TestCopyOfWhatIsPurged(t *testing.T) {
	meanwhile := func() {}
	cfg := catalog.Config{Quota: func(context.Context, bun.IDB, int64) (int64, error) {
		meanwhile()
		return 1000, nil
	}}
	each(t, cfg, func(f fixture) {
		alice, bob, ctx := f.home(1), f.home(2), f.Context()
		f.put(alice, "/docs/a.txt", "one")
		f.share(1, "/docs", 2, "/docs", catalog.RoleReader)
		purged := make(chan error, 1)
		meanwhile = func() { // within the transaction of the copy
			meanwhile = func() {}
			go func() {
				trashed, err := alice.Remove(ctx, path(f, "/docs/a.txt"), catalog.RemoveOptions{})
				if err == nil {
					err = alice.Purge(ctx, trashed.ID)
				}
				purged <- err
			}()
			for n := 0; n < 50 && len(purged) == 0; n++ {
				must(f.Blocks().Collect(ctx, f.Roots(ctx)))(f)
			}
			must(f.Blocks().Collect(ctx, f.Roots(ctx)))(f)
		}
		must(bob.Copy(ctx, path(f, "/docs/a.txt"), path(f, "/copy.txt"), catalog.TransferOptions{}))(f)
		f.wantError(<-purged, nil)
		must(f.Blocks().Collect(ctx, f.Roots(ctx)))(f)
		if got := f.content(bob, "/copy.txt"); got != "one" {
			f.Errorf("got %q", got)
		}
	})
}
