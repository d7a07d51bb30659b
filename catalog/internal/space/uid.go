package space

import (
	"encoding/binary"
)

// UID is the identity of an entry on all hives: the tag of the hive that made it, and its number there.
type UID = [16]byte

// uid is the identity of an entry: the one it came with, or the one that follows from its number.
func (t *Tables) uid(id int64, stored []byte) UID {
	var u UID
	if len(stored) == len(u) {
		copy(u[:], stored)
		return u
	}
	copy(u[:8], t.cfg.Hive[:])
	binary.BigEndian.PutUint64(u[8:], uint64(id))
	return u
}

// ownID is the number of the entry that has this identity if it was made here, 0 for one of another hive.
func (t *Tables) ownID(u UID) int64 {
	if [8]byte(u[:8]) != t.cfg.Hive || u[8]&0x80 != 0 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(u[8:])) //nolint:gosec // the sign bit is not set
}

// Role says what may be done through a mount.
type Role string

// Roles of mounts.
const (
	RoleReader Role = "reader"
	RoleWriter Role = "writer"
)
