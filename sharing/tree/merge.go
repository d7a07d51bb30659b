package tree

import (
	"context"
	"time"

	"github.com/ipfs/go-cid"
)

// MergeInput is what a merge is made of. An undefined root is the empty folder.
type MergeInput struct {
	Base, Ours, Theirs cid.Cid   // Ours decides where both changed the same
	By                 string    // who made theirs, for the names of conflict copies
	Date               time.Time // for the names of conflict copies; decides nothing
}

// Merged is the outcome of a merge.
type Merged struct {
	Root      cid.Cid
	Entries   int64
	Conflicts []Conflict
}

// Conflict is an entry of theirs that could not have its name.
type Conflict struct {
	UID    UID    // of the entry
	Copy   UID    // of the copy, where the entry keeps our content; else UID
	Parent UID    // where it is now
	Name   string // what it was to be called
	As     string // what it is called
}

// Merge puts the changes from base to theirs into ours. The same input gives the same root; docs/tree.md has the rules.
func Merge(ctx context.Context, blocks Blocks, sink Sink, in MergeInput) (Merged, error) {
	panic("not yet")
}
