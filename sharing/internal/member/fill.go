package member

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// Fill brings the content of a received share that is not held.
func (m *Member) Fill(ctx context.Context, id ledger.ID) error {
	share, err := m.Ledger.Share(ctx, id)
	if err != nil || !share.Live(time.Now()) || share.Space == 0 || share.Mode != ledger.Full {
		return err
	}
	r, err := m.States.Replica(ctx, id)
	if err != nil || r.Seq == 0 {
		return err
	}
	room, err := m.Catalog.ReplicaRoom(ctx, share.Space)
	if err != nil {
		return err
	}
	hives, err := m.Others(ctx, share)
	if err != nil {
		return err
	}
	fetcher := m.Fetcher(id, m.States.Partials(id, ""), func(ctx context.Context, files []content.Want) error { return m.arrived(ctx, share, files) })
	since, bases, err := m.bases(ctx, id, r)
	if err != nil {
		return err
	}
	of := fetch.Of{Ref: fetch.Ref{Share: string(id), Head: r.Seq}, Since: since}
	var faults []error
	full := false
	for after := int64(0); ; {
		page, err := m.Catalog.Absent(ctx, share.Space, after, fillPage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].Entry
		wants := wanted(ctx, m.Blocks, r.Root, page)
		if room != catalog.Unlimited {
			if wants, room = fitting(wants, room); len(wants) < len(page) {
				full = true
			}
		}
		if err := m.Find(ctx, share.Space, bases, wants); err != nil {
			return err
		}
		if err := fetcher.Fetch(ctx, hives, of, wants); err != nil {
			if ctx.Err() != nil || !errors.Is(err, content.ErrUnavailable) {
				return err
			}
			faults = append(faults, err)
		}
	}
	if full {
		faults = append(faults, catalog.ErrQuota)
	}
	return errors.Join(append(faults, filled(ctx, m, id, r, len(faults) == 0))...)
}

// fillPage is how many files are asked for before it is looked at again what is wanted.
const fillPage = 2000

// wanted are the files of a page that the tree root has under the same path: others are on their way here or there.
func wanted(ctx context.Context, blocks *blockstore.Store, root cid.Cid, page []catalog.Content) []content.Want {
	wants := make([]content.Want, 0, len(page))
	folders := make(map[string]map[string]cid.Cid)
	for _, c := range page {
		path := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
		last := len(path) - 1
		folder := strings.Join(path[:last], "/")
		if folders[folder] == nil {
			folders[folder] = filesIn(ctx, blocks, root, path[:last])
		}
		if folders[folder][path[last]].Equals(c.Root) {
			wants = append(wants, content.Want{Entry: c.Entry, Number: c.Number, Path: path, Root: c.Root, Size: c.Size})
		}
	}
	return wants
}

// filesIn are the roots of the files in a folder of a tree; none where there is no such folder.
func filesIn(ctx context.Context, blocks *blockstore.Store, root cid.Cid, path []string) map[string]cid.Cid {
	files := make(map[string]cid.Cid)
	if len(path) > 0 {
		folder, err := tree.At(ctx, blocks, root, path)
		if err != nil || !folder.Folder {
			return files
		}
		root = folder.Root
	}
	for entry, err := range tree.List(ctx, blocks, root) {
		if err != nil {
			break
		}
		if !entry.Folder {
			files[entry.Name] = entry.Root
		}
	}
	return files
}

// fitting are the wants there is room for.
func fitting(wants []content.Want, room int64) ([]content.Want, int64) {
	var fit []content.Want
	for _, w := range wants {
		if w.Size <= room {
			room -= w.Size
			fit = append(fit, w)
		}
	}
	return fit, room
}

// arrived notes that files are held.
func (m *Member) arrived(ctx context.Context, share ledger.Share, files []content.Want) error {
	contents := make([]catalog.Content, len(files))
	for i, f := range files {
		contents[i] = catalog.Content{Entry: f.Entry, Number: f.Number, Root: f.Root, Size: f.Size}
	}
	if err := m.Catalog.SetHeld(ctx, share.Space, contents); err != nil {
		return err
	}
	var large []cid.Cid // others come in one piece
	for _, f := range files {
		if f.Root.Type() != cid.Raw {
			large = append(large, f.Root)
		}
	}
	return m.States.Partials(share.ID, "").Forget(ctx, large)
}
