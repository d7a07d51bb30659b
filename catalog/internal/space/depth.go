package space

import (
	"context"
	"fmt"

	"github.com/melissiproject/hive/catalog/internal/names"
)

// Fits refuses with ErrPath a place so deep that what entry holds would have no path there. It looks at folders only, and
// only as deep as there is room.
func (e *Edit) Fits(ctx context.Context, entry Entry, path Path) error {
	room := names.MaxDepth - len(path.Names()) - depth(e)
	var beyond int64
	row := e.Tx.QueryRowContext(ctx, `WITH RECURSIVE down (id, level) AS (SELECT e.id, 0 FROM entries e WHERE e.id = ?
		UNION ALL SELECT c.id, d.level + 1 FROM down d JOIN entries c ON c.parent_id = d.id WHERE c.kind = 0 AND d.level < ?)
		SELECT COUNT(*) FROM down d JOIN entries c ON c.parent_id = d.id WHERE d.level = ?`, entry.ID, room, room)
	if err := row.Scan(&beyond); err != nil {
		return fmt.Errorf("catalog: measure %s: %w", entry.Path, err)
	}
	if beyond > 0 {
		return fmt.Errorf("%w: below %s there would be more than %d names", ErrPath, names.Clip(path.String()), names.MaxDepth)
	}
	return nil
}
