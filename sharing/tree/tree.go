// Package tree is how a shared folder is put into hashes: Merkle trees of names, their nodes, edits, differences, merges
// of two hives' edits, and plans that turn one state into another.
//
// It owns the format of nodes (docs/tree.md) and the rules of merging. It knows no content of files, only their roots; no
// database, no network, no keys. Whoever calls it brings the nodes (Blocks), takes the new ones (Sink), and carries out
// the plans.
package tree

import (
	"context"
	"errors"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

// Errors of this package. They come wrapped with what they are about.
var (
	ErrNotFound = errors.New("tree: no such entry")
	ErrFormat   = node.ErrFormat
	ErrName     = node.ErrName
	ErrOrder    = node.ErrOrder
	ErrLimit    = node.ErrLimit
	ErrUnwanted = errors.New("tree: a node that nothing asked for")
)

// Limits of a tree.
const (
	MaxName    = node.MaxName    // bytes of a name
	MaxDepth   = 255             // names of a path
	MaxNode    = node.MaxBytes   // bytes of a node
	MaxItems   = node.MaxItems   // items of a node
	MaxLevel   = node.MaxLevel   // levels of nodes above those that hold entries
	MaxEntries = node.MaxEntries // entries of a tree, on all levels
)

// Types of nodes.
type (
	// UID is the identity of an entry. The zero UID is the root folder of the tree, which has no entry.
	UID = node.UID
	// Entry is a file or a folder in a folder.
	Entry = node.Entry
	// Node is one node of a tree: entries on level 0, nodes of the level below on others.
	Node = node.Node
	// Sub is a node below a node.
	Sub = node.Sub
)

// CheckName returns ErrName for what cannot be the name of an entry.
func CheckName(name string) error { return node.CheckName(name) }

// Decode reads a node. It refuses, with ErrFormat, all that Encode does not write.
func Decode(data []byte) (Node, error) { return node.Decode(data) }

// Links returns the nodes that a node leads to: of its own folder and of folders in it, not the roots of files.
func Links(data []byte) ([]cid.Cid, error) {
	n, err := node.Decode(data)
	if err != nil {
		return nil, err
	}
	return n.Links(), nil
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
