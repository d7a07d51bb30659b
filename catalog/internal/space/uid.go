package space

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// UID is the identity of an entry on all hives: a tag of the hive that made it, and its number there.
type UID = [16]byte

// uid is the identity of an entry: the one it came with, or the one that follows from its number.
func (t *Tables) uid(id int64, stored []byte) UID {
	var u UID
	if len(stored) == len(u) {
		copy(u[:], stored)
		return u
	}
	tag := t.tags.Of(id)
	copy(u[:8], tag[:])
	binary.BigEndian.PutUint64(u[8:], uint64(id))
	return u
}

// ownID is the number of the entry that has this identity if it was made here, 0 for one of another hive.
func (t *Tables) ownID(u UID) int64 {
	id := int64(binary.BigEndian.Uint64(u[8:])) //nolint:gosec // Has refuses what is negative
	if !t.tags.Has([8]byte(u[:8]), id) {
		return 0
	}
	return id
}

// Role says what may be done through a mount.
type Role string

// Roles of mounts.
const (
	RoleReader Role = "reader"
	RoleWriter Role = "writer"
)

// uidColumns are what scanWithUID reads, of a table called e.
const uidColumns = "e.uid, " + EntryColumns

func (t *Tables) scanWithUID(e *Entry, row Scanner) error {
	var stored []byte
	if err := e.Scan(row, &stored); err != nil {
		return err
	}
	e.UID = t.uid(e.ID, stored)
	return nil
}

// Identified reads entries of the space, with their UIDs, for which a condition holds.
func (s *Space) Identified(ctx context.Context, idb bun.IDB, condition string, args ...any) ([]Entry, error) {
	return IdentifiedIn(ctx, s, idb, "e.space_id = ? AND "+condition, append([]any{s.ID}, args...)...)
}

// IdentifiedIn is Identified for a condition that no entry of another space meets: in folders of this one. The database then
// does not get the idea to go through the whole space.
func IdentifiedIn(ctx context.Context, s *Space, idb bun.IDB, condition string, args ...any) ([]Entry, error) {
	rows, err := idb.QueryContext(ctx, "SELECT "+uidColumns+" FROM entries e WHERE "+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("catalog: read entries: %w", err)
	}
	return Collect(rows, func(e *Entry) error { return s.tables.scanWithUID(e, rows) })
}

// Identify lists folders of the space as they are in a snapshot: in the bytewise order of names, after one, a page of entries with their
// UIDs, without mounts.
func Identify(ctx context.Context, s *Space, snapshot bun.Tx) func(ctx context.Context, folder int64, last string) ([]Entry, error) {
	query := s.tables.sql.identified.Within(ctx, snapshot)
	return func(ctx context.Context, folder int64, last string) ([]Entry, error) {
		rows, err := query(ctx, folder, last, int64(PageSize))
		if err != nil {
			return nil, fmt.Errorf("catalog: list folder: %w", err)
		}
		return Collect(rows, func(e *Entry) error { return s.tables.scanWithUID(e, rows) })
	}
}

// Resolve finds the entries of the space that have these identities, in the trash too.
func (s *Space) Resolve(ctx context.Context, idb bun.IDB, uids []UID) (map[UID]Entry, error) {
	found := make(map[UID]Entry, len(uids))
	for step := range slices.Chunk(uids, StepRows) {
		var stored [][]byte
		var own []int64
		for _, u := range step {
			stored = append(stored, slices.Clone(u[:]))
			if id := s.tables.ownID(u); id != 0 {
				own = append(own, id)
			}
		}
		entries, err := s.Identified(ctx, idb, "e.uid IN (?)", bun.List(stored))
		if err != nil {
			return nil, err
		}
		if len(own) > 0 {
			made, err := s.Identified(ctx, idb, "e.id IN (?) AND e.uid IS NULL", bun.List(own))
			if err != nil {
				return nil, err
			}
			entries = append(entries, made...)
		}
		for _, e := range entries {
			found[e.UID] = e
		}
	}
	return found, nil
}

// FreshUID is an identity that nothing has.
func FreshUID() (u UID) {
	_, _ = rand.Read(u[:]) // it cannot fail
	return u
}

// Promised tells whether an identity is one that this hive will only give to an entry it makes after the number last.
func (t *Tables) Promised(u UID, last int64) bool {
	return t.ownID(u) >= last
}
