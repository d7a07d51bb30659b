// Package upkeep deletes what has stayed long enough.
//
// It owns how long revisions and the trash stay. It does not own when it runs, nor how things are deleted (package trash).
package upkeep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/catalog/internal/trash"
	"github.com/melissiproject/hive/internal/database"
)

// Thinned is what Thin deleted.
type Thinned struct {
	Revisions int64
	Trashed   int64
}

// Config of Thin.
type Config struct {
	TrashDays     int // 0 keeps the trash
	KeepRevisions bool
}

// Thin deletes what has stayed long enough, in small transactions.
func Thin(ctx context.Context, t *space.Tables, now time.Time, cfg Config) (Thinned, error) {
	var done Thinned
	err := errors.Join(trash.SweepSpaces(ctx, t.DB), expireTrash(ctx, t, now, cfg, &done))
	if err == nil && !cfg.KeepRevisions {
		err = thinRevisions(ctx, t, now, &done)
	}
	return done, err
}

// expireTrash purges old entries of all trashes, and those whose purge was interrupted.
func expireTrash(ctx context.Context, t *space.Tables, now time.Time, cfg Config, done *Thinned) error {
	oldest := time.Unix(0, 0)
	if cfg.TrashDays > 0 {
		oldest = now.AddDate(0, 0, -cfg.TrashDays)
	}
	type row struct {
		id, entry, space int64
		purging          bool
	}
	for {
		rows, err := t.DB.Read().QueryContext(ctx, `SELECT t.id, t.entry_id, t.purging, s.id FROM trash t
			JOIN spaces s ON s.id = t.space_id WHERE s.kind <> ? AND (t.deleted < ? OR t.purging = ?) ORDER BY t.id LIMIT 100`,
			space.KindGone, database.At(oldest), true)
		if err != nil {
			return fmt.Errorf("catalog: expire trash: %w", err)
		}
		page, err := space.Collect(rows, func(r *row) error {
			return rows.Scan(&r.id, &r.entry, &r.purging, &r.space)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			s, err := t.Load(ctx, t.DB.Read(), r.space)
			switch {
			case err != nil:
			case r.purging:
				err = trash.FinishPurge(ctx, s, r.id, r.entry)
			default:
				err = trash.Purge(ctx, s, space.Actor{}, r.id)
			}
			if err != nil && !errors.Is(err, space.ErrNotFound) { // its owner may have been faster
				return err
			}
			done.Trashed++
		}
	}
}

// thinRevisions goes through all files with a history.
func thinRevisions(ctx context.Context, t *space.Tables, now time.Time, done *Thinned) error {
	type row struct{ entry, space int64 }
	for last := int64(0); ; {
		rows, err := t.DB.Read().QueryContext(ctx, `SELECT e.id, s.id FROM entries e JOIN spaces s ON s.id = e.space_id
			WHERE e.id > ? AND e.revision > 1 AND s.kind <> ? ORDER BY e.id LIMIT 500`, last, space.KindGone)
		if err != nil {
			return fmt.Errorf("catalog: thin revisions: %w", err)
		}
		page, err := space.Collect(rows, func(r *row) error {
			return rows.Scan(&r.entry, &r.space)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			dropped, err := thinEntry(ctx, t, r.space, r.entry, now)
			if err != nil {
				return err
			}
			done.Revisions += dropped
			last = r.entry
		}
	}
}

// thinEntry deletes the revisions of one file that are too many for their age.
func thinEntry(ctx context.Context, tables *space.Tables, id, entry int64, now time.Time) (int64, error) {
	revisions, err := tables.Space(id, 0, 0).Revisions(ctx, entry, math.MaxInt64, math.MaxInt32)
	if err != nil {
		return 0, err
	}
	drop := Surplus(revisions, now)
	if len(drop) == 0 {
		return 0, nil
	}
	s, err := tables.Load(ctx, tables.DB.Read(), id)
	if errors.Is(err, space.ErrNotFound) {
		return 0, nil // the space went meanwhile
	}
	if err != nil {
		return 0, err
	}
	err = s.Edit(ctx, space.Actor{}, func(ctx context.Context, e *space.Edit) error {
		for _, r := range drop {
			// The newest is never among them, and revisions do not change: only a delete can have come between.
			if _, err := e.Revision(ctx, e.Tx, entry, r.Number); errors.Is(err, space.ErrRevision) {
				continue
			} else if err != nil {
				return err
			}
			if err := e.DropRevision(ctx, entry, r); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, space.ErrNotFound) {
		return 0, nil // the home went meanwhile
	}
	return int64(len(drop)), err
}

// Surplus picks the revisions to delete out of a history, newest first. Kept are the newest; all of the last day; the
// last of each hour up to a week back, of each day up to 90 days, and of each week before that.
func Surplus(revisions []space.Revision, now time.Time) []space.Revision {
	var drop []space.Revision
	kept := make(map[time.Duration]map[int64]bool)
	for i, r := range revisions {
		step := spacing(now.Sub(r.Created))
		if i == 0 || step == 0 {
			continue
		}
		slot := r.Created.UnixNano() / int64(step)
		if kept[step] == nil {
			kept[step] = make(map[int64]bool)
		}
		if kept[step][slot] {
			drop = append(drop, r)
		}
		kept[step][slot] = true
	}
	return drop
}

// spacing is how far apart revisions of an age are kept.
func spacing(age time.Duration) time.Duration {
	const day = 24 * time.Hour
	switch {
	case age < day:
		return 0
	case age < 7*day:
		return time.Hour
	case age < 90*day:
		return day
	}
	return 7 * day
}
