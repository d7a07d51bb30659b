package tree

import "github.com/ipfs/go-cid"

// Node is one node of a tree: entries on level 0, nodes of the level below on others.
type Node struct {
	Level   int
	Entries []Entry
	Subs    []Sub
}

// Sub is a node below a node.
type Sub struct {
	Last    string // greatest name below it
	Node    cid.Cid
	Entries int64 // on all levels
}

// Decode reads a node. It refuses, with ErrFormat, all that Encode does not write.
func Decode(data []byte) (Node, error) { panic("not yet") }

// Encode returns the bytes of a node.
func (n Node) Encode() ([]byte, error) { panic("not yet") }

// Links returns the nodes that a node leads to: of its own folder and of folders in it, not the roots of files.
func Links(data []byte) ([]cid.Cid, error) { panic("not yet") }
