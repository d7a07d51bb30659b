package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/melissiproject/hive/catalog/internal/part"
	"github.com/melissiproject/hive/catalog/internal/upkeep"
	"github.com/melissiproject/hive/catalog/internal/upload"
)

// Keep says how long things stay: the trash so many days, 0 for until its owner empties it, and old revisions all or thinned.
type Keep = upkeep.Config

// Totals counts what all keep, with old revisions, the trash and the replicas of shares of other hives.
func Totals(ctx context.Context, c *Catalog) (Usage, error) { return upkeep.Totals(ctx, c.tables) }

// Used says whether the change log of any space has ever had a record, so that no names at all are no sign of a wrong database.
func Used(ctx context.Context, c *Catalog) (bool, error) { return upkeep.Used(ctx, c.tables) }

// SpaceUsage counts one space; all is 0 for one that is not there.
func SpaceUsage(ctx context.Context, c *Catalog, space int64) (Usage, error) {
	return upkeep.SpaceUsage(ctx, c.tables, space)
}

// Thinned is what Thin deleted.
type Thinned = upkeep.Thinned

// Thin deletes what has stayed long enough: entries of the trash after Keep.TrashDays, and revisions that stand too
// close to others for their age, chunks that no list named within UploadsKept and uploads of which nothing came
// within parts.Kept. It also ends deletions that a crash interrupted. It works in small transactions, so
// that nobody waits long; run it once in a while.
func (c *Catalog) Thin(ctx context.Context, now time.Time, keep Keep) (Thinned, error) {
	if err := errors.Join(upload.Expire(ctx, c.db, now), part.Expire(ctx, c.db, now)); err != nil {
		return Thinned{}, err
	}
	return upkeep.Thin(ctx, c.tables, now, keep)
}
