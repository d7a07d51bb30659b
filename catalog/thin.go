package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/melissiproject/hive/internal/database"
)

// Thinned is what Thin deleted.
type Thinned struct {
	Revisions int64
	Trashed   int64
}

// Thin deletes what has stayed long enough: entries of the trash after Config.TrashDays, and revisions that stand too
// close to others for their age. It also ends deletions that a crash interrupted. It works in small transactions, so
// that nobody waits long; run it once in a while.
func (c *Catalog) Thin(ctx context.Context, now time.Time) (Thinned, error) {
	var done Thinned
	err := errors.Join(c.sweepSpaces(ctx), c.expireTrash(ctx, now, &done))
	if err == nil && !c.cfg.KeepRevisions {
		err = c.thinRevisions(ctx, now, &done)
	}
	return done, err
}

// expireTrash purges old entries of all trashes, and those whose purge was interrupted.
func (c *Catalog) expireTrash(ctx context.Context, now time.Time, done *Thinned) error {
	oldest := time.Unix(0, 0)
	if c.cfg.TrashDays > 0 {
		oldest = now.AddDate(0, 0, -c.cfg.TrashDays)
	}
	type row struct {
		id, entry int64
		tree      Tree
		purging   bool
	}
	for {
		rows, err := c.db.Read().QueryContext(ctx, `SELECT t.id, t.entry_id, t.purging, s.id, s.root_id, s.home_of FROM trash t
			JOIN spaces s ON s.id = t.space_id WHERE s.kind = ? AND (t.deleted < ? OR t.purging = ?) ORDER BY t.id LIMIT 100`,
			spaceHome, database.At(oldest), true)
		if err != nil {
			return fmt.Errorf("catalog: expire trash: %w", err)
		}
		page, err := collect(rows, func(r *row) error {
			return rows.Scan(&r.id, &r.entry, &r.purging, &r.tree.space, &r.tree.root, &r.tree.owner)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			r.tree.catalog = c
			if r.purging {
				err = r.tree.finishPurge(ctx, r.id, r.entry)
			} else {
				err = r.tree.Purge(ctx, r.id)
			}
			if err != nil && !errors.Is(err, ErrNotFound) { // its owner may have been faster
				return err
			}
			done.Trashed++
		}
	}
}

// thinRevisions goes through all files with a history.
func (c *Catalog) thinRevisions(ctx context.Context, now time.Time, done *Thinned) error {
	type row struct {
		entry int64
		tree  Tree
	}
	for last := int64(0); ; {
		rows, err := c.db.Read().QueryContext(ctx, `SELECT e.id, s.id, s.root_id, s.home_of FROM entries e JOIN spaces s ON s.id = e.space_id
			WHERE e.id > ? AND e.revision > 1 AND s.kind = ? ORDER BY e.id LIMIT 500`, last, spaceHome)
		if err != nil {
			return fmt.Errorf("catalog: thin revisions: %w", err)
		}
		page, err := collect(rows, func(r *row) error {
			return rows.Scan(&r.entry, &r.tree.space, &r.tree.root, &r.tree.owner)
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			r.tree.catalog = c
			dropped, err := r.tree.thinEntry(ctx, r.entry, now)
			if err != nil {
				return err
			}
			done.Revisions += dropped
			last = r.entry
		}
	}
}

// thinEntry deletes the revisions of one file that are too many for their age.
func (t *Tree) thinEntry(ctx context.Context, entry int64, now time.Time) (int64, error) {
	revisions, err := t.history(ctx, entry)
	if err != nil {
		return 0, err
	}
	drop := surplus(revisions, now)
	if len(drop) == 0 {
		return 0, nil
	}
	err = t.edit(ctx, func(ctx context.Context, e *edit) error {
		for _, r := range drop {
			// The newest is never among them, and revisions do not change: only a delete can have come between.
			if _, err := e.revision(ctx, e.tx, entry, r.Number); errors.Is(err, ErrRevision) {
				continue
			} else if err != nil {
				return err
			}
			if err := e.dropRevision(ctx, entry, r); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, sql.ErrNoRows) {
		return 0, nil // the home went meanwhile
	}
	return int64(len(drop)), err
}

// history returns the revisions of an entry, newest first.
func (t *Tree) history(ctx context.Context, entry int64) ([]Revision, error) {
	rows, err := t.catalog.db.Read().QueryContext(ctx, "SELECT "+revisionColumns+" FROM revisions r WHERE r.entry_id = ? ORDER BY r.number DESC", entry)
	if err != nil {
		return nil, fmt.Errorf("catalog: history: %w", err)
	}
	return collect(rows, func(r *Revision) error { return r.scan(rows) })
}

// surplus picks the revisions to delete out of a history, newest first. Kept are the newest; all of the last day; the
// last of each hour up to a week back, of each day up to 90 days, and of each week before that.
func surplus(revisions []Revision, now time.Time) []Revision {
	var drop []Revision
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
