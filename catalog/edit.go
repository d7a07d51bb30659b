package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// edit is one transaction on a space. Its row is locked, so edits of a space come one after the other, and the numbers of
// their changes in that order.
type edit struct {
	*Tree
	tx      bun.Tx
	now     time.Time
	seq     int64
	used    int64
	changes []Change
}

// edit runs fn in a transaction on the space and announces its changes after the commit. fn can run more than once.
func (t *Tree) edit(ctx context.Context, fn func(ctx context.Context, e *edit) error) error {
	err := t.catalog.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		e := &edit{Tree: t, tx: tx, now: database.Now().Time}
		if err := e.lock(ctx); err != nil {
			return err
		}
		before := e.used
		if err := fn(ctx, e); err != nil {
			return err
		}
		return e.finish(ctx, before)
	})
	if err != nil {
		return err
	}
	t.catalog.feed.announce(t.space)
	return nil
}

// lock reads the space and keeps others from changing it.
func (e *edit) lock(ctx context.Context) error {
	err := e.catalog.sql.lockSpace.Row(ctx, e.tx, e.space).Scan(&e.seq, &e.used)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: the home is gone", ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("catalog: lock space %d: %w", e.space, err)
	}
	return nil
}

// record adds a change of an entry to the log.
func (e *edit) record(kind ChangeKind, entry Entry, from string) {
	e.seq++
	e.changes = append(e.changes, Change{
		Seq: e.seq, Kind: kind, Entry: entry.ID, EntryKind: entry.Kind, Path: entry.Path, From: from, Root: entry.Root,
		Size: entry.Size, Revision: entry.Revision, User: e.actor.User, Device: e.actor.Device, Time: e.now,
	})
}

// finish writes the changes and the space.
func (e *edit) finish(ctx context.Context, before int64) error {
	if len(e.changes) == 0 && e.used == before {
		return nil
	}
	if err := e.writeChanges(ctx); err != nil {
		return fmt.Errorf("catalog: log changes: %w", err)
	}
	_, err := e.catalog.sql.updateSpace.Exec(ctx, e.tx, e.seq, e.used, e.space)
	if err != nil {
		return fmt.Errorf("catalog: update space %d: %w", e.space, err)
	}
	return nil
}

func (e *edit) writeChanges(ctx context.Context) error {
	if len(e.changes) == 0 {
		return nil
	}
	var args []any
	for _, c := range e.changes {
		var from any
		if c.From != "" {
			from = c.From
		}
		args = append(args, e.space, c.Seq, string(c.Kind), c.Entry, c.EntryKind.number(), c.Path, from, rootBytes(c.Root),
			c.Size, c.Revision, c.User, c.Device, database.At(c.Time))
	}
	if len(e.changes) == 1 {
		_, err := e.catalog.sql.logChange.Exec(ctx, e.tx, args...)
		return err
	}
	rows := strings.Repeat("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?), ", len(e.changes))
	_, err := e.tx.ExecContext(ctx, logChanges+strings.TrimSuffix(rows, ", "), args...)
	return err
}

// charge counts bytes more, and refuses what passes the quota.
func (e *edit) charge(ctx context.Context, bytes int64) error {
	quota, err := e.catalog.cfg.Quota(ctx, e.tx, e.owner)
	if err != nil {
		return fmt.Errorf("catalog: quota of user %d: %w", e.owner, err)
	}
	if quota != Unlimited && e.used+bytes > quota {
		return fmt.Errorf("%w: %d bytes used of %d, %d more wanted", ErrQuota, e.used, quota, bytes)
	}
	e.used += bytes
	return nil
}

// vacant says whether name is free in the folder parent, for an entry that may be there under an older name.
func (e *edit) vacant(ctx context.Context, parent Entry, name string, self int64) error {
	if !e.catalog.cfg.RefuseCaseCollisions {
		return nil
	}
	var other string
	err := e.tx.QueryRowContext(ctx, "SELECT name FROM entries WHERE parent_id = ? AND name_fold = ? AND name <> ? AND id <> ?",
		parent.ID, fold(name), name, self).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("catalog: compare names: %w", err)
	}
	return fmt.Errorf("%w: %q and %q", ErrCaseCollision, name, other)
}

// add inserts an entry into the folder parent and returns it whole.
func (e *edit) add(ctx context.Context, parent, entry Entry, path Path) (Entry, error) {
	if err := e.vacant(ctx, parent, path.Name(), 0); err != nil {
		return Entry{}, err
	}
	entry.Space, entry.Parent, entry.Name, entry.Path = e.space, parent.ID, path.Name(), path.String()
	entry.Created, entry.Changed, entry.Author = e.now, e.now, e.actor.User
	var err error
	if entry.ID, err = e.catalog.insertEntry(ctx, e.tx, entry); err != nil {
		return Entry{}, fmt.Errorf("catalog: add %s: %w", path, err)
	}
	return entry, e.stir(ctx, parent.ID)
}

// stir notes that an entry of the folder came, went or got another name.
func (e *edit) stir(ctx context.Context, folder int64) error {
	_, err := e.catalog.sql.stir.Exec(ctx, e.tx, database.At(e.now), database.At(e.now), folder)
	if err != nil {
		return fmt.Errorf("catalog: touch folder: %w", err)
	}
	return nil
}

// folders returns the folder at path; with parents it makes what is missing.
func (e *edit) folders(ctx context.Context, path Path, parents bool) (Entry, error) {
	f, err := e.lookup(ctx, e.tx, path)
	if err != nil {
		return Entry{}, err
	}
	return e.foldersFrom(ctx, f, path, parents)
}

// foldersFrom is folders where it is known how far the path leads.
func (e *edit) foldersFrom(ctx context.Context, f found, path Path, parents bool) (Entry, error) {
	if f.entry.Kind != KindFolder || (!parents && f.depth < len(path.names)) {
		return Entry{}, f.missing(path)
	}
	for f.depth < len(path.names) {
		f.depth++
		folder, err := e.add(ctx, f.entry, Entry{Kind: KindFolder, MTime: e.now}, Path{path.names[:f.depth]})
		if err != nil {
			return Entry{}, err
		}
		e.record(ChangeCreate, folder, "")
		f.entry = folder
	}
	return f.entry, nil
}
