// Package fetch is the protocol by which a hive reads a share from another hive that has it: the newest heads, the trees
// they name, and the content of files, always by share, head and path and never by hash alone.
//
// It owns the messages, their limits and both ends of the conversation. It does not own who may read what (the Source of
// the server decides), nor what is done with what arrives (internal/replica): a Session hands bytes on unverified.
package fetch

import (
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Protocol is the name of version 1.
const Protocol = "/hive/fetch/1.0.0"

// Limits of the protocol.
const (
	maxRequest  = 1 << 20         // bytes of a request
	maxAnswer   = 4 << 20         // bytes of a frame of an answer
	maxKnown    = 10_000          // shares compared at once
	MaxFiles    = 512             // files of one request
	maxPath     = 256             // names of a path
	maxChunk    = 2 << 20         // bytes of a chunk
	nodeBatch   = 256 << 10       // bytes of nodes in one frame, about
	leafBatch   = 4096            // leaves in one frame
	maxNodes    = 4 << 20         // nodes of a tree
	maxLeaves   = 1 << 24         // leaves of a file
	streams     = 8               // conns of one hive served at once
	idle        = 2 * time.Minute // a conn without a request is closed after this
	progress    = 30 * time.Second
	readAhead   = 4 // chunks read before they can be sent
	chunkBuffer = 1 << 20
)

// kinds of requests.
const (
	kindCompare = "compare"
	kindTree    = "tree"
	kindList    = "list"
	kindContent = "content"
)

// Ref says which state of a share is meant.
type Ref struct {
	Share    string `cbor:"share"`
	Head     uint64 `cbor:"head,omitempty"`     // number of a head
	Proposal uint64 `cbor:"proposal,omitempty"` // instead: a proposal of the asked hive; for the owner only
	Base     bool   `cbor:"base,omitempty"`     // with Proposal: what the proposal started from
}

// Known is the newest head of a share that a hive has.
type Known struct {
	Share string `cbor:"share"`
	Seq   uint64 `cbor:"seq"`
}

// File is a file, or a part of one, by its path in the tree of a Ref.
type File struct {
	Path   []string `cbor:"path"`
	Root   []byte   `cbor:"root"`             // CID; the file must be at it
	Offset int64    `cbor:"offset,omitempty"` // byte at which a chunk begins
	Length int64    `cbor:"length,omitempty"` // bytes, up to the end of a chunk
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
	Files []File  `cbor:"files,omitempty"`
}

// answer is a frame of an answer. The last one has End or Refusal. With Size, so many bytes of a chunk follow the frame.
type answer struct {
	End     bool          `cbor:"end,omitempty"`
	Refusal *wire.Refusal `cbor:"refusal,omitempty"`
	Heads   []head.Signed `cbor:"heads,omitempty"`
	Behind  []string      `cbor:"behind,omitempty"` // shares of which the asker has a newer head
	Nodes   [][]byte      `cbor:"nodes,omitempty"`
	Leaves  []Leaf        `cbor:"leaves,omitempty"`
	File    int           `cbor:"file,omitempty"` // index in the request
	Size    int64         `cbor:"size,omitempty"`
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
