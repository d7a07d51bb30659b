package replica

import (
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// OpKind is what an Op does.
type OpKind string

// Kinds of operations, in the order in which Apply wants them.
const (
	OpAdopt  OpKind = "adopt"  // gives the entry UID the identity NewUID
	OpMove   OpKind = "move"   // to Parent and Name
	OpDelete OpKind = "delete" // into the trash, with all below
	OpMkdir  OpKind = "mkdir"
	OpCreate OpKind = "create" // a file
	OpUpdate OpKind = "update" // its content, MTime and Exec
	OpMeta   OpKind = "meta"   // MTime and Exec alone
)

// Op is one step that Apply takes. Which fields count follows from Kind.
type Op struct {
	Kind   OpKind
	UID    space.UID // of the entry
	NewUID space.UID
	Parent space.UID // zero for Target.Folder
	Name   string
	Root   cid.Cid
	Size   int64
	MTime  time.Time
	Exec   bool
	Held   bool // whether the content is here
	Was    *Was // nil: no entry may have the UID
}

// Was is the state in which an Op must find its entry, after the steps of earlier kinds. Root, MTime and Exec are those of
// a file.
type Was struct {
	Parent space.UID
	Name   string
	Root   cid.Cid
	MTime  time.Time
	Exec   bool
}

// Target is where Apply works and in whose name.
type Target struct {
	Space  int64
	Folder int64       // nothing outside of it is touched
	Actor  space.Actor // Label says who it was where no user of this hive did it
	After  int64       // Snapshot.Seq the steps come from; a folder in which something changed since is not deleted
}

// Applied counts what Apply did.
type Applied struct {
	Done  int
	Stale int // steps that were left out, for the entry was not as expected
}
