package replica

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// joined repeats an expression with something between.
func joined(one, between string, n int) string {
	return strings.TrimSuffix(strings.Repeat(one+between, n), between)
}

// added is an entry that add makes.
type added struct {
	op     *Op
	entry  space.Entry
	stored space.UID
}

// add makes folders or files, none in another of them, and tells how many it could.
func (a *applier) add(ctx context.Context, ops []*Op) (int, error) {
	uids := make(map[space.UID]bool, 2*len(ops))
	for _, op := range ops {
		uids[op.UID], uids[op.Parent] = true, true
	}
	if err := a.look(ctx, uids); err != nil {
		return 0, err
	}
	list, err := a.vacant(ctx, ops)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	if err := a.freeUIDs(ctx, list); err != nil {
		return 0, err
	}
	if err := a.insert(ctx, list); err != nil {
		return 0, err
	}
	return len(list), a.book(ctx, list)
}

// vacant picks the steps whose place is there and free.
func (a *applier) vacant(ctx context.Context, ops []*Op) ([]*added, error) {
	var list []*added
	var places []place
	for _, op := range ops {
		parent, chain, ok := a.folder(op.Parent)
		if _, exists := a.entry(op.UID); !ok || exists {
			continue
		}
		e := space.Entry{Space: a.ID, Parent: parent, Name: op.Name, Path: strings.TrimSuffix(chain.Path, "/") + "/" + op.Name}
		if e.Kind = space.KindFolder; op.Kind == OpCreate {
			e.Kind, e.Root, e.Size, e.Exec, e.Revision = space.KindFile, op.Root, op.Size, op.Exec, 1
		}
		if e.MTime = a.Now; op.Kind == OpCreate {
			e.MTime = space.Sane(op.MTime)
		}
		list = append(list, &added{op: op, entry: e, stored: op.UID})
		places = append(places, place{parent, op.Name})
	}
	taken, err := a.taken(ctx, places)
	if err != nil {
		return nil, err
	}
	given := make(map[space.UID]bool)
	return slices.DeleteFunc(list, func(n *added) bool {
		at := place{n.entry.Parent, n.entry.Name}
		gone := taken[at] || given[n.op.UID]
		taken[at], given[n.op.UID] = true, true
		return gone
	}), nil
}

// freeUIDs sees to it that no two entries of the space have one UID: what lies in the trash gives its own up for the entry
// that is back; where the other lives outside of the folder, the new entry gets another.
func (a *applier) freeUIDs(ctx context.Context, list []*added) error {
	var elsewhere []int64
	for _, n := range list {
		if e, ok := a.known[n.op.UID]; ok {
			elsewhere = append(elsewhere, e.ID)
		}
	}
	if len(elsewhere) == 0 {
		return nil
	}
	living, err := a.Climb(ctx, a.Tx, elsewhere)
	if err != nil {
		return err
	}
	for _, n := range list {
		e, ok := a.known[n.op.UID]
		if !ok {
			continue
		}
		if _, lives := living[e.ID]; lives {
			n.stored = space.FreshUID()
		} else if err := space.SetUID(ctx, a.Edit, e.ID, space.FreshUID()); err != nil {
			return err
		}
	}
	return nil
}

// insert writes the rows of new entries, and gets their numbers.
func (a *applier) insert(ctx context.Context, list []*added) error {
	now := database.At(a.Now)
	var args []any
	uids := make([]space.UID, len(list))
	for i, n := range list {
		e := &n.entry
		e.Created, e.Changed, e.Author = a.Now, a.Now, a.Actor.User
		uids[i] = n.stored
		args = append(args, a.ID, e.Parent, e.Kind.Number(), e.Name, names.Fold(e.Name), space.RootBytes(e.Root), e.Size,
			database.At(e.MTime), e.Exec, e.Revision, now, now, e.Author, n.stored[:])
	}
	if err := space.BulkOf(a.Edit).Entries.Exec(ctx, a.Tx, args); err != nil {
		return fmt.Errorf("catalog: apply: add entries: %w", err)
	}
	ids, err := space.Numbers(ctx, a.Space, a.Tx, uids)
	if err != nil {
		return err
	}
	for _, n := range list {
		n.entry.ID = ids[n.stored]
		if a.tables.Promised(n.stored, n.entry.ID) {
			return fmt.Errorf("%w: UID %x was never given", space.ErrOp, n.stored)
		}
	}
	return nil
}

// book writes what belongs to new entries: revisions, contents, counts, changes.
func (a *applier) book(ctx context.Context, list []*added) error {
	var files []space.Entry
	var ops []*Op
	folders := make(map[int64]bool)
	for _, n := range list {
		a.Count(n.entry.Kind, 1)
		a.Record(space.ChangeCreate, n.entry, space.Entry{})
		folders[n.entry.Parent] = true
		if n.entry.Kind == space.KindFile {
			files, ops = append(files, n.entry), append(ops, n.op)
		}
	}
	if err := space.Stirs(ctx, a.Edit, folders); err != nil {
		return err
	}
	return a.revise(ctx, files, ops)
}

// revise writes the newest revisions of files, and the books of their contents.
func (a *applier) revise(ctx context.Context, files []space.Entry, ops []*Op) error {
	if len(files) == 0 {
		return nil
	}
	var bytes int64
	contents := map[bool][]Content{}
	found, err := a.held(ctx, ops)
	if err != nil {
		return err
	}
	for i, f := range files {
		given, held := found[f.Root]
		if ops[i].Held || !a.Replica {
			given, held = true, true
		}
		if held {
			bytes += f.Size
		}
		if a.Replica && (given || !held) { // else nobody may have it but this hive: no row, so that it is never evicted
			contents[held] = append(contents[held], Content{Entry: f.ID, Number: f.Revision, Root: f.Root, Size: f.Size})
		}
	}
	if err := a.AddRevision(ctx, files...); err != nil {
		return err
	}
	a.Hold(bytes)
	for _, held := range []bool{false, true} {
		if err := enter(ctx, a.Edit, contents[held], held); err != nil {
			return err
		}
	}
	return nil
}

// change gives files new revisions or metadata, and tells how many it could.
func (a *applier) change(ctx context.Context, ops []*Op) (int, error) {
	uids := make(map[space.UID]bool, 2*len(ops))
	for _, op := range ops {
		uids[op.UID], uids[op.Was.Parent] = true, true
	}
	if err := a.look(ctx, uids); err != nil {
		return 0, err
	}
	var files []space.Entry
	var updates []*Op
	var replaced []int64
	done := 0
	for _, op := range ops {
		e, ok := a.expected(op)
		if !ok {
			continue
		}
		delete(a.known, op.UID) // once
		done++
		kind := space.ChangeMeta
		e.MTime, e.Exec, e.Changed = space.Sane(op.MTime), op.Exec, a.Now
		if op.Kind == OpUpdate && op.Root != e.Root {
			kind = space.ChangeUpdate
			e.Root, e.Size, e.Revision, e.Author = op.Root, op.Size, e.Revision+1, a.Actor.User
			files, updates, replaced = append(files, e), append(updates, op), append(replaced, e.ID)
		}
		if err := a.Update(ctx, e); err != nil {
			return 0, err
		}
		a.Record(kind, e, space.Entry{})
	}
	if err := space.Supersede(ctx, a.Edit, replaced); err != nil {
		return 0, err
	}
	return done, a.revise(ctx, files, updates)
}

// discard moves entries into the trash.
func (a *applier) discard(ctx context.Context, entries []space.Entry) error {
	folders := make(map[int64]bool)
	for step := range slices.Chunk(entries, space.StepRows) {
		ids := make([]int64, len(step))
		var args []any
		for i, e := range step {
			ids[i] = e.ID
			folders[e.Parent] = true
			args = append(args, a.ID, e.ID, e.Parent, e.Path, database.At(a.Now), a.Actor.User, false)
			a.Record(space.ChangeDelete, e, space.Entry{})
		}
		_, err := a.Tx.ExecContext(ctx, "UPDATE entries SET parent_id = NULL, changed = ? WHERE id IN (?)", database.At(a.Now), bun.List(ids))
		if err != nil {
			return fmt.Errorf("catalog: apply: delete: %w", err)
		}
		_, err = a.Tx.ExecContext(ctx, "INSERT INTO trash (space_id, entry_id, parent_id, path, deleted, deleted_by, purging) VALUES "+
			joined("(?, ?, ?, ?, ?, ?, ?)", ", ", len(step)), args...)
		if err != nil {
			return fmt.Errorf("catalog: apply: delete: %w", err)
		}
	}
	return space.Stirs(ctx, a.Edit, folders)
}
