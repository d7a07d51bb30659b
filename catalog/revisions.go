package catalog

import (
	"context"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/internal/listing"
	"github.com/melissiproject/hive/catalog/internal/part"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/upkeep"
	"github.com/melissiproject/hive/catalog/internal/upload"
	"github.com/melissiproject/hive/catalog/internal/write"
)

// Revisions returns up to limit revisions of the file at path, newest first, older than the number before when that is
// not 0.
func (t *Tree) Revisions(ctx context.Context, path Path, before int64, limit int) (list []Revision, err error) {
	err = within(ctx, t, path, func(t *Tree, path Path) error {
		e, err := t.space.File(ctx, t.space.Read(), path)
		if err != nil {
			return err
		}
		from := before
		if from == 0 {
			from = e.Revision + 1
		}
		if list, err = t.space.Revisions(ctx, e.ID, from, listing.Limit(limit)); err != nil || !t.space.Replica {
			return err
		}
		absent, err := t.space.AbsentOf(ctx, t.space.Read(), []int64{e.ID})
		for i := range list {
			list[i].Absent = absent[e.ID] && list[i].Number == e.Revision
		}
		return err
	})
	return list, err
}

// rewind makes e what it was at revision number.
func rewind(ctx context.Context, s *space.Space, e *Entry, number int64) error {
	r, err := s.Revision(ctx, s.Read(), e.ID, number)
	if err != nil {
		return err
	}
	e.Root, e.Size, e.MTime, e.Exec, e.Revision = r.Root, r.Size, r.MTime, r.Exec, r.Number
	e.Author, e.Changed = r.Author, r.Created
	return nil
}

// RestoreRevision makes the content of an older revision the newest one, as a new revision.
func (t *Tree) RestoreRevision(ctx context.Context, path Path, number int64) (Entry, error) {
	return alter(ctx, t, path, func(ctx context.Context, e *space.Edit, path Path) (Entry, error) {
		entry, err := e.File(ctx, e.Tx, path)
		if err != nil {
			return Entry{}, err
		}
		r, err := e.Revision(ctx, e.Tx, entry.ID, number)
		if err != nil {
			return Entry{}, err
		}
		file := blockstore.File{Root: r.Root, Size: r.Size}
		return write.Replace(ctx, e, entry, file, PutOptions{MTime: r.MTime, Exec: &r.Exec})
	})
}

// DeleteRevision forgets an older revision. The newest one is the file itself and gives ErrRevision.
func (t *Tree) DeleteRevision(ctx context.Context, path Path, number int64) error {
	_, err := alter(ctx, t, path, func(ctx context.Context, e *space.Edit, path Path) (Entry, error) {
		entry, err := e.File(ctx, e.Tx, path)
		if err != nil {
			return Entry{}, err
		}
		if number == entry.Revision {
			return Entry{}, fmt.Errorf("%w: %d is the newest, delete the file instead", ErrRevision, number)
		}
		r, err := e.Revision(ctx, e.Tx, entry.ID, number)
		if err != nil {
			return Entry{}, err
		}
		return entry, e.DropRevision(ctx, entry.ID, r)
	})
	return err
}

// Roots lists the root of every revision whose content is held, the trash included, and what was sent for files to come:
// all that garbage collection must keep. Uploads and chunks come first, for they become files.
func (c *Catalog) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for _, roots := range []iter.Seq2[cid.Cid, error]{part.Roots(ctx, c.db), upload.All(ctx, c.db), upkeep.Roots(ctx, c.db)} {
			for root, err := range roots {
				if !yield(root, err) || err != nil {
					return
				}
			}
		}
	}
}
