package space

import (
	"context"
	"fmt"
	"strings"

	"github.com/melissiproject/hive/internal/database"
)

// statements are those that run often: for every write of a file, or for many files at once.
type statements struct {
	lookup      [lookupLevels + 1]*database.Query // by the number of names
	home        *database.Query
	lockSpace   *database.Query
	lockMount   *database.Query
	updateSpace *database.Query
	insertEntry *database.Query
	stir        *database.Query
	updateEntry *database.Query
	addRevision *database.Insert
	logChange   *database.Insert
	identified  *database.Query
	bulk        Bulk
}

// Bulk are rows that come many at once.
type Bulk struct {
	Entries  *database.Insert // with UIDs, whose numbers Numbers finds
	Contents *database.Insert // of replicas
}

// BulkOf adds many rows.
func BulkOf(e *Edit) Bulk { return e.tables.sql.bulk }

// prepare prepares all statements for db.
func (s *statements) prepare(ctx context.Context, db *database.DB) error {
	lock, returning := "", " RETURNING id"
	switch db.Dialect() {
	case database.Postgres:
		lock = " FOR UPDATE"
	case database.MySQL:
		lock, returning = " FOR UPDATE", ""
	}
	texts := map[**database.Query]string{
		&s.home:        "SELECT id, root_id FROM spaces WHERE home_of = ?",
		&s.lockSpace:   "SELECT seq, used_bytes, files, folders FROM spaces WHERE id = ? AND kind <> 'gone'" + lock,
		&s.lockMount:   "SELECT role FROM mounts WHERE entry_id = ? AND target_id = ?" + lock,
		&s.identified:  "SELECT " + uidColumns + " FROM entries e WHERE e.parent_id = ? AND e.name > ?" + NoMounts + " ORDER BY e.name LIMIT ?",
		&s.updateSpace: "UPDATE spaces SET seq = ?, used_bytes = ?, files = ?, folders = ? WHERE id = ?",
		&s.insertEntry: `INSERT INTO entries (space_id, parent_id, kind, name, name_fold, root, size, mtime, exec, revision,
			created, changed, author_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)` + returning,
		&s.stir: "UPDATE entries SET mtime = ?, changed = ? WHERE id = ?",
		&s.updateEntry: `UPDATE entries SET root = ?, size = ?, mtime = ?, exec = ?, revision = ?, changed = ?, author_id = ?
			WHERE id = ?`,
	}
	for n := 1; n <= lookupLevels; n++ {
		texts[&s.lookup[n]] = lookupQuery(n)
	}
	for query, text := range texts {
		var err error
		if *query, err = db.Prepare(ctx, text); err != nil {
			return err
		}
	}
	var err error
	for _, i := range []struct {
		insert         **database.Insert
		table, columns string
	}{
		{&s.addRevision, "revisions", "entry_id, number, root, size, mtime, exec, author_id, device_id, created, label"},
		{&s.logChange, "changes", `space_id, seq, kind, entry_id, entry_kind, path, from_path, root, size, revision, user_id, device_id,
			created, parent_id, from_parent_id`},
		{&s.bulk.Entries, "entries", `space_id, parent_id, kind, name, name_fold, root, size, mtime, exec, revision, created, changed,
			author_id, uid`},
		{&s.bulk.Contents, "contents", "space_id, entry_id, number, root, size, held, used"},
	} {
		if *i.insert, err = database.PrepareInsert(ctx, db, i.table, i.columns); err != nil {
			return err
		}
	}
	return nil
}

// lookupQuery follows n names down from a folder. Its arguments are the names from the second on, the folder, the first
// name; its one row is how many names lead somewhere, and the entry the last of them leads to. For two names:
//
//	SELECT CASE … END + CASE … END, … FROM entries e0 LEFT JOIN entries e1 ON e1.parent_id = e0.id AND e1.name = ?
//	JOIN entries e ON e.id = COALESCE(e1.id, e0.id) WHERE e0.parent_id = ? AND e0.name = ?
func lookupQuery(n int) string {
	joins, deepest := "", ""
	depth := make([]string, n)
	for i := range n {
		if i > 0 {
			joins += fmt.Sprintf(" LEFT JOIN entries e%d ON e%d.parent_id = e%d.id AND e%d.name = ?", i, i, i-1, i)
		}
		deepest = fmt.Sprintf("e%d.id, ", i) + deepest
		depth[i] = fmt.Sprintf("CASE WHEN e%d.id IS NULL THEN 0 ELSE 1 END", i)
	}
	return "SELECT " + strings.Join(depth, " + ") + ", " + EntryColumns + " FROM entries e0" + joins +
		" JOIN entries e ON e.id = COALESCE(" + deepest + "NULL) WHERE e0.parent_id = ? AND e0.name = ?"
}

// Force makes a query use an index where it would not by itself: MariaDB takes the columns that must be equal for all the
// index can do, and reads a folder from its start.
func (s *Space) Force(index string) string {
	if s.tables.DB.Dialect() != database.MySQL {
		return ""
	}
	return " FORCE INDEX (" + index + ")"
}
