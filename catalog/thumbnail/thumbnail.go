// Package thumbnail keeps small pictures of files, made in the background when they are first asked for.
//
// It owns the table and the queue, one worker, and how much space thumbnails take. They are by content, so that equal files
// share one and a file that is moved keeps its own; they lie in the block store, belong to nobody's quota, and can be given up at
// any time. Who may see the file it does not know: callers come with the root of one that they may read.
package thumbnail

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"path"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/internal/database"
)

// Errors of Get.
var (
	ErrNone  = errors.New("thumbnail: there is none")
	ErrLater = errors.New("thumbnail: not made yet")
)

// Size is how large a thumbnail is.
type Size string

// The sizes: pixels of the longer edge.
const (
	Small Size = "small" // 256
	Large Size = "large" // 1024
)

const (
	smallEdge, largeEdge = 256, 1024

	maxQueue  = 10_000              // contents that wait
	maxFile   = 128 << 20           // bytes of a file that is looked at
	maxTries  = 3                   // beginnings of one
	useStep   = 6 * time.Hour       // how exactly the last use is known
	forgotten = 90 * 24 * time.Hour // unused after which even the note that there is none goes
)

// states of a row.
const (
	waits = iota
	made
	none
)

// Config of Thumbnails.
type Config struct {
	Space int64         // bytes that all may take, below 0 for no end; default 1 GiB
	Time  time.Duration // that one may take; default 1 min
	Log   *slog.Logger  // default none
}

// Thumbnails are those of a hive. They are safe for concurrent use.
type Thumbnails struct {
	db     *database.DB
	blocks *blockstore.Store
	cfg    Config
	wake   chan struct{}
}

// New keeps thumbnails in db and blocks. Run makes them.
func New(db *database.DB, blocks *blockstore.Store, cfg Config) (*Thumbnails, error) {
	if db == nil || blocks == nil {
		return nil, errors.New("thumbnail: no database or no blocks")
	}
	if cfg.Time < 0 {
		return nil, errors.New("thumbnail: negative time")
	}
	if cfg.Space < 0 {
		cfg.Space = math.MaxInt64
	}
	cfg.Space, cfg.Time = cmp.Or(cfg.Space, 1<<30), cmp.Or(cfg.Time, time.Minute)
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &Thumbnails{db, blocks, cfg, make(chan struct{}, 1)}, nil
}

// Possible tells whether a file may have a thumbnail, by its name and size.
func Possible(name string, size int64) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff":
		return size > 0 && size <= maxFile
	}
	return false
}

// Thumbnail is a small picture.
type Thumbnail struct {
	Root cid.Cid
	Kind string // media type
}

// Get finds the thumbnail of a content. Where it is not made yet it is put in the queue, unless wait is false: then the content
// is not here, and ErrNone. Else ErrLater.
func (t *Thumbnails) Get(ctx context.Context, root cid.Cid, size Size, wait bool) (Thumbnail, error) {
	column := "small"
	if size == Large {
		column = "large"
	}
	var state int
	var found Thumbnail
	var raw []byte
	var used database.Time
	row := t.db.Read().QueryRowContext(ctx, "SELECT state, kind, "+column+", used FROM thumbnails WHERE root = ?", root.Bytes())
	err := row.Scan(&state, &found.Kind, &raw, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows) && wait:
		return Thumbnail{}, t.queue(ctx, root)
	case errors.Is(err, sql.ErrNoRows):
		return Thumbnail{}, ErrNone
	case err != nil:
		return Thumbnail{}, fmt.Errorf("thumbnail: %w", err)
	case state == waits:
		return Thumbnail{}, ErrLater
	}
	if time.Since(used.Time) > useStep {
		t.note(ctx, root)
	}
	if state == none {
		return Thumbnail{}, ErrNone
	}
	found.Root, err = cid.Cast(raw)
	return found, err
}

// Open reads a thumbnail. One that was given up meanwhile is ErrLater.
func (t *Thumbnails) Open(ctx context.Context, th Thumbnail) (*blockstore.Reader, error) {
	r, err := t.blocks.Open(ctx, th.Root)
	if errors.Is(err, blockstore.ErrNotFound) {
		err = ErrLater
	}
	return r, err
}

// note must not fail a read, as on a full disk.
func (t *Thumbnails) note(ctx context.Context, root cid.Cid) {
	err := t.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE thumbnails SET used = ? WHERE root = ?", database.Now(), root.Bytes())
		return err
	})
	if err != nil {
		t.cfg.Log.WarnContext(ctx, "use of a thumbnail not noted", "err", err)
	}
}

func (t *Thumbnails) queue(ctx context.Context, root cid.Cid) error {
	err := t.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var count, there int
		row := tx.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN root = ? THEN 1 ELSE 0 END), 0) FROM thumbnails WHERE state = ?", root.Bytes(), waits)
		if err := row.Scan(&count, &there); err != nil || count >= maxQueue || there > 0 {
			return err
		}
		now := database.Now()
		_, err := tx.ExecContext(ctx, "INSERT INTO thumbnails (root, state, tries, kind, bytes, queued, used) VALUES (?, ?, 0, '', 0, ?, ?)", root.Bytes(), waits, now, now)
		return err
	})
	if err != nil && !database.IsUnique(err) { // another request was faster
		return fmt.Errorf("thumbnail: queue: %w", err)
	}
	select {
	case t.wake <- struct{}{}:
	default:
	}
	return ErrLater
}

// Roots lists the thumbnails, for garbage collection.
func (t *Thumbnails) Roots(ctx context.Context) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		for last := []byte{}; ; {
			page, err := t.rootPage(ctx, last)
			if err != nil {
				yield(cid.Undef, fmt.Errorf("thumbnail: list: %w", err))
				return
			}
			for _, r := range page {
				last = r.root
				for _, raw := range [][]byte{r.small, r.large} {
					root, err := cid.Cast(raw)
					if !yield(root, err) || err != nil {
						return
					}
				}
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

type rootRow struct{ root, small, large []byte }

func (t *Thumbnails) rootPage(ctx context.Context, after []byte) (page []rootRow, err error) {
	rows, err := t.db.Read().QueryContext(ctx, "SELECT root, small, large FROM thumbnails WHERE root > ? AND state = ? ORDER BY root LIMIT 1000", after, made)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r rootRow
		if err := rows.Scan(&r.root, &r.small, &r.large); err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// Trim gives thumbnails up that were not used for longest until all take at most Config.Space, or nothing where everything is to
// go, and forgets what nobody asked for in a long time. The collection that follows frees the space.
func (t *Thumbnails) Trim(ctx context.Context, now time.Time, everything bool) error {
	space := t.cfg.Space
	if everything {
		space = 0
	}
	for {
		more := false
		err := t.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "DELETE FROM thumbnails WHERE used < ?", database.At(now.Add(-forgotten))); err != nil {
				return err
			}
			var all int64
			if err := tx.QueryRowContext(ctx, "SELECT COALESCE(SUM(bytes), 0) FROM thumbnails").Scan(&all); err != nil {
				return err
			}
			if more = all > space; !more {
				return nil
			}
			return dropOldest(ctx, tx, all-space)
		})
		if err != nil || !more {
			return err
		}
	}
}

// dropOldest forgets thumbnails of at least so many bytes, or a hundred of them.
func dropOldest(ctx context.Context, tx bun.Tx, bytes int64) error {
	roots, err := oldest(ctx, tx, bytes)
	if err != nil || len(roots) == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM thumbnails WHERE root IN (?)", bun.List(roots))
	return err
}

func oldest(ctx context.Context, tx bun.Tx, bytes int64) (roots [][]byte, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT root, bytes FROM thumbnails WHERE state = ? ORDER BY used, root LIMIT 100", made)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() && bytes > 0 {
		var root []byte
		var n int64
		if err := rows.Scan(&root, &n); err != nil {
			return nil, err
		}
		roots, bytes = append(roots, root), bytes-n
	}
	return roots, rows.Err()
}
