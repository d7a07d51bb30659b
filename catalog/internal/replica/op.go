package replica

import (
	"fmt"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog/internal/names"
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
	Held   bool // the caller got the content, and has its writer open; else it is here if a step finds an entry that has it
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
	After  int64       // Snapshot.Seq the steps come from: a folder in which something changed since is not deleted
}

// Applied counts what Apply did.
type Applied struct {
	Done  int
	Stale int // steps that were left out, for the entry was not as expected
}

// Limits of what other hives may say.
const (
	maxSize = 1 << 53 // bytes of a file
	maxRoot = 128     // bytes of a CID
)

// check refuses what no plan holds. Ops come from other hives.
func (op *Op) check() error {
	fail := func(why string) error {
		return fmt.Errorf("%w: %s %x %q: %s", space.ErrOp, op.Kind, op.UID, names.Clip(op.Name), why)
	}
	if op.UID == (space.UID{}) {
		return fail("no UID")
	}
	switch op.Kind {
	case OpAdopt:
		if op.NewUID == (space.UID{}) {
			return fail("no new UID")
		}
	case OpMove, OpMkdir, OpCreate:
		if err := names.Valid(op.Name); err != nil {
			return fail(err.Error())
		}
		if op.Parent == op.UID {
			return fail("in itself")
		}
	case OpDelete, OpUpdate, OpMeta:
	default:
		return fail("unknown kind")
	}
	if fresh := op.Kind == OpMkdir || op.Kind == OpCreate; fresh != (op.Was == nil) {
		return fail("wrong precondition")
	}
	if op.Kind != OpCreate && op.Kind != OpUpdate {
		return nil
	}
	if !op.Root.Defined() || op.Root.ByteLen() > maxRoot || op.Size < 0 || op.Size > maxSize {
		return fail("no content")
	}
	return nil
}

// batchSize is how many steps one transaction takes. SQLite takes no more than 1,000 conditions in a row (taken).
const batchSize = space.StepRows

// batch is the steps of one transaction. A structural one is done whole or not at all.
type batch struct {
	ops        []*Op
	structural bool
}

// split checks steps and puts them into transactions, and sums up the bytes they bring.
func split(ops []Op) (batches []batch, bytes int64, err error) {
	needed := make(map[space.UID]bool) // folders that moves lead into
	var first, rest []*Op
	last := -1
	for i := range ops {
		op := &ops[i]
		if err := op.check(); err != nil {
			return nil, 0, err
		}
		if rank(op.Kind) < last {
			return nil, 0, fmt.Errorf("%w: %s after a later kind", space.ErrOp, op.Kind)
		}
		last = rank(op.Kind)
		if op.Kind == OpMove {
			needed[op.Parent] = true
		}
		if op.Kind != OpCreate && op.Kind != OpUpdate {
			continue
		}
		if bytes += op.Size; bytes < 0 || bytes > 1<<60 {
			return nil, 0, fmt.Errorf("%w: too many bytes", space.ErrOp)
		}
	}
	for i := len(ops) - 1; i >= 0; i-- { // folders come before what is in them
		if op := &ops[i]; op.Kind == OpMkdir && needed[op.UID] {
			needed[op.Parent] = true
		}
	}
	for i := range ops {
		op := &ops[i]
		if op.Kind == OpAdopt || op.Kind == OpMove || op.Kind == OpDelete || (op.Kind == OpMkdir && needed[op.UID]) {
			first = append(first, op)
		} else {
			rest = append(rest, op)
		}
	}
	if len(first) > 0 {
		batches = append(batches, batch{first, true})
	}
	for len(rest) > batchSize {
		batches, rest = append(batches, batch{rest[:batchSize], false}), rest[batchSize:]
	}
	if len(rest) > 0 || len(batches) == 0 {
		batches = append(batches, batch{rest, false})
	}
	return batches, bytes, nil
}

// rank is where a kind stands in a plan.
func rank(kind OpKind) int {
	for i, k := range []OpKind{OpAdopt, OpMove, OpDelete, OpMkdir, OpCreate, OpUpdate, OpMeta} {
		if k == kind {
			return i
		}
	}
	return -1
}
