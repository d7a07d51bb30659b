package upkeep

import (
	"context"
	"fmt"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Totals counts what all spaces keep: homes and replicas of shares of other hives. Old revisions and the trash count.
func Totals(ctx context.Context, t *space.Tables) (space.Usage, error) {
	return sum(ctx, t, "kind <> ?", space.KindGone)
}

// Used says whether anything ever had a name in a space that is there.
func Used(ctx context.Context, t *space.Tables) (used bool, err error) {
	var spaces int
	if err := t.DB.Read().QueryRowContext(ctx, "SELECT COUNT(*) FROM spaces WHERE seq > 0").Scan(&spaces); err != nil {
		return false, fmt.Errorf("catalog: %w", err)
	}
	return spaces > 0, nil
}

// SpaceUsage counts one space.
func SpaceUsage(ctx context.Context, t *space.Tables, id int64) (space.Usage, error) {
	return sum(ctx, t, "id = ?", id)
}

func sum(ctx context.Context, t *space.Tables, which string, arg any) (u space.Usage, err error) {
	err = t.DB.Read().QueryRowContext(ctx, "SELECT COALESCE(SUM(used_bytes), 0), COALESCE(SUM(files), 0), COALESCE(SUM(folders), 0) FROM spaces WHERE "+which, arg).
		Scan(&u.Used, &u.Files, &u.Folders)
	if err != nil {
		return u, fmt.Errorf("catalog: totals: %w", err)
	}
	return u, nil
}
