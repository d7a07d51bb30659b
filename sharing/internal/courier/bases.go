package courier

import (
	"context"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/tree"
)

// Bases are what files were in an older state of a share, by their paths in a newer one.
type Bases map[string]base

type base struct {
	uid  catalog.UID
	path []string
	root cid.Cid
}

// BasesOf takes the bases from what changed: what the file itself was, wherever it lay, or else the one that it replaced.
func BasesOf(changes *tree.Changes) Bases {
	was, found := make(Bases), make(Bases)
	for uid, c := range changes.ByUID {
		if c.Before == nil || c.Before.Entry.Folder {
			continue
		}
		b := base{catalog.UID(uid), changes.PathBefore(uid), c.Before.Entry.Root}
		was[key(b.path)] = b
		if c.After != nil {
			found[key(changes.PathAfter(uid))] = b
		}
	}
	for path, b := range was {
		if _, itself := found[path]; !itself {
			found[path] = b
		}
	}
	return found
}

func key(path []string) string { return strings.Join(path, "/") }

// Find gives files the bases that a space holds.
func (c *Courier) Find(ctx context.Context, space int64, bases Bases, wants []content.Want) error {
	roots := make(map[catalog.UID]cid.Cid)
	for _, w := range wants {
		if b, ok := bases[key(w.Path)]; ok && b.root != w.Root {
			roots[b.uid] = b.root
		}
	}
	if len(roots) == 0 {
		return nil
	}
	held, err := c.Catalog.HeldBefore(ctx, space, roots)
	if err != nil {
		return err
	}
	for i, w := range wants {
		if b, ok := bases[key(w.Path)]; ok && held[b.uid] && b.root != w.Root {
			wants[i].Base = &content.Base{Path: b.path, Root: b.root}
		}
	}
	return nil
}
