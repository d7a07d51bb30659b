package tree

import (
	"context"
	"time"

	"github.com/ipfs/go-cid"
)

// Kind is what an Op does.
type Kind string

// Kinds of operations, in the order of a plan.
const (
	Adopt  Kind = "adopt"  // give the entry UID the identity NewUID
	Move   Kind = "move"   // to Parent and Name
	Delete Kind = "delete" // the entry and, of a folder, all below it that no Move took out
	Mkdir  Kind = "mkdir"
	Create Kind = "create" // a file
	Update Kind = "update" // its content, MTime and Exec
	Meta   Kind = "meta"   // MTime and Exec alone
)

// Op is one step of a plan. All moves are lifted out before deletes, and placed after them.
type Op struct {
	Kind   Kind
	UID    UID
	NewUID UID // of Adopt
	Parent UID // zero: the root folder of the tree
	Name   string
	Root   cid.Cid // of a file
	Size   int64
	MTime  time.Time
	Exec   bool
	Folder bool
	Below  int64 // of the Delete of a folder: entries that go with it
	Was    *Was  // nil: nothing must be there
}

// Was is the state in which an Op must find its entry, after the steps of earlier kinds.
type Was struct {
	Parent UID
	Name   string
	Root   cid.Cid // of a file
	MTime  time.Time
	Exec   bool
}

// Counts are the size of a plan in entries.
type Counts struct {
	Created, Deleted, Updated, Moved int
	Entries                          int // of the tree before
}

// Plan returns the steps that turn the tree from into the tree to: adopts, moves, deletes, mkdirs from the top down,
// creates, updates, metas. A deleted folder is one step. Before and after them every name of a folder is used once.
func Plan(ctx context.Context, blocks Blocks, from, to cid.Cid) ([]Op, Counts, error) {
	panic("not yet")
}
