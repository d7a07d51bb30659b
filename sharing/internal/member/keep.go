package member

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// keptFolder is where in a home files are put that were written in a share and reached nobody before that was over.
const keptFolder = "Not delivered"

// unsent is a file as it was last written in a replica, that no head has so.
type unsent struct {
	path  []string
	entry tree.Entry
}

// Keep puts what was written in a replica, and is in no head that came, into the home of the user whose it is: nobody else may have it. It
// comes before the replica goes, or what was changed in it.
func Keep(ctx context.Context, c *courier.Courier, share ledger.Share) error {
	r, err := c.States.Replica(ctx, share.ID)
	if err != nil {
		return err
	}
	local, err := c.Forest.Grow(ctx, share.Space, share.Folder)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil // it went at an earlier try
	}
	if err != nil {
		return err
	}
	changes, err := tree.Diff(ctx, c.Blocks, r.Root, local.Root)
	if err != nil {
		return err
	}
	var files []unsent
	for uid, change := range changes.ByUID {
		before, after := change.Before, change.After
		if after == nil || after.Entry.Folder || before != nil && before.Entry.Root.Equals(after.Entry.Root) {
			continue
		}
		files = append(files, unsent{changes.PathAfter(uid), after.Entry})
	}
	slices.SortFunc(files, func(a, b unsent) int { return slices.CompareFunc(a.path, b.path, cmp.Compare) })
	home, err := c.Catalog.Home(ctx, catalog.Actor{User: share.User})
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := f.put(ctx, c.Blocks, home, share.Name); err != nil {
			return fmt.Errorf("sharing: keep what was written in %s: %w", share.Name, err)
		}
	}
	return nil
}

// put puts the file into the home. Content that is not held was not written here.
func (f unsent) put(ctx context.Context, blocks *blockstore.Store, home *catalog.Tree, share string) error {
	content, err := blocks.Open(ctx, f.entry.Root)
	if errors.Is(err, blockstore.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer content.Close()
	path, err := catalog.ParsePath("/" + strings.Join(slices.Concat([]string{keptFolder, share}, f.path), "/"))
	if err != nil {
		return err
	}
	_, _, err = home.Put(ctx, path, content, catalog.PutOptions{Parents: true, MTime: time.Unix(0, f.entry.MTime), Exec: &f.entry.Exec})
	return err
}
