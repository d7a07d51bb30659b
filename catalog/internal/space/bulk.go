package space

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/internal/database"
)

// Numbers are those of the entries that carry these identities in their rows.
func Numbers(ctx context.Context, s *Space, idb bun.IDB, uids []UID) (map[UID]int64, error) {
	stored := make([][]byte, len(uids))
	for i := range uids {
		stored[i] = uids[i][:]
	}
	rows, err := idb.QueryContext(ctx, "SELECT id, uid FROM entries WHERE space_id = ? AND uid IN (?)", s.ID, bun.List(stored))
	if err != nil {
		return nil, fmt.Errorf("catalog: find entries: %w", err)
	}
	type row struct {
		id  int64
		uid []byte
	}
	found, err := Collect(rows, func(r *row) error { return rows.Scan(&r.id, &r.uid) })
	numbers := make(map[UID]int64, len(found))
	for _, r := range found {
		numbers[s.tables.uid(r.id, r.uid)] = r.id
	}
	return numbers, err
}

// SetUID gives an entry another identity.
func SetUID(ctx context.Context, e *Edit, entry int64, u UID) error {
	_, err := e.Tx.ExecContext(ctx, "UPDATE entries SET uid = ?, changed = ? WHERE id = ?", u[:], database.At(e.Now), entry)
	if err != nil {
		return fmt.Errorf("catalog: identify entry: %w", err)
	}
	return nil
}

// PlaceAt puts an entry into the folder and under the name that it says.
func PlaceAt(ctx context.Context, e *Edit, entry Entry) error {
	return e.Place(ctx, entry.ID, &Entry{ID: entry.Parent}, names.Of(entry.Name))
}

// StepAside gives a mount another name, where one is needed that other hives choose.
func StepAside(ctx context.Context, e *Edit, mount Entry) error {
	folder, err := e.Paths(ctx, e.Tx, []int64{mount.Parent})
	if err != nil {
		return err
	}
	above, err := names.Parse(folder[mount.Parent])
	if err != nil {
		return err
	}
	to, err := FreeName(ctx, e, Entry{ID: mount.Parent}, above, mount, "")
	if err != nil {
		return err
	}
	from := mount
	from.Path = above.Child(mount.Name).String()
	mount.Name, mount.Path = to.Name(), to.String()
	e.Record(ChangeMove, mount, from)
	return PlaceAt(ctx, e, mount)
}

// Stirs is Stir for many folders.
func Stirs(ctx context.Context, e *Edit, folders map[int64]bool) error {
	ids := slices.Sorted(maps.Keys(folders))
	if len(ids) == 1 {
		return e.Stir(ctx, ids[0])
	}
	for step := range slices.Chunk(ids, StepRows) {
		_, err := e.Tx.ExecContext(ctx, "UPDATE entries SET mtime = ?, changed = ? WHERE id IN (?)",
			database.At(e.Now), database.At(e.Now), bun.List(step))
		if err != nil {
			return fmt.Errorf("catalog: touch folders: %w", err)
		}
	}
	return nil
}
