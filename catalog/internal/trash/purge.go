package trash

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Purge deletes an entry of the trash for good, with all its revisions.
func Purge(ctx context.Context, s *space.Space, actor space.Actor, id int64) error {
	var victim Trashed
	err := s.Edit(ctx, actor, func(ctx context.Context, e *space.Edit) (err error) {
		if victim, err = find(ctx, e.Space, e.Tx, id); err != nil {
			return err
		}
		e.Record(space.ChangePurge, space.Entry{ID: victim.Entry, Kind: victim.Kind, Path: victim.Path, Size: victim.Size}, space.Entry{})
		if _, err := e.Tx.ExecContext(ctx, "UPDATE trash SET purging = ? WHERE id = ?", true, id); err != nil {
			return fmt.Errorf("catalog: purge: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return FinishPurge(ctx, s, id, victim.Entry)
}

// FinishPurge deletes what lies under an entry, then the entry.
func FinishPurge(ctx context.Context, s *space.Space, id, entry int64) error {
	p := purge{space: s}
	if err := p.below(ctx, entry); err != nil {
		return err
	}
	if err := p.flush(ctx); err != nil {
		return err
	}
	return s.Edit(ctx, space.Actor{}, func(ctx context.Context, e *space.Edit) error {
		if err := e.DeleteEntries(ctx, []int64{entry}); err != nil {
			return err
		}
		if _, err := e.Tx.ExecContext(ctx, "DELETE FROM trash WHERE id = ?", id); err != nil {
			return fmt.Errorf("catalog: purge: %w", err)
		}
		return nil
	})
}

const (
	purgeAhead = 5_000 // entries found before they are deleted
	purgeStep  = 500   // entries deleted in one transaction
)

// purge deletes the content of a folder. Folders come after all they hold, so that what a crash leaves can be found.
type purge struct {
	space   *space.Space
	files   []int64
	folders []int64
}

func (p *purge) below(ctx context.Context, folder int64) error {
	for e, err := range children(ctx, p.space, folder) {
		if err != nil {
			return err
		}
		if e.Kind == space.KindFile {
			p.files = append(p.files, e.ID)
		} else {
			if err := p.below(ctx, e.ID); err != nil {
				return err
			}
			p.folders = append(p.folders, e.ID)
		}
		if len(p.files)+len(p.folders) >= purgeAhead {
			if err := p.flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// flush deletes what was found. Files go in the order of their numbers, in which rows lie together: in the order of names
// every transaction would touch most of the database.
func (p *purge) flush(ctx context.Context) error {
	slices.Sort(p.files)
	for ids := range slices.Chunk(slices.Concat(p.files, p.folders), purgeStep) {
		err := p.space.Edit(ctx, space.Actor{}, func(ctx context.Context, e *space.Edit) error { return e.DeleteEntries(ctx, ids) })
		if err != nil {
			return err
		}
	}
	p.files, p.folders = p.files[:0], p.folders[:0]
	return nil
}

// SweepSpaces deletes the rows of spaces that are gone.
func SweepSpaces(ctx context.Context, db *database.DB) error {
	for {
		var gone int64
		row := db.Read().QueryRowContext(ctx, "SELECT COALESCE(MIN(id), 0) FROM spaces WHERE kind = ?", space.KindGone)
		if err := row.Scan(&gone); err != nil {
			return fmt.Errorf("catalog: delete spaces: %w", err)
		}
		if gone == 0 {
			return nil
		}
		for done := false; !done; {
			var err error
			if done, err = sweepSpace(ctx, db, gone); err != nil {
				return fmt.Errorf("catalog: delete space %d: %w", gone, err)
			}
		}
	}
}

// sweepSpace deletes some rows of a space, and the space itself with the last.
func sweepSpace(ctx context.Context, db *database.DB, id int64) (done bool, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, table := range []struct{ name, key string }{
			{"contents", "entry_id"}, {"mounts", "entry_id"}, {"entries", "id"}, {"trash", "id"}, {"changes", "seq"},
		} {
			n, err := sweepTable(ctx, tx, id, table.name, table.key)
			if err != nil || n > 0 {
				return err
			}
		}
		done = true
		_, err := tx.ExecContext(ctx, "DELETE FROM spaces WHERE id = ?", id)
		return err
	})
	return done, err
}

// sweepTable deletes some rows of a space from one table, and tells how many.
func sweepTable(ctx context.Context, tx bun.Tx, id int64, table, key string) (int, error) {
	rows, err := tx.QueryContext(ctx, "SELECT ? FROM ? WHERE space_id = ? ORDER BY ? LIMIT ?", //nolint:sqlclosecheck // Collect closes
		bun.Ident(key), bun.Ident(table), id, bun.Ident(key), purgeStep)
	if err != nil {
		return 0, err
	}
	keys, err := space.Collect(rows, func(key *int64) error { return rows.Scan(key) })
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	if table == "entries" {
		if _, err := tx.ExecContext(ctx, "DELETE FROM revisions WHERE entry_id IN (?)", bun.List(keys)); err != nil {
			return 0, err
		}
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM ? WHERE space_id = ? AND ? IN (?)", bun.Ident(table), id, bun.Ident(key), bun.List(keys))
	return len(keys), err
}

// children lists a folder in the bytewise order of names, without paths. It reads page by page.
func children(ctx context.Context, s *space.Space, folder int64) iter.Seq2[space.Entry, error] {
	return func(yield func(space.Entry, error) bool) {
		for last := ""; ; {
			page, err := s.ChildPage(ctx, folder, last)
			if err != nil {
				yield(space.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < space.PageSize {
				return
			}
			last = page[len(page)-1].Name
		}
	}
}
