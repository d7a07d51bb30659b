package space

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/internal/database"
)

// Edit is one transaction on a space. Its row is locked, so edits of a space come one after the other, and the numbers of
// their changes in that order.
type Edit struct {
	*Space
	Tx      bun.Tx
	Now     time.Time
	Actor   Actor
	base    Path // of the folder the space is seen from
	seq     int64
	usage   Usage
	before  Usage
	changes []Change
}

// Actor is who changes a tree: it is written into revisions and changes. Both are numbers of package account.
type Actor struct {
	User   int64
	Device int64  // 0 for none
	Label  string // who it was where no user of this hive did it
}

func (a Actor) label() any {
	if a.Label == "" {
		return nil
	}
	return a.Label
}

// Edit runs fn in a transaction on the space and announces its changes after the commit. fn can run more than once.
func (s *Space) Edit(ctx context.Context, actor Actor, fn func(ctx context.Context, e *Edit) error) error {
	err := s.tables.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error { return s.EditIn(ctx, tx, actor, fn) })
	if err != nil {
		return err
	}
	s.tables.feed.Announce(s.ID)
	return nil
}

// EditIn is Edit in a transaction of the caller, who calls Tables.Announce after its commit. Who edits several spaces does
// so in the order of their numbers.
func (s *Space) EditIn(ctx context.Context, tx bun.Tx, actor Actor, fn func(ctx context.Context, e *Edit) error) error {
	e := &Edit{Space: s, Tx: tx, Now: database.Now().Time, Actor: actor}
	if err := e.lock(ctx); err != nil {
		return err
	}
	if s.view != nil {
		if err := admit(ctx, e); err != nil {
			return err
		}
	}
	if err := fn(ctx, e); err != nil {
		return err
	}
	return e.finish(ctx)
}

// lock reads the space and keeps others from changing it.
func (e *Edit) lock(ctx context.Context) error {
	if err := e.tables.sql.lockSpace.Row(ctx, e.Tx, e.ID).Scan(&e.seq, &e.usage.Used, &e.usage.Files, &e.usage.Folders); err != nil {
		return fmt.Errorf("catalog: lock space %d: %w", e.ID, goneIfNoRows(err))
	}
	e.before = e.usage
	return nil
}

// Seq is the number of the last change.
func (e *Edit) Seq() int64 { return e.seq }

// Record adds a change of an entry to the log. from is the entry before a move, or the one that was copied.
func (e *Edit) Record(kind ChangeKind, entry, from Entry) {
	c := Change{
		Kind: kind, Entry: entry.ID, EntryKind: entry.Kind, Path: e.Whole(entry.Path), Root: entry.Root,
		Size: entry.Size, Revision: entry.Revision, parent: entry.Parent,
	}
	if from.Path != "" {
		c.From = e.Whole(from.Path)
	}
	if kind == ChangeMove {
		c.fromParent = from.Parent
	}
	e.Log(c)
}

// Log adds a change to the log, in the name of the actor unless it says who did it and when.
func (e *Edit) Log(c Change) {
	e.seq++
	c.Seq = e.seq
	if c.Time.IsZero() {
		c.User, c.Device, c.Time = e.Actor.User, e.Actor.Device, e.Now
	}
	e.changes = append(e.changes, c)
}

// Whole is the path in the space of one in the folder that it is seen from.
func (e *Edit) Whole(path string) string {
	switch {
	case e.base.IsRoot():
		return path
	case path == "/":
		return e.base.String()
	}
	return e.base.String() + path
}

// finish writes the changes and the space.
func (e *Edit) finish(ctx context.Context) error {
	if len(e.changes) == 0 && e.usage == e.before {
		return nil
	}
	if err := e.writeChanges(ctx); err != nil {
		return fmt.Errorf("catalog: log changes: %w", err)
	}
	_, err := e.tables.sql.updateSpace.Exec(ctx, e.Tx, e.seq, e.usage.Used, e.usage.Files, e.usage.Folders, e.ID)
	if err != nil {
		return fmt.Errorf("catalog: update space %d: %w", e.ID, err)
	}
	return nil
}

func (e *Edit) writeChanges(ctx context.Context) error {
	for step := range slices.Chunk(e.changes, StepRows) {
		var args []any
		for _, c := range step {
			args = append(args, e.logArgs(c)...)
		}
		if err := e.tables.sql.logChange.Exec(ctx, e.Tx, args); err != nil {
			return err
		}
	}
	return nil
}

func (e *Edit) logArgs(c Change) []any {
	var from any
	if c.From != "" {
		from = c.From
	}
	return []any{
		e.ID, c.Seq, string(c.Kind), c.Entry, c.EntryKind.Number(), c.Path, from, RootBytes(c.Root),
		c.Size, c.Revision, c.User, c.Device, database.At(c.Time), c.parent, c.fromParent,
	}
}

// StepRows is how many rows one step reads or writes: blocks of a database.Insert.
const StepRows = 15 * database.BlockRows

// Count counts entries that came, or went where n is negative.
func (e *Edit) Count(kind Kind, n int64) {
	if kind == KindFile {
		e.usage.Files += n
	} else {
		e.usage.Folders += n
	}
}

// Vacant says whether name is free in the folder parent, for an entry that may be there under an older name.
func (e *Edit) Vacant(ctx context.Context, parent Entry, name string, self int64) error {
	if !e.tables.cfg.RefuseCaseCollisions {
		return nil
	}
	var other string
	err := e.Tx.QueryRowContext(ctx, `SELECT name FROM entries WHERE parent_id = ? AND kind IN (0, 1) AND name_fold = ?
		AND name <> ? AND id <> ? LIMIT 1`, parent.ID, names.Fold(name), name, self).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("catalog: compare names: %w", err)
	}
	return fmt.Errorf("%w: %q and %q", ErrCaseCollision, name, other)
}

// Add inserts an entry into the folder parent and returns it whole.
func (e *Edit) Add(ctx context.Context, parent, entry Entry, path Path) (Entry, error) {
	if err := e.Vacant(ctx, parent, path.Name(), 0); err != nil {
		return Entry{}, err
	}
	if err := shallow(e, path); err != nil {
		return Entry{}, err
	}
	entry.Space, entry.Parent, entry.Name, entry.Path = e.ID, parent.ID, path.Name(), path.String()
	entry.Created, entry.Changed, entry.Author = e.Now, e.Now, e.Actor.User
	var err error
	if entry.ID, err = e.tables.insertEntry(ctx, e.Tx, entry); err != nil {
		return Entry{}, fmt.Errorf("catalog: add %s: %w", path, err)
	}
	e.Count(entry.Kind, 1)
	return entry, e.Stir(ctx, parent.ID)
}

// Stir notes that an entry of the folder came, went or got another name.
func (e *Edit) Stir(ctx context.Context, folder int64) error {
	_, err := e.tables.sql.stir.Exec(ctx, e.Tx, database.At(e.Now), database.At(e.Now), folder)
	if err != nil {
		return fmt.Errorf("catalog: touch folder: %w", err)
	}
	return nil
}

// Folders returns the folder at path; with parents it makes what is missing.
func (e *Edit) Folders(ctx context.Context, path Path, parents bool) (Entry, error) {
	f, err := e.Lookup(ctx, e.Tx, path)
	if err != nil {
		return Entry{}, err
	}
	return e.FoldersFrom(ctx, f, path, parents)
}

// FoldersFrom is Folders where it is known how far the path leads.
func (e *Edit) FoldersFrom(ctx context.Context, f Found, path Path, parents bool) (Entry, error) {
	if f.Entry.Target != 0 {
		return Entry{}, fmt.Errorf("%w: %s is a mount", ErrNotFolder, f.Entry.Path)
	}
	if f.Entry.Kind != KindFolder || (!parents && f.depth < len(path.Names())) {
		return Entry{}, f.Missing(path)
	}
	for f.depth < len(path.Names()) {
		f.depth++
		folder, err := e.Add(ctx, f.Entry, Entry{Kind: KindFolder, MTime: e.Now}, path.First(f.depth))
		if err != nil {
			return Entry{}, err
		}
		e.Record(ChangeCreate, folder, Entry{})
		f.Entry = folder
	}
	return f.Entry, nil
}

// Update writes what can change of an entry without moving it.
func (e *Edit) Update(ctx context.Context, entry Entry) error {
	_, err := e.tables.sql.updateEntry.Exec(ctx, e.Tx, RootBytes(entry.Root), entry.Size, database.At(entry.MTime), entry.Exec, entry.Revision,
		database.At(entry.Changed), entry.Author, entry.ID)
	if err != nil {
		return fmt.Errorf("catalog: update %s: %w", entry.Path, err)
	}
	return nil
}

// Place puts an entry into a folder under the last name of path, or nowhere, that is into the trash, without a folder.
func (e *Edit) Place(ctx context.Context, entry int64, folder *Entry, path Path) error {
	query, args := "UPDATE entries SET parent_id = NULL, changed = ? WHERE id = ?", []any{database.At(e.Now), entry}
	if folder != nil {
		query = "UPDATE entries SET parent_id = ?, name = ?, name_fold = ?, changed = ? WHERE id = ?"
		args = append([]any{folder.ID, path.Name(), names.Fold(path.Name())}, args...)
	}
	if _, err := e.Tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("catalog: place %s: %w", path, err)
	}
	return nil
}

// Insert runs an INSERT and returns the number the database gave the row.
func (e *Edit) Insert(ctx context.Context, query string, args ...any) (int64, error) {
	return e.tables.insert(ctx, e.Tx, query, args...)
}
