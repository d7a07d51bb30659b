package catalog_test

import (
	"context"
	"errors"
	"testing"
	"time"

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
