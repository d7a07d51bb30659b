package replica

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
	"github.com/melissiproject/hive/internal/database"
)

// Content is that of a revision in a replica.
type Content struct {
	Entry  int64
	Number int64 // of the revision
	Root   cid.Cid
	Size   int64
	Path   string // in the space
}

const contentColumns = "c.entry_id, c.number, c.root, c.size"

func (c *Content) scan(row space.Scanner, more ...any) error {
	var root []byte
	err := row.Scan(append([]any{&c.Entry, &c.Number, &root, &c.Size}, more...)...)
	if err != nil {
		return err
	}
	c.Root, err = space.CastRoot(root)
	return err
}

// maxPage is the most contents of one list.
const maxPage = 1000

// Absent lists files whose newest content is not held, by the number of the entry. Those in the trash are left out.
func Absent(ctx context.Context, t *space.Tables, id, after int64, limit int) ([]Content, error) {
	s, err := load(ctx, t, t.DB.Read(), id)
	if err != nil {
		return nil, err
	}
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	for {
		rows, err := s.Read().QueryContext(ctx, "SELECT "+contentColumns+`, COALESCE(e.parent_id, 0), e.name FROM contents c
			JOIN entries e ON e.id = c.entry_id WHERE c.space_id = ? AND c.held = ? AND c.entry_id > ? ORDER BY c.entry_id LIMIT ?`,
			id, false, after, limit)
		if err != nil {
			return nil, fmt.Errorf("catalog: list absent contents: %w", err)
		}
		found, err := space.Collect(rows, func(l *located) error { return l.scan(rows, &l.folder, &l.name) })
		if err != nil || len(found) == 0 {
			return nil, err
		}
		after = found[len(found)-1].Entry
		if page, err := alive(ctx, s, s.Read(), found); err != nil || len(page) > 0 {
			return page, err
		}
	}
}

// located is a content with the place of its file.
type located struct {
	Content
	folder int64 // 0 for what lies in the trash by itself
	name   string
}

// CountAbsent counts what Absent lists, and the bytes of it.
func CountAbsent(ctx context.Context, t *space.Tables, id int64) (files, bytes int64, err error) {
	s, err := load(ctx, t, t.DB.Read(), id)
	if err != nil {
		return 0, 0, err
	}
	row := s.Read().QueryRowContext(ctx, `WITH RECURSIVE down (id) AS (SELECT t.entry_id FROM trash t WHERE t.space_id = ?
		UNION ALL SELECT e.id FROM down JOIN entries e ON e.parent_id = down.id)
		SELECT COUNT(*), COALESCE(SUM(c.size), 0) FROM contents c LEFT JOIN down ON down.id = c.entry_id
		WHERE c.space_id = ? AND c.held = ? AND down.id IS NULL`, id, id, false)
	if err := row.Scan(&files, &bytes); err != nil {
		return 0, 0, fmt.Errorf("catalog: count absent contents: %w", err)
	}
	return files, bytes, nil
}

// alive leaves out the contents of files in the trash, and gives the others their paths.
func alive(ctx context.Context, s *space.Space, idb bun.IDB, found []located) ([]Content, error) {
	folders := make([]int64, len(found))
	for i, l := range found {
		folders[i] = l.folder
	}
	paths, err := s.Paths(ctx, idb, folders) // fewer than files
	if err != nil {
		return nil, err
	}
	var lost []int64 // in the trash, or moved since they were found
	for _, l := range found {
		if _, ok := paths[l.folder]; !ok {
			lost = append(lost, l.Entry)
		}
	}
	moved, err := s.Paths(ctx, idb, lost)
	if err != nil {
		return nil, err
	}
	page := make([]Content, 0, len(found))
	for _, l := range found {
		if folder, ok := paths[l.folder]; ok {
			l.Path = strings.TrimSuffix(folder, "/") + "/" + l.name
		} else if l.Path, ok = moved[l.Entry]; !ok {
			continue
		}
		page = append(page, l.Content)
	}
	return page, nil
}

// HeldBefore tells of which entries, by their identities, a content is held.
func HeldBefore(ctx context.Context, t *space.Tables, id int64, roots map[space.UID]cid.Cid) (map[space.UID]bool, error) {
	s, err := t.Load(ctx, t.DB.Read(), id)
	if err != nil {
		return nil, err
	}
	found, err := s.Resolve(ctx, s.Read(), slices.Collect(maps.Keys(roots)))
	if err != nil {
		return nil, err
	}
	uids, wanted := make(map[int64]space.UID, len(found)), make(map[int64]cid.Cid, len(found))
	for uid, e := range found {
		uids[e.ID], wanted[e.ID] = uid, roots[uid]
	}
	given, err := heldOf(ctx, s.Read(), wanted)
	held := make(map[space.UID]bool, len(given))
	for id := range given {
		held[uids[id]] = true
	}
	return held, err
}

// heldOf tells of which entries a content is held, the newest or an older one, and of these whether another hive can give it again.
func heldOf(ctx context.Context, idb bun.IDB, roots map[int64]cid.Cid) (given map[int64]bool, err error) {
	given = make(map[int64]bool)
	for step := range slices.Chunk(slices.Collect(maps.Keys(roots)), space.StepRows) {
		rows, err := idb.QueryContext(ctx, `SELECT r.entry_id, r.number, r.root, r.size, c.held FROM revisions r
			LEFT JOIN contents c ON c.entry_id = r.entry_id AND c.number = r.number
			WHERE r.entry_id IN (?) AND (c.held IS NULL OR c.held = ?)`, bun.List(step), true)
		if err != nil {
			return nil, fmt.Errorf("catalog: held contents: %w", err)
		}
		states, err := space.Collect(rows, func(s *state) error { return s.scan(rows, &s.held) })
		if err != nil {
			return nil, err
		}
		for _, s := range states {
			if s.Root == roots[s.Entry] {
				other, twice := given[s.Entry]
				given[s.Entry] = s.held != nil && (other || !twice)
			}
		}
	}
	return given, nil
}

// LeastFound is how many bytes a content has at least that Holds finds: so the index has few of them.
const LeastFound = 64 << 10

// Holds tells which contents a replica holds, the newest or an older one of any file. Small ones, below LeastFound, are left out.
func Holds(ctx context.Context, t *space.Tables, id int64, roots []cid.Cid) (map[cid.Cid]bool, error) {
	s, err := load(ctx, t, t.DB.Read(), id)
	if err != nil {
		return nil, err
	}
	held := make(map[cid.Cid]bool)
	for step := range slices.Chunk(roots, space.StepRows) {
		keys := make([][]byte, len(step))
		for i, root := range step {
			keys[i] = root.Bytes()
		}
		// The size is LeastFound, as a number: so the index of those is taken.
		rows, err := s.Read().QueryContext(ctx, "SELECT c.root FROM contents c WHERE c.space_id = ? AND c.root IN (?) AND c.size >= 65536 AND c.held = ?",
			id, bun.List(keys), true)
		if err != nil {
			return nil, fmt.Errorf("catalog: contents that are held: %w", err)
		}
		_, err = space.Collect(rows, func(*struct{}) error {
			var key []byte
			if err := rows.Scan(&key); err != nil {
				return err
			}
			root, err := space.CastRoot(key)
			held[root] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return held, nil
}

// SetHeld notes that contents are held.
func SetHeld(ctx context.Context, t *space.Tables, id int64, contents []Content) error {
	s, err := load(ctx, t, t.DB.Read(), id)
	if err != nil {
		return err
	}
	for step := range slices.Chunk(contents, space.StepRows) {
		err := s.Edit(ctx, space.Actor{}, func(ctx context.Context, e *space.Edit) error { return setHeld(ctx, e, step) })
		if err != nil {
			return err
		}
	}
	return nil
}

// revision is the key of a content.
type revision struct{ entry, number int64 }

// state is a content with its row: nil for that of this hive, which no other may have.
type state struct {
	Content
	held *bool
}

func setHeld(ctx context.Context, e *space.Edit, contents []Content) error {
	wanted := make(map[revision]cid.Cid, len(contents))
	ids := make([]int64, 0, len(contents))
	for _, c := range contents {
		wanted[revision{c.Entry, c.Number}] = c.Root
		ids = append(ids, c.Entry)
	}
	// The books of the revision: those that have none are of this hive, and counted already.
	rows, err := e.Tx.QueryContext(ctx, `SELECT r.entry_id, r.number, r.root, r.size, c.held FROM entries e
		JOIN revisions r ON r.entry_id = e.id LEFT JOIN contents c ON c.entry_id = r.entry_id AND c.number = r.number
		WHERE e.space_id = ? AND e.id IN (?)`, e.ID, bun.List(ids))
	if err != nil {
		return fmt.Errorf("catalog: contents: %w", err)
	}
	states, err := space.Collect(rows, func(s *state) error { return s.scan(rows, &s.held) })
	if err != nil {
		return err
	}
	var arrived []int64
	var fresh []Content
	for _, s := range states {
		root, ok := wanted[revision{s.Entry, s.Number}]
		switch {
		case !ok || root != s.Root:
		case s.held == nil:
			fresh = append(fresh, s.Content)
		case !*s.held:
			arrived = append(arrived, s.Entry) // of an entry only the newest can be absent
			e.Hold(s.Size)
		}
	}
	if len(arrived) > 0 {
		_, err := e.Tx.ExecContext(ctx, "UPDATE contents SET held = ?, used = ? WHERE entry_id IN (?) AND held = ?",
			true, database.At(e.Now), bun.List(arrived), false)
		if err != nil {
			return fmt.Errorf("catalog: note held contents: %w", err)
		}
	}
	return enter(ctx, e, fresh, true)
}

// enter writes the first row of contents.
func enter(ctx context.Context, e *space.Edit, contents []Content, held bool) error {
	var args []any
	for _, c := range contents {
		args = append(args, e.ID, c.Entry, c.Number, c.Root.Bytes(), c.Size, held, database.At(e.Now))
	}
	if err := space.BulkOf(e).Contents.Exec(ctx, e.Tx, args); err != nil {
		return fmt.Errorf("catalog: note contents: %w", err)
	}
	return nil
}

// Evict forgets contents that were not used for longest, until so many bytes are free, and tells how many are.
func Evict(ctx context.Context, t *space.Tables, id, bytes int64) (freed int64, err error) {
	s, err := load(ctx, t, t.DB.Read(), id)
	if err != nil {
		return 0, err
	}
	for last, more := (evictable{}), true; more && freed < bytes; {
		var step int64
		from := last
		err = s.Edit(ctx, space.Actor{}, func(ctx context.Context, e *space.Edit) error {
			page, err := oldest(ctx, e, from)
			if err != nil {
				return err
			}
			if more = len(page) > 0; more {
				last = page[len(page)-1]
			}
			step, err = evict(ctx, e, page, bytes-freed)
			return err
		})
		if err != nil {
			return freed, err
		}
		freed += step
	}
	return freed, nil
}

// evictable is a content that is held, and when it was used.
type evictable struct {
	Content
	used   database.Time
	newest int64 // number of the newest revision of the file
}

// oldest lists contents by their last use.
func oldest(ctx context.Context, e *space.Edit, last evictable) ([]evictable, error) {
	rows, err := e.Tx.QueryContext(ctx, "SELECT "+contentColumns+`, c.used, e.revision FROM contents c
		JOIN entries e ON e.id = c.entry_id WHERE c.space_id = ? AND c.held = ? AND (c.used > ? OR (c.used = ? AND c.entry_id > ?))
		ORDER BY c.used, c.entry_id LIMIT ?`, e.ID, true, nanoseconds(last.used), nanoseconds(last.used), last.Entry, space.StepRows)
	if err != nil {
		return nil, fmt.Errorf("catalog: list contents by use: %w", err)
	}
	return space.Collect(rows, func(c *evictable) error { return c.scan(rows, &c.used, &c.newest) })
}

func nanoseconds(t database.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// evict forgets contents of the page until enough is free: older revisions go, newest ones become absent. What lies in the
// trash stays, for no other hive names it any more.
func evict(ctx context.Context, e *space.Edit, page []evictable, wanted int64) (freed int64, err error) {
	ids := make([]int64, len(page))
	for i, c := range page {
		ids[i] = c.Entry
	}
	paths, err := e.Paths(ctx, e.Tx, ids)
	if err != nil {
		return 0, err
	}
	for _, c := range page {
		if freed >= wanted {
			break
		}
		if _, there := paths[c.Entry]; !there {
			continue
		}
		if c.Number != c.newest {
			err = e.DropRevision(ctx, c.Entry, space.Revision{Number: c.Number, Size: c.Size})
		} else {
			err = letGo(ctx, e, c.Content)
		}
		if err != nil {
			return 0, err
		}
		freed += c.Size
	}
	return freed, nil
}

// letGo makes the newest content of a file absent.
func letGo(ctx context.Context, e *space.Edit, c Content) error {
	_, err := e.Tx.ExecContext(ctx, "UPDATE contents SET held = ? WHERE entry_id = ? AND number = ?", false, c.Entry, c.Number)
	if err != nil {
		return fmt.Errorf("catalog: evict: %w", err)
	}
	e.Hold(-c.Size)
	return nil
}
