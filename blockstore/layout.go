package blockstore

import (
	"fmt"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/boxo/ipld/unixfs/pb"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// nodeWidth is the number of links of a full node, as Kubo's default has it.
const nodeWidth = 174

// link is a child on its way into a node.
type link struct {
	cid   cid.Cid
	size  uint64 // bytes of content below
	tsize uint64 // bytes of blocks below, the child's own included
}

// layout builds a balanced UnixFS tree from leaves that come in order. It holds
// one unfinished node per level, so its memory grows with the logarithm of the
// file.
type layout struct {
	levels [][]link
	emit   func(c cid.Cid, data []byte) error // takes every finished node
}

// add appends a leaf, or on a higher level a finished node.
func (l *layout) add(level int, child link) error {
	if level == len(l.levels) {
		l.levels = append(l.levels, make([]link, 0, nodeWidth))
	}
	if len(l.levels[level]) == nodeWidth {
		if err := l.finish(level); err != nil {
			return err
		}
	}
	l.levels[level] = append(l.levels[level], child)
	return nil
}

// finish turns the links of a level into a node of the next.
func (l *layout) finish(level int) error {
	node, data, err := fileNode(l.levels[level])
	if err != nil {
		return err
	}
	l.levels[level] = l.levels[level][:0]
	if err := l.emit(node.cid, data); err != nil {
		return err
	}
	return l.add(level+1, node)
}

// root finishes what is open, bottom up. A single leaf is its own root. Without
// any leaf, after a reader that failed at once, there is no root.
func (l *layout) root() (link, error) {
	if len(l.levels) == 0 {
		return link{}, nil
	}
	for level := 0; ; level++ {
		open := l.levels[level]
		if level == len(l.levels)-1 && len(open) == 1 {
			return open[0], nil
		}
		if len(open) == 0 {
			continue
		}
		if err := l.finish(level); err != nil {
			return link{}, err
		}
	}
}

// fileNode encodes a dag-pb node of a UnixFS file over children.
func fileNode(children []link) (link, []byte, error) {
	fs := unixfs.NewFSNode(pb.Data_File)
	node := new(merkledag.ProtoNode)
	self := link{}
	for _, c := range children {
		fs.AddBlockSize(c.size)
		if err := node.AddRawLink("", &ipld.Link{Size: c.tsize, Cid: c.cid}); err != nil {
			return link{}, nil, fmt.Errorf("file node: %w", err)
		}
		self.size += c.size
		self.tsize += c.tsize
	}
	meta, err := fs.GetBytes()
	if err != nil {
		return link{}, nil, fmt.Errorf("file node: %w", err)
	}
	node.SetData(meta)
	data, err := node.EncodeProtobuf(true)
	if err != nil {
		return link{}, nil, fmt.Errorf("file node: %w", err)
	}
	self.tsize += uint64(len(data))
	self.cid = sum(cid.DagProtobuf, data)
	return self, data, nil
}
