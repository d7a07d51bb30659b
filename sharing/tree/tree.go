// Package tree is how a shared folder is put into hashes: Merkle trees of names, their nodes, edits, differences, merges
// of two hives' edits, and plans that turn one state into another.
//
// It owns the format of nodes (docs/tree.md) and the rules of merging. It knows no content of files, only their roots; no
// database, no network, no keys. Whoever calls it brings the nodes (Blocks), takes the new ones (Sink), and carries out
// the plans.
package tree

import (
	"context"
	"encoding/hex"
	"errors"

	"github.com/ipfs/go-cid"
)

// Errors of this package. They come wrapped with what they are about.
var (
	ErrNotFound = errors.New("tree: no such entry")
	ErrFormat   = errors.New("tree: malformed tree")
	ErrName     = errors.New("tree: not a name")
	ErrOrder    = errors.New("tree: names are not in order")
	ErrLimit    = errors.New("tree: too large or too deep")
	ErrUnwanted = errors.New("tree: a node that nothing asked for")
)

// Limits of a tree.
const (
	MaxName    = 255       // bytes of a name
	MaxDepth   = 255       // names of a path
	MaxNode    = 1 << 20   // bytes of a node
	MaxItems   = 1024      // items of a node
	MaxLevel   = 8         // levels of nodes above those that hold entries
	MaxEntries = 1_000_000 // entries of a tree, on all levels
)

// UID is the identity of an entry. It stays when the entry is renamed or moved, and is the same on all hives. The zero UID
// is the root folder of the tree, which has no entry.
type UID [16]byte

// String returns the UID in hexadecimal.
func (u UID) String() string { return hex.EncodeToString(u[:]) }

// Entry is a file or a folder in a folder.
type Entry struct {
	UID    UID
	Name   string  // in NFC
	Folder bool    // else a file
	Root   cid.Cid // of a file its UnixFS root, of a folder its tree
	Size   int64   // of a file its bytes; of a folder the entries below it, on all levels
	MTime  int64   // ns since 1970, 0 for a folder
	Exec   bool    // never for a folder
}

// Folder is what a folder's entry must say of the tree below it.
type Folder struct {
	Root    cid.Cid
	Entries int64 // on all levels
}

// Entry returns the entry of the folder under a name.
func (f Folder) Entry(uid UID, name string) Entry {
	return Entry{UID: uid, Name: name, Folder: true, Root: f.Root, Size: f.Entries}
}

// Blocks gives nodes; *blockstore.Store has it. What it gives is taken for verified.
type Blocks interface {
	Get(ctx context.Context, c cid.Cid) ([]byte, error)
}

// Sink takes nodes; *blockstore.Writer has it.
type Sink interface {
	Put(ctx context.Context, c cid.Cid, data []byte) error
}

// Slot says what a name shall hold.
type Slot struct {
	Name  string
	Entry *Entry // nil: nothing
}

// Block is a node as it travels.
type Block struct {
	CID  cid.Cid
	Data []byte
}
