package space

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/names"
	"github.com/melissiproject/hive/internal/database"
)

// Kind is what an entry is.
type Kind string

// Kinds of entries.
const (
	KindFolder Kind = "folder"
	KindFile   Kind = "file"
)

// Number is the kind in the database, where folders sort before files.
func (k Kind) Number() int {
	if k == KindFolder {
		return 0
	}
	return 1
}

// KindOf is the Kind of a Number.
func KindOf(number int) Kind {
	if number == 0 {
		return KindFolder
	}
	return KindFile
}

// Entry is a folder or a file.
type Entry struct {
	ID       int64 // never used again
	Space    int64
	Parent   int64 // id of the folder it is in, 0 for a root
	Path     string
	Name     string
	Kind     Kind
	Root     cid.Cid   // of the content; undefined for a folder
	Size     int64     // bytes of the content; 0 for a folder
	MTime    time.Time // as the client gave it; of a folder, when an entry came or went
	Exec     bool
	Revision int64     // number of the newest revision; 0 for a folder
	Created  time.Time // when the entry was made
	Changed  time.Time // when anything of it last changed
	Author   int64     // user who wrote the newest revision

	UID      UID    // in a Snapshot only
	Target   int64  // of a mount: the folder of another space that it shows
	Mount    string // of a mount: the share
	Role     Role   // of a mount
	ReadOnly bool   // it is, or is in, a mount of a reader
	Absent   bool   // content not held here
}

// ETag is a strong entity tag, quoted as in HTTP: of a file it changes with every revision, of a folder with every entry
// that comes or goes.
func (e Entry) ETag() string {
	if e.Kind == KindFolder {
		return fmt.Sprintf(`"%d-%d"`, e.ID, e.Changed.UnixNano())
	}
	return fmt.Sprintf(`"%d-%s"`, e.Revision, e.Root)
}

// EntryColumns are what Entry.Scan reads, of a table called e.
const EntryColumns = `e.id, e.space_id, COALESCE(e.parent_id, 0), e.kind, e.name, e.root, e.size, e.mtime, e.exec, e.revision,
	e.created, e.changed, e.author_id, COALESCE(e.target_id, 0)`

// Scanner is a row.
type Scanner interface{ Scan(dest ...any) error }

// Scan reads EntryColumns, after the values that go elsewhere.
func (e *Entry) Scan(row Scanner, first ...any) error {
	var kind int
	var root []byte
	var mtime, created, changed database.Time
	err := row.Scan(append(first, &e.ID, &e.Space, &e.Parent, &kind, &e.Name, &root, &e.Size, &mtime, &e.Exec, &e.Revision,
		&created, &changed, &e.Author, &e.Target)...)
	if err != nil {
		return err
	}
	e.Kind, e.MTime, e.Created, e.Changed = KindOf(kind), mtime.Time, created.Time, changed.Time
	e.Root, err = CastRoot(root)
	return err
}

// CastRoot reads a CID out of the database.
func CastRoot(root []byte) (cid.Cid, error) {
	if len(root) == 0 {
		return cid.Undef, nil
	}
	return cid.Cast(root)
}

// RootBytes is the CID for the database: nil, which is NULL, for a folder.
func RootBytes(c cid.Cid) []byte {
	if !c.Defined() {
		return nil
	}
	return c.Bytes()
}

// insertEntry adds the row of e and returns its number.
func (t *Tables) insertEntry(ctx context.Context, tx bun.Tx, e Entry) (int64, error) {
	var parent any
	if e.Parent != 0 {
		parent = e.Parent
	}
	args := []any{
		e.Space, parent, e.Kind.Number(), e.Name, names.Fold(e.Name), RootBytes(e.Root), e.Size, database.At(e.MTime),
		e.Exec, e.Revision, database.At(e.Created), database.At(e.Changed), e.Author,
	}
	if t.DB.Dialect() == database.MySQL {
		return lastInsert(t.sql.insertEntry.Exec(ctx, tx, args...))
	}
	var id int64
	err := t.sql.insertEntry.Row(ctx, tx, args...).Scan(&id)
	return id, err
}

// Sane moves a time into the years that the database holds, 1678 to 2262.
func Sane(t time.Time) time.Time {
	if first := time.Unix(0, math.MinInt64); t.Before(first) {
		return first.UTC()
	}
	if last := time.Unix(0, math.MaxInt64); t.After(last) {
		return last.UTC()
	}
	return t.UTC()
}
