// Package node is the bytes of the nodes of trees: entries of folders, and nodes above them. docs/tree.md has the format.
//
// It owns what can be said of one node by itself. How nodes make trees is package tree's.
package node

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
	"golang.org/x/text/unicode/norm"
)

// Errors of this package. They come wrapped with what they are about.
var (
	ErrFormat = errors.New("tree: malformed tree")
	ErrName   = errors.New("tree: not a name")
	ErrOrder  = errors.New("tree: names are not in order")
	ErrLimit  = errors.New("tree: too large or too deep")
)

// Limits of nodes.
const (
	MaxName    = 255       // bytes of a name
	MaxBytes   = 1 << 20   // of a node
	MaxItems   = 1024      // of a node
	MaxLevel   = 8         // levels of nodes above those that hold entries
	MaxEntries = 1_000_000 // entries below a node, on all levels
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

const (
	version  = 1
	maxSize  = 1 << 53 // bytes of a file
	cidSize  = 2 + 2 + sha256.Size
	closeOne = 128 // one name in so many ends its node
)

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

// CheckName returns ErrName for what cannot be the name of an entry.
func CheckName(name string) error {
	bad := name == "" || name == "." || name == ".." || len(name) > MaxName || !utf8.ValidString(name) ||
		strings.ContainsRune(name, '/') || strings.ContainsFunc(name, unicode.IsControl) || !norm.NFC.IsNormalString(name)
	if bad {
		return fmt.Errorf("%w: %.80q", ErrName, name)
	}
	return nil
}

// isFile tells whether c can be the root of a file.
func isFile(c cid.Cid) bool { return is(c, cid.Raw) || is(c, cid.DagProtobuf) }

// IsNode tells whether c can be a node.
func IsNode(c cid.Cid) bool { return is(c, cid.DagCBOR) }

func is(c cid.Cid, codec byte) bool {
	key := c.KeyString()
	return len(key) == cidSize && key[0] == 1 && key[1] == codec && key[2] == mh.SHA2_256 && key[3] == sha256.Size
}

// Sum returns the CID of a node.
func Sum(data []byte) cid.Cid {
	d := sha256.Sum256(data)
	key := make(mh.Multihash, 0, 2+sha256.Size)
	key = append(append(key, mh.SHA2_256, sha256.Size), d[:]...)
	return cid.NewCidV1(cid.DagCBOR, key)
}

// Closes tells whether a name ends its node on that level.
func Closes(level int, name string) bool {
	d := sha256.Sum256([]byte(name))
	return d[level]%closeOne == 0
}

// check returns what is wrong with an entry by itself.
func (e Entry) check() error {
	if err := CheckName(e.Name); err != nil {
		return err
	}
	switch {
	case e.UID == UID{}:
		return fmt.Errorf("%w: %q has no UID", ErrFormat, e.Name)
	case e.Size < 0 || e.Size > maxSize:
		return fmt.Errorf("%w: %q has size %d", ErrFormat, e.Name, e.Size)
	case e.Folder && (!IsNode(e.Root) || e.MTime != 0 || e.Exec || e.Size > MaxEntries):
		return fmt.Errorf("%w: %q is not like a folder", ErrFormat, e.Name)
	case !e.Folder && !isFile(e.Root):
		return fmt.Errorf("%w: %q has root %s", ErrFormat, e.Name, e.Root)
	}
	return nil
}

// Count is how many entries there are with e, on all levels.
func (e Entry) Count() int64 {
	if e.Folder {
		return 1 + e.Size
	}
	return 1
}

// Len is the number of items.
func (n Node) Len() int { return len(n.Entries) + len(n.Subs) }

// Count is how many entries there are below n, on all levels.
func (n Node) Count() int64 {
	var total int64
	for _, e := range n.Entries {
		total += e.Count()
	}
	for _, s := range n.Subs {
		total += s.Entries
	}
	return total
}

// Key returns the name by which item i is sorted.
func (n Node) Key(i int) string {
	if n.Level > 0 {
		return n.Subs[i].Last
	}
	return n.Entries[i].Name
}

// Last returns the greatest name in n, "" of an empty node.
func (n Node) Last() string {
	if n.Len() == 0 {
		return ""
	}
	return n.Key(n.Len() - 1)
}

// Closed tells whether nothing may follow in n.
func (n Node) Closed() bool {
	return n.Len() == MaxItems || n.Len() > 0 && Closes(n.Level, n.Last())
}

// check returns what is wrong with a node by itself.
func (n Node) check() error {
	items := n.Len()
	switch {
	case n.Level < 0 || n.Level > MaxLevel:
		return fmt.Errorf("%w: level %d", ErrFormat, n.Level)
	case items > MaxItems || n.Level > 0 && (items == 0 || len(n.Entries) > 0) || n.Level == 0 && len(n.Subs) > 0:
		return fmt.Errorf("%w: %d items on level %d", ErrFormat, items, n.Level)
	}
	for i := range items {
		if i > 0 && n.Key(i-1) >= n.Key(i) {
			return fmt.Errorf("%w: %.80q after %.80q", ErrOrder, n.Key(i), n.Key(i-1))
		}
		if n.Level == 0 {
			if err := n.Entries[i].check(); err != nil {
				return err
			}
		} else if s := n.Subs[i]; !IsNode(s.Node) || s.Entries < 1 || s.Entries > MaxEntries || CheckName(s.Last) != nil {
			return fmt.Errorf("%w: item %d", ErrFormat, i)
		}
		if i < items-1 && Closes(n.Level, n.Key(i)) {
			return fmt.Errorf("%w: goes on after %.80q", ErrFormat, n.Key(i))
		}
	}
	if n.Count() > MaxEntries {
		return fmt.Errorf("%w: %d entries", ErrLimit, n.Count())
	}
	return nil
}

// Encode returns the bytes of a node.
func (n Node) Encode() ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, 16+n.Len()*128)
	b = append(b, majorArray|3, version, byte(n.Level))
	b = appendHead(b, majorArray, uint64(n.Len()))
	for _, e := range n.Entries {
		b = e.append(b)
	}
	for _, s := range n.Subs {
		b = appendText(append(b, majorArray|3), s.Last)
		b = appendLink(b, s.Node)
		b = appendInt(b, s.Entries)
	}
	return b, nil
}

func (e Entry) append(b []byte) []byte {
	b = appendText(append(b, majorArray|7), e.Name)
	if e.Folder {
		b = appendLink(appendInt(b, 1), e.Root)
	} else {
		b = appendBytes(appendInt(b, 0), e.Root.Bytes())
	}
	b = appendInt(appendInt(b, e.Size), e.MTime)
	return appendBytes(appendBool(b, e.Exec), e.UID[:])
}

// Decode reads a node. It refuses, with ErrFormat, all that Encode does not write.
func Decode(data []byte) (Node, error) {
	if len(data) > MaxBytes {
		return Node{}, fmt.Errorf("%w: a node of %d bytes", ErrLimit, len(data))
	}
	d := decoder{data: data}
	d.array(3)
	if v := d.uint(math.MaxUint8); v != version {
		d.fail("another version")
	}
	n := Node{Level: int(d.uint(MaxLevel))}
	_, items := d.head(majorArray, majorArray)
	if items > MaxItems {
		d.fail("too many items")
	}
	for range items {
		if d.err != nil {
			break
		}
		if n.Level == 0 {
			n.Entries = append(n.Entries, d.entry())
		} else {
			d.array(3)
			n.Subs = append(n.Subs, Sub{d.text(MaxName), d.link(), int64(d.uint(MaxEntries))})
		}
	}
	if len(d.data) > 0 {
		d.fail("bytes after the end")
	}
	if d.err != nil {
		return Node{}, d.err
	}
	if err := n.check(); err != nil {
		return Node{}, malformed(err)
	}
	return n, nil
}

// malformed makes an error of what is wrong with values one of what came from outside.
func malformed(err error) error { return fmt.Errorf("%w: %w", ErrFormat, err) }

func (d *decoder) entry() Entry {
	d.array(7)
	e := Entry{Name: d.text(MaxName), Folder: d.uint(1) == 1}
	if e.Folder {
		e.Root = d.link()
	} else {
		e.Root = d.cid(d.bytes(cidSize), isFile)
	}
	e.Size = int64(d.uint(maxSize))
	e.MTime = d.int()
	e.Exec = d.bool()
	copy(e.UID[:], d.bytes(uint64(len(e.UID))))
	return e
}

// Links returns the nodes that a node leads to: of its own folder and of folders in it, not the roots of files.
func (n Node) Links() []cid.Cid {
	var list []cid.Cid
	for _, e := range n.Entries {
		if e.Folder {
			list = append(list, e.Root)
		}
	}
	for _, s := range n.Subs {
		list = append(list, s.Node)
	}
	return list
}
