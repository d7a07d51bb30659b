package space

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Mount is an entry of a home that shows a folder of another space.
type Mount struct {
	Entry int64 // in the home; set by the catalog
	User  int64 // whose home it is; set by the catalog
	Space int64 // that is shown
	Root  int64 // the folder in it
	Role  Role
	Ref   string // the share
	Path  string // in the home, "" while it lies in the trash
	Home  int64  // space that it is in; set by the catalog
}

// MountsOf reads mounts, without paths, for which a condition on their table m holds, in the order of their homes.
func (t *Tables) MountsOf(ctx context.Context, idb bun.IDB, condition string, args ...any) ([]Mount, error) {
	rows, err := idb.QueryContext(ctx, `SELECT m.entry_id, m.user_id, m.target_space, m.target_id, m.role, m.ref, m.space_id
		FROM mounts m WHERE `+condition+" ORDER BY m.space_id, m.entry_id", args...)
	if err != nil {
		return nil, fmt.Errorf("catalog: read mounts: %w", err)
	}
	return Collect(rows, func(m *Mount) error {
		return rows.Scan(&m.Entry, &m.User, &m.Space, &m.Root, &m.Role, &m.Ref, &m.Home)
	})
}

// AddMount makes an entry that shows a folder of another space, whose log is at seen.
func AddMount(ctx context.Context, e *Edit, parent Entry, path Path, m Mount, seen int64, at string) (Entry, error) {
	entry, err := e.Add(ctx, parent, Entry{Kind: KindFolder, MTime: e.Now}, path)
	if err != nil {
		return Entry{}, err
	}
	entry.Target, entry.Mount, entry.Role, entry.ReadOnly = m.Root, m.Ref, m.Role, m.Role != RoleWriter
	if _, err := e.Tx.ExecContext(ctx, "UPDATE entries SET target_id = ? WHERE id = ?", m.Root, entry.ID); err != nil {
		return Entry{}, fmt.Errorf("catalog: mount %s: %w", path, err)
	}
	_, err = e.Tx.ExecContext(ctx, `INSERT INTO mounts (entry_id, space_id, user_id, target_space, target_id, role, ref,
		seen_seq, seen_path) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, entry.ID, e.ID, e.Owner, m.Space, m.Root, string(m.Role), m.Ref, seen, at)
	if err != nil {
		return Entry{}, fmt.Errorf("catalog: mount %s: %w", path, err)
	}
	e.Record(ChangeMount, entry, Entry{})
	return entry, nil
}

// dropMounts forgets mounts among entries that are about to be deleted, and tells whoever wants to know.
func dropMounts(ctx context.Context, e *Edit, ids []int64) error {
	if e.Replica {
		return nil
	}
	mounts, err := e.tables.MountsOf(ctx, e.Tx, "m.entry_id IN (?)", bun.List(ids))
	if err != nil || len(mounts) == 0 {
		return err
	}
	for _, m := range mounts {
		if e.tables.cfg.Unmounted != nil {
			if err := e.tables.cfg.Unmounted(ctx, e.Tx, m); err != nil {
				return err
			}
		}
	}
	return ForgetMounts(ctx, e, ids)
}

// ForgetMounts deletes the rows of mounts, after which nobody is told of them.
func ForgetMounts(ctx context.Context, e *Edit, ids []int64) error {
	if _, err := e.Tx.ExecContext(ctx, "DELETE FROM mounts WHERE entry_id IN (?)", bun.List(ids)); err != nil {
		return fmt.Errorf("catalog: delete mounts: %w", err)
	}
	return nil
}

// Unmount deletes a mount.
func Unmount(ctx context.Context, e *Edit, entry Entry) error {
	if err := e.DeleteEntries(ctx, []int64{entry.ID}); err != nil {
		return err
	}
	e.Record(ChangeUnmount, entry, Entry{})
	return e.Stir(ctx, entry.Parent)
}
