package space

import (
	"context"
	"fmt"
	"strings"

	"github.com/melissiproject/hive/internal/database"
)

// statements are those that every write of a file runs.
type statements struct {
	lookup      [lookupLevels + 1]*database.Query // by the number of names
	home        *database.Query
	lockSpace   *database.Query
	lockMount   *database.Query
	updateSpace *database.Query
	insertEntry *database.Query
	stir        *database.Query
	updateEntry *database.Query
	addRevision *database.Query
	logChange   *database.Query
}

const logChanges = `INSERT INTO changes (space_id, seq, kind, entry_id, entry_kind, path, from_path, root, size, revision,
	user_id, device_id, created, parent_id, from_parent_id) VALUES `

// logValues are the values of one change.
const logValues = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

const addRevisions = `INSERT INTO revisions (entry_id, number, root, size, mtime, exec, author_id, device_id, created, label)
	VALUES `

// revisionValues are the values of one revision.
const revisionValues = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

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
		&s.updateSpace: "UPDATE spaces SET seq = ?, used_bytes = ?, files = ?, folders = ? WHERE id = ?",
		&s.insertEntry: `INSERT INTO entries (space_id, parent_id, kind, name, name_fold, root, size, mtime, exec, revision,
			created, changed, author_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)` + returning,
		&s.stir: "UPDATE entries SET mtime = ?, changed = ? WHERE id = ?",
		&s.updateEntry: `UPDATE entries SET root = ?, size = ?, mtime = ?, exec = ?, revision = ?, changed = ?, author_id = ?
			WHERE id = ?`,
		&s.addRevision: addRevisions + revisionValues,
		&s.logChange:   logChanges + logValues,
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
