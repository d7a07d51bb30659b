// Package fetch is the protocol by which a hive reads a share from another hive that has it: the newest heads, the trees
// they name, and the content of files, always by share, head and path and never by hash alone.
//
// It owns the messages, their limits and both ends of the conversation. It does not own who may read what (the Source of
// the server decides), nor what is done with what arrives (internal/replica): a Session hands bytes on unverified.
package fetch

import (
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Protocol is the name of version 1.
const Protocol = "/hive/fetch/1.0.0"

// Limits of the protocol.
const (
	maxRequest = 1 << 20         // bytes of a request
	maxAnswer  = 4 << 20         // bytes of a frame of an answer
	maxKnown   = 10_000          // shares compared at once
	MaxFiles   = 512             // files of one request
	maxPath    = 256             // names of a path
	maxChunk   = 2 << 20         // bytes of a chunk
	nodeBatch  = 256 << 10       // bytes of nodes, or of names in edits, in one frame, about
	leafBatch  = 4096            // leaves in one frame
	maxNodes   = 4 << 20         // nodes of a tree
	maxLeaves  = 1 << 24         // leaves of a file
	streams    = 8               // conns of one hive served at once
	idle       = 2 * time.Minute // a conn without a request is closed after this
	progress   = 30 * time.Second
	readAhead  = 4        // chunks read before they can be sent
	buffered   = 16 << 10 // bytes of frames read or sent at once; chunks are larger and go past the buffer

	maxRuns      = 4096      // runs of chunks in one frame
	maxBaseList  = 1 << 18   // chunks of a base whose list is compared
	maxPack      = 4 << 20   // bytes of a pack, unpacked
	packBytes    = 512 << 10 // bytes after which a pack is sent
	MaxExtents   = 4         // places of a base that one delta is to
	MaxExtent    = 4 << 20   // bytes of them
	MaxPiece     = 2 << 20   // bytes that one delta makes
	MaxSignature = 64 << 10  // bytes of a signature
	maxBases     = 64 << 20  // bytes that are compared for one request, of old and new files
)

// kinds of requests.
const (
	kindCompare = "compare"
	kindTree    = "tree"
	kindList    = "list"
	kindContent = "content"
	kindUpdate  = "update"
)

// Ref says which state of a share is meant.
type Ref struct {
	Share    string `cbor:"share"`
	Head     uint64 `cbor:"head,omitempty"`     // number of a head
	Hash     []byte `cbor:"hash,omitempty"`     // with Head: it must be that of the head
	Proposal uint64 `cbor:"proposal,omitempty"` // instead: a proposal of the asked hive; for the owner only
	Base     bool   `cbor:"base,omitempty"`     // with Proposal: what the proposal started from
}

// Known is the newest head of a share that a hive has.
type Known struct {
	Share string `cbor:"share"`
	Seq   uint64 `cbor:"seq"`
}

// Since is an older state of the share, which the asker has: answers may be differences to it.
type Since struct {
	Head uint64 `cbor:"head,omitempty"` // number of a head; 0 for what the proposal of the Ref started from
}

// File is a file, or a part of one, by its path in the tree of a Ref.
type File struct {
	Path   []string `cbor:"path,omitempty"`   // update: empty for that of the file before
	Root   []byte   `cbor:"root,omitempty"`   // CID; the file must be at it. update: may be left out
	Offset int64    `cbor:"offset,omitempty"` // byte at which a chunk begins
	Length int64    `cbor:"length,omitempty"` // bytes, up to the end of a chunk
	Skip   int64    `cbor:"skip,omitempty"`   // bytes of the first chunk that the asker has

	Plain     bool     `cbor:"plain,omitempty"`     // update: no delta
	Was       []string `cbor:"was,omitempty"`       // path in the state of Since, if it is another
	Extents   []Extent `cbor:"extents,omitempty"`   // update: of the file in that state, what a delta may be to; none: its beginning
	Signature []byte   `cbor:"signature,omitempty"` // update: of the extents, for a hive that does not have them
}

// Extent is a place in the older state of a file.
type Extent struct {
	Offset int64 `cbor:"offset,omitempty"`
	Length int64 `cbor:"length"`
}

// Run is chunks of a list as a difference to the list of the older state: Count of its chunks from First on, or new ones.
type Run struct {
	First  int    `cbor:"first,omitempty"`
	Count  int    `cbor:"count,omitempty"`
	Leaves []Leaf `cbor:"leaves,omitempty"`
}

// Leaf is a chunk of a file in its chunk list.
type Leaf struct {
	CID  []byte `cbor:"cid"`
	Size int64  `cbor:"size"`
}

type request struct {
	Kind  string  `cbor:"kind"`
	Ref   Ref     `cbor:"ref"`
	Known []Known `cbor:"known,omitempty"`
	From  []byte  `cbor:"from,omitempty"` // CID of a tree the asker has
	Since *Since  `cbor:"since,omitempty"`
	Packs bool    `cbor:"packs,omitempty"` // the answer may come in packs
	Files []File  `cbor:"files,omitempty"`
}

// answer is a frame of an answer. The last one has End or Refusal. With Size, Delta or Pack, so many bytes follow the frame.
type answer struct {
	End     bool          `cbor:"end,omitempty"`
	Refusal *wire.Refusal `cbor:"refusal,omitempty"`
	Heads   []head.Signed `cbor:"heads,omitempty"`
	Behind  []string      `cbor:"behind,omitempty"` // shares of which the asker has a newer head
	Nodes   [][]byte      `cbor:"nodes,omitempty"`
	Edits   []graft.Edit  `cbor:"edits,omitempty"` // tree: in place of nodes
	Leaves  []Leaf        `cbor:"leaves,omitempty"`
	Runs    []Run         `cbor:"runs,omitempty"` // list: in place of leaves
	File    int           `cbor:"file,omitempty"` // index in the request
	Size    int64         `cbor:"size,omitempty"`
	Skip    int64         `cbor:"skip,omitempty"`     // bytes of the chunk that are left out before those that follow
	Delta   int64         `cbor:"delta,omitempty"`    // bytes of a delta that makes all chunks asked for
	Pack    int64         `cbor:"pack,omitempty"`     // bytes of frames, with what follows them, compressed by zstd
	Full    int64         `cbor:"full,omitempty"`     // bytes of the pack when unpacked
	Unbased bool          `cbor:"unbased,omitempty"`  // the older state of the file is of no use here: a signature would be
	NotHeld bool          `cbor:"not_held,omitempty"` // the file's content is not here, or not all of it
	Gone    bool          `cbor:"gone,omitempty"`     // no such file at this path in this tree
}

func castCID(data []byte) (cid.Cid, bool) {
	if len(data) == 0 || len(data) > 64 {
		return cid.Undef, false
	}
	c, err := cid.Cast(data)
	return c, err == nil
}
