package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/melissiproject/hive/catalog/internal/part"
	"github.com/melissiproject/hive/catalog/internal/upkeep"
	"github.com/melissiproject/hive/catalog/internal/upload"
)

// Thinned is what Thin deleted.
type Thinned = upkeep.Thinned

// Thin deletes what has stayed long enough: entries of the trash after Config.TrashDays, and revisions that stand too
// close to others for their age, chunks that no list named within UploadsKept and uploads of which nothing came
// within parts.Kept. It also ends deletions that a crash interrupted. It works in small transactions, so
// that nobody waits long; run it once in a while.
func (c *Catalog) Thin(ctx context.Context, now time.Time) (Thinned, error) {
	if err := errors.Join(upload.Expire(ctx, c.db, now), part.Expire(ctx, c.db, now)); err != nil {
		return Thinned{}, err
	}
	return upkeep.Thin(ctx, c.tables, now, upkeep.Config{TrashDays: c.cfg.TrashDays, KeepRevisions: c.cfg.KeepRevisions})
}
