package member

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/courier"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// keptFolder is where in a home files are put that were written in a share and reached nobody before that was over.
const keptFolder = "Not delivered"

// unsent is a file as it was last written in a replica, that no head has so.
type unsent struct {
	path   []string
	entry  tree.Entry
	author int64 // 0: not known
}

// Gone tells whether a user is no more; nil: none is.
type Gone func(ctx context.Context, user int64) (bool, error)

// Keep puts what was written in a replica, and is in no head that came, into the home of who wrote it: nobody else may have it. It comes
// before the replica goes, or what was changed in it.
func Keep(ctx context.Context, c *courier.Courier, share ledger.Share, gone Gone) error {
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
	files, err := unsentIn(ctx, c, share, r.Root, local.Root)
	if err != nil {
		return err
	}
	members, err := c.Ledger.Members(ctx, share.ID)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := f.put(ctx, c, heirs(share, members, f.author), share.Name, gone); err != nil {
			return fmt.Errorf("sharing: keep what was written in %s: %w", share.Name, err)
		}
	}
	return nil
}

// heirs are the users of this hive who may get a file: who wrote it, else who took the share, else another member.
func heirs(share ledger.Share, members []ledger.Member, author int64) []int64 {
	users := []int64{author, share.User}
	for _, m := range members {
		users = append(users, m.LocalUser)
	}
	return slices.DeleteFunc(users, func(user int64) bool { return user == 0 })
}

// unsentIn are the files that the tree local of a replica has, and the tree of the head that it applied has not: nor the newest, which it may
// have begun to apply. What is not held was not written here.
func unsentIn(ctx context.Context, c *courier.Courier, share ledger.Share, applied, local cid.Cid) (files []unsent, err error) {
	changes, err := tree.Diff(ctx, c.Blocks, applied, local)
	if err != nil {
		return nil, err
	}
	newest, err := c.States.Newest(ctx, share.ID)
	if err != nil {
		return nil, err
	}
	coming, err := tree.Diff(ctx, c.Blocks, applied, newest.Root)
	if err != nil {
		coming = new(tree.Changes) // its tree is not here
	}
	roots := make(map[catalog.UID]cid.Cid)
	for uid, change := range changes.ByUID {
		before, after, next := change.Before, change.After, coming.ByUID[uid].After
		if after == nil || after.Entry.Folder || has(before, after.Entry.Root) || has(next, after.Entry.Root) {
			continue
		}
		roots[catalog.UID(uid)] = after.Entry.Root
		files = append(files, unsent{path: changes.PathAfter(uid), entry: after.Entry})
	}
	held, err := c.Catalog.HeldBefore(ctx, share.Space, roots)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f unsent) bool { return !held[catalog.UID(f.entry.UID)] })
	if err := findAuthors(ctx, c.Catalog, share, files); err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b unsent) int { return slices.CompareFunc(a.path, b.path, cmp.Compare) })
	return files, nil
}

// has tells whether an entry is a file with a content.
func has(e *tree.Located, root cid.Cid) bool { return e != nil && e.Entry.Root.Equals(root) }

// findAuthors finds who wrote files.
func findAuthors(ctx context.Context, names *catalog.Catalog, share ledger.Share, files []unsent) error {
	return names.Snapshot(ctx, share.Space, func(ctx context.Context, s *catalog.Snapshot) error {
		for i := range files {
			e := catalog.Entry{ID: share.Folder}
			for _, name := range files[i].path {
				var err error
				if e, _, err = s.Child(ctx, e.ID, name); err != nil {
					return err
				}
			}
			files[i].author = e.Author
		}
		return nil
	})
}

// put puts the file into the home of the first of some users who is there.
func (f unsent) put(ctx context.Context, c *courier.Courier, users []int64, share string, gone Gone) error {
	for ; len(users) > 0 && gone != nil; users = users[1:] {
		if away, err := gone(ctx, users[0]); err != nil {
			return err
		} else if !away {
			break
		}
	}
	if len(users) == 0 {
		return nil
	}
	home, err := c.Catalog.Home(ctx, catalog.Actor{User: users[0]})
	if err != nil {
		return err
	}
	content, err := c.Blocks.Open(ctx, f.entry.Root)
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
