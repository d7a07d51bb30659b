package blockstore

import (
	"context"
	"fmt"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/boxo/ipld/unixfs/pb"
	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/blockstore/internal/dagcbor"
)

// fileTree is one node of a UnixFS file: bytes of its own, then its children.
type fileTree struct {
	inline   []byte
	children []link
}

// size returns the bytes of content below the node.
func (t fileTree) size() uint64 {
	n := uint64(len(t.inline))
	for _, c := range t.children {
		n += c.size
	}
	return n
}

// getter is Store.get, or what else gives verified blocks.
type getter func(ctx context.Context, c cid.Cid, dst []byte) ([]byte, error)

// readFileNode reads and decodes the node c of a file.
func readFileNode(ctx context.Context, get getter, c cid.Cid) (fileTree, error) {
	data, err := get(ctx, c, nil)
	if err != nil {
		return fileTree{}, err
	}
	t, err := decodeFileNode(c, data)
	if err != nil {
		return fileTree{}, fmt.Errorf("%w: %s", err, c)
	}
	return t, nil
}

// decodeFileNode reads any node of a UnixFS file: what Hive writes, and the
// older shapes of other tools that an import may bring.
func decodeFileNode(c cid.Cid, data []byte) (fileTree, error) {
	switch c.Type() {
	case cid.Raw:
		return fileTree{inline: data}, nil
	case cid.DagProtobuf:
	default:
		return fileTree{}, ErrUnsupported
	}
	node, err := merkledag.DecodeProtobuf(data)
	if err != nil {
		return fileTree{}, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	fs, err := unixfs.FSNodeFromBytes(node.Data())
	if err != nil {
		return fileTree{}, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	switch fs.Type() {
	case pb.Data_File, pb.Data_Raw:
	case pb.Data_Directory, pb.Data_HAMTShard:
		return fileTree{}, errDirectory
	default:
		return fileTree{}, fmt.Errorf("%w: a %s, not a file", ErrFormat, fs.Type())
	}
	links := node.Links()
	if fs.NumChildren() != len(links) {
		return fileTree{}, fmt.Errorf("%w: %d sizes for %d links", ErrFormat, fs.NumChildren(), len(links))
	}
	t := fileTree{inline: fs.Data(), children: make([]link, len(links))}
	total := uint64(len(t.inline))
	for i, l := range links {
		t.children[i] = link{cid: l.Cid, size: fs.BlockSize(i), tsize: l.Size}
		if total += fs.BlockSize(i); total > maxFile || fs.BlockSize(i) > maxFile {
			return fileTree{}, fmt.Errorf("%w: larger than any file", ErrFormat)
		}
	}
	return t, nil
}

// errDirectory says that a node is a folder where a file was asked for.
var errDirectory = fmt.Errorf("%w: a folder, not a file", ErrFormat)

const (
	maxFile  = 1 << 60 // bytes; a larger sum of sizes is an attack
	maxDepth = 32      // levels; ours has 5 at 1 PiB
	maxWalk  = 255 * 9 // blocks above each other: folders nest deeper than files, and each may be a tree
)

// Links lists the children of any node that a root may lead to. Of dag-cbor these are the CIDs under tag 42.
func Links(c cid.Cid, data []byte) ([]cid.Cid, error) {
	switch c.Type() {
	case cid.Raw:
		return nil, nil
	case cid.DagCBOR:
		children, err := dagcbor.Links(data)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %v", ErrFormat, c, err)
		}
		return children, nil
	case cid.DagProtobuf:
	default:
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, c)
	}
	node, err := merkledag.DecodeProtobuf(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFormat, c, err)
	}
	children := make([]cid.Cid, 0, len(node.Links()))
	for _, l := range node.Links() {
		children = append(children, l.Cid)
	}
	return children, nil
}
