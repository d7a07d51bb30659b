// Package replica is what sharing does with a space: it reads one as it is at one moment, applies what came from other
// hives, and keeps the books of which contents are held.
//
// It owns replica spaces, snapshots, the steps of Apply with their conditions, and the rows of contents. It does not own
// what a share is, nor trees and their merges (package sharing).
package replica

import (
	"context"
	"iter"

	"github.com/ipfs/go-cid"
	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// Content is that of a revision in a replica.
type Content struct {
	Entry  int64
	Number int64 // of the revision
	Root   cid.Cid
	Size   int64
	Path   string // in the space
}

// Touched is a name in a folder at which something changed.
type Touched struct {
	Folder int64
	Name   string
}

// Snapshot is a space as it was at one change.
type Snapshot struct {
	Seq int64 // the last change
}

func Make(ctx context.Context, t *space.Tables, chargedTo, quota int64) (id, root int64, err error) {
	panic("not yet")
}
func Set(ctx context.Context, t *space.Tables, id, chargedTo, quota int64) error { panic("not yet") }
func Room(ctx context.Context, t *space.Tables, id int64) (int64, error)         { panic("not yet") }
func Snap(ctx context.Context, t *space.Tables, id int64, fn func(ctx context.Context, s *Snapshot) error) error {
	panic("not yet")
}
func Apply(ctx context.Context, t *space.Tables, target Target, ops []Op, done func(ctx context.Context, tx bun.Tx) error) (Applied, error) {
	panic("not yet")
}
func Absent(ctx context.Context, t *space.Tables, id, after int64, limit int) ([]Content, error) {
	panic("not yet")
}
func SetHeld(ctx context.Context, t *space.Tables, id int64, contents []Content) error {
	panic("not yet")
}
func Evict(ctx context.Context, t *space.Tables, id, bytes int64) (int64, error) { panic("not yet") }

// Touched lists the names at which something changed after the number after: the ends of moves too.
func (s *Snapshot) Touched(ctx context.Context, after int64) ([]Touched, error) { panic("not yet") }

// Child is the entry of a name in a folder.
func (s *Snapshot) Child(ctx context.Context, folder int64, name string) (space.Entry, bool, error) {
	panic("not yet")
}

// Children lists a folder in the bytewise order of names, without mounts.
func (s *Snapshot) Children(ctx context.Context, folder int64) iter.Seq2[space.Entry, error] {
	panic("not yet")
}

// Entry is the entry of a number, also one in the trash.
func (s *Snapshot) Entry(ctx context.Context, id int64) (space.Entry, bool, error) {
	panic("not yet")
}

// Ancestors are the folder id and those above it up to the root of the space; none where it is not in the tree.
func (s *Snapshot) Ancestors(ctx context.Context, id int64) ([]int64, error) { panic("not yet") }
