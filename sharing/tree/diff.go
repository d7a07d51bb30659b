package tree

import (
	"context"

	"github.com/ipfs/go-cid"
)

// Located is an entry and the folder it is in.
type Located struct {
	Parent UID
	Entry  Entry
}

// Change is what became of one entry.
type Change struct {
	Before, After *Located // nil: not there
}

// Changes are the differences of two trees by UID. A folder in which something changed is not itself changed.
type Changes struct {
	ByUID map[UID]Change
}

// Diff compares two trees. Subtrees that are equal are not read, also when they were moved. The undefined root is the empty
// folder.
func Diff(ctx context.Context, blocks Blocks, from, to cid.Cid) (*Changes, error) {
	panic("not yet")
}

// PathBefore returns the names that led to an entry of the changes, or nil.
func (c *Changes) PathBefore(uid UID) []string { panic("not yet") }

// PathAfter returns the names that lead to an entry of the changes, or nil.
func (c *Changes) PathAfter(uid UID) []string { panic("not yet") }
