package space

import (
	"context"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// ChangeKind says what happened to an entry.
type ChangeKind string

// Kinds of changes. Those of a folder go for all it holds: a folder that was moved took its content along, one that was
// copied or restored brings what can be listed in it, one that was deleted took it into the trash.
const (
	ChangeCreate  ChangeKind = "create"  // a new folder or file
	ChangeUpdate  ChangeKind = "update"  // a new revision of a file
	ChangeMeta    ChangeKind = "meta"    // other times or another executable bit
	ChangeMove    ChangeKind = "move"    // from Change.From to Change.Path
	ChangeCopy    ChangeKind = "copy"    // of Change.From, as a new entry; of what does not show, where that is empty
	ChangeDelete  ChangeKind = "delete"  // into the trash
	ChangeRestore ChangeKind = "restore" // out of the trash
	ChangePurge   ChangeKind = "purge"   // out of the trash for good
	ChangeMount   ChangeKind = "mount"   // a mount came, or what it shows is another: list it anew
	ChangeUnmount ChangeKind = "unmount" // a mount went
)

// Change is one numbered record of what happened in a space.
type Change struct {
	Seq       int64 // rises by one
	Kind      ChangeKind
	Entry     int64
	EntryKind Kind
	Path      string // of the entry after the change; before it for delete and purge
	From      string // the other path of a move or copy
	Root      cid.Cid
	Size      int64
	Revision  int64
	User      int64
	Device    int64
	Time      time.Time

	parent, fromParent int64 // folders, for Touched
}

// Foreign tells whether a change is not of an entry in a folder of this space: relayed from a mount, or out of the trash
// for good.
func (c Change) Foreign() bool {
	return c.parent == 0 && c.fromParent == 0 || c.Kind == ChangeMount || c.Kind == ChangeUnmount
}

// Relayed is the change as it goes into the log of another space.
func (c Change) Relayed() Change {
	c.parent, c.fromParent = 0, 0
	return c
}

// Changes returns up to limit changes after the number after, oldest first.
func (s *Space) Changes(ctx context.Context, after int64, limit int) ([]Change, error) {
	return s.ChangesIn(ctx, s.Read(), after, limit)
}

// ChangesIn is Changes as idb sees them.
func (s *Space) ChangesIn(ctx context.Context, idb bun.IDB, after int64, limit int) ([]Change, error) {
	rows, err := idb.QueryContext(ctx, `SELECT seq, kind, entry_id, entry_kind, path, COALESCE(from_path, ''), root, size, revision,
		user_id, device_id, created, parent_id, from_parent_id FROM changes WHERE space_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
		s.ID, after, limit)
	if err != nil {
		return nil, fmt.Errorf("catalog: changes: %w", err)
	}
	return Collect(rows, func(c *Change) error {
		var kind int
		var root []byte
		var at database.Time
		err := rows.Scan(&c.Seq, &c.Kind, &c.Entry, &kind, &c.Path, &c.From, &root, &c.Size, &c.Revision, &c.User, &c.Device, &at,
			&c.parent, &c.fromParent)
		if err != nil {
			return err
		}
		c.EntryKind, c.Time = KindOf(kind), at.Time
		c.Root, err = CastRoot(root)
		return err
	})
}

// Newest gives the number of the newest change.
func (s *Space) Newest(ctx context.Context) (seq int64, err error) {
	row := s.Read().QueryRowContext(ctx, "SELECT seq FROM spaces WHERE id = ? AND kind <> ?", s.ID, KindGone)
	if err := row.Scan(&seq); err != nil {
		return 0, fmt.Errorf("catalog: newest change: %w", goneIfNoRows(err))
	}
	return seq, nil
}

// Wait returns when a change after the number after is there, at once if it is already.
func (s *Space) Wait(ctx context.Context, after int64) error {
	for {
		news := s.tables.feed.Watch(s.ID)
		seq, err := s.Newest(ctx)
		if err != nil {
			return err
		}
		if seq > after {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
