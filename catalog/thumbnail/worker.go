package thumbnail

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog/thumbnail/internal/picture"
	"github.com/melissiproject/hive/internal/database"
)

// pause is how long the worker rests after a failure that is not the picture's.
const pause = time.Minute

// Run makes thumbnails, one at a time, until ctx ends.
func (t *Thumbnails) Run(ctx context.Context) error {
	for {
		more, err := t.next(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var rest <-chan time.Time
		if err != nil {
			t.cfg.Log.Warn("thumbnail not made", "err", err)
			rest = time.After(pause)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.wake:
			if err != nil { // what failed would fail again at once
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-rest:
				}
			}
		case <-rest:
		}
	}
}

// next makes the thumbnail that waits longest, and tells whether there was one.
func (t *Thumbnails) next(ctx context.Context) (bool, error) {
	root, tries, err := t.begin(ctx)
	if err != nil || !root.Defined() {
		return false, err
	}
	if tries > maxTries {
		return true, t.end(ctx, root, "state = ?", none)
	}
	small, err := t.make(ctx, root)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, blockstore.ErrNotFound): // deleted meanwhile, or given up
		return true, t.drop(ctx, root)
	case errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrLarge) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, blockstore.ErrCorrupt):
		t.cfg.Log.Debug("no thumbnail", "root", root.String(), "err", err)
		return true, t.end(ctx, root, "state = ?", none)
	case err == nil:
		err = t.keep(ctx, root, small)
	}
	if err != nil { // not the picture's fault, such as a full disk: it does not count
		err = errors.Join(fmt.Errorf("thumbnail of %s: %w", root, err), t.end(ctx, root, "tries = ?", tries-1))
	}
	return true, err
}

// begin finds what waits longest, and counts that it was begun: a picture that takes the process with it is not tried for ever.
func (t *Thumbnails) begin(ctx context.Context) (root cid.Cid, tries int, err error) {
	var raw []byte
	row := t.db.Read().QueryRowContext(ctx, "SELECT root, tries FROM thumbnails WHERE state = ? ORDER BY queued, root LIMIT 1", waits)
	if err := row.Scan(&raw, &tries); errors.Is(err, sql.ErrNoRows) {
		return cid.Undef, 0, nil
	} else if err != nil {
		return cid.Undef, 0, err
	}
	if root, err = cid.Cast(raw); err != nil {
		return cid.Undef, 0, err
	}
	return root, tries + 1, t.end(ctx, root, "tries = ?", tries+1)
}

// make reads a content that is here, whole, and no other.
func (t *Thumbnails) make(ctx context.Context, root cid.Cid) ([]picture.Small, error) {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Time)
	defer cancel()
	content, err := t.blocks.Open(ctx, root)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if content.Size() > maxFile {
		return nil, picture.ErrLarge
	}
	return picture.Shrink(ctx, content, largeEdge, smallEdge)
}

// keep stores both sizes and names them.
func (t *Thumbnails) keep(ctx context.Context, root cid.Cid, sizes []picture.Small) error {
	w := t.blocks.Writer()
	defer w.Close()
	var roots [2]cid.Cid
	total := int64(0)
	for i, s := range sizes {
		file, err := w.Import(ctx, bytes.NewReader(s.Data))
		if err != nil {
			return err
		}
		roots[i], total = file.Root, total+file.Size
	}
	if err := w.Commit(ctx); err != nil {
		return err
	}
	return t.end(ctx, root, "state = ?, kind = ?, large = ?, small = ?, bytes = ?, used = ?",
		made, sizes[0].Kind, roots[0].Bytes(), roots[1].Bytes(), total, database.Now())
}

// end changes the row of a root that waits.
func (t *Thumbnails) end(ctx context.Context, root cid.Cid, set string, args ...any) error {
	return t.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE thumbnails SET "+set+" WHERE root = ? AND state = ?", append(args, root.Bytes(), waits)...)
		return err
	})
}

func (t *Thumbnails) drop(ctx context.Context, root cid.Cid) error {
	return t.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM thumbnails WHERE root = ? AND state = ?", root.Bytes(), waits)
		return err
	})
}
