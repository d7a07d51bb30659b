package blockstore

import (
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
)

// FuzzDecodeFileNode feeds any bytes to the parser of nodes, which other hives
// and imported CARs provide.
func FuzzDecodeFileNode(f *testing.F) {
	_, data, err := fileNode([]link{{cid: sum(cid.Raw, []byte("a")), size: 1, tsize: 1}, {cid: sum(cid.Raw, []byte("b")), size: 1, tsize: 1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(merkledag.NodeWithData(unixfs.FilePBData([]byte("inline"), 6)).RawData())
	f.Add(unixfs.EmptyDirNode().RawData())
	f.Add([]byte{0x0a, 0x02, 0x08, 0x02})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := sum(cid.DagProtobuf, data)
		tree, err := decodeFileNode(c, data)
		if err != nil {
			return
		}
		if tree.size() > maxFile {
			t.Errorf("accepted a file of %d bytes", tree.size())
		}
		children, err := Links(c, data)
		if err != nil || len(children) != len(tree.children) {
			t.Errorf("%d children as a file, %d as a node, %v", len(tree.children), len(children), err)
		}
		for off := uint64(0); off <= tree.size() && off < 100; off++ {
			stepAt(tree, off)
		}
	})
}
