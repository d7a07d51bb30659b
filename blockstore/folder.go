package blockstore

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ipfs/boxo/ipld/merkledag"
	unixfsio "github.com/ipfs/boxo/ipld/unixfs/io"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	mh "github.com/multiformats/go-multihash"
)

// FolderEntry is one name of a UnixFS directory.
type FolderEntry struct {
	Name   string
	Root   cid.Cid
	Size   int64 // bytes of content of a file; 0 for a folder
	Folder bool
}

// Folder stores a UnixFS directory of entries that are in the store already.
// Like Kubo it splits a directory that would pass 256 KiB into a HAMT. Hive
// makes such directories for exports only.
func (w *Writer) Folder(ctx context.Context, entries iter.Seq2[FolderEntry, error]) (File, error) {
	dir, err := unixfsio.NewDirectory(dagService{w.store, w},
		unixfsio.WithCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: mh.SHA2_256}))
	if err != nil {
		return File{}, fmt.Errorf("folder: %w", err)
	}
	for e, err := range entries {
		if err != nil {
			return File{}, err
		}
		size, err := treeSize(ctx, w.store, e.Root)
		if err != nil {
			return File{}, fmt.Errorf("folder entry %q: %w", e.Name, err)
		}
		if err := dir.AddChild(ctx, e.Name, linked{c: e.Root, size: size}); err != nil {
			return File{}, fmt.Errorf("folder entry %q: %w", e.Name, err)
		}
	}
	node, err := dir.GetNode()
	if err != nil {
		return File{}, fmt.Errorf("folder: %w", err)
	}
	if err := w.Put(ctx, node.Cid(), node.RawData()); err != nil {
		return File{}, fmt.Errorf("folder: %w", err)
	}
	size, err := node.Size()
	return File{Root: node.Cid(), Size: int64(size)}, err
}

// ReadFolder lists a UnixFS directory, plain or split, in the order of its tree.
func (s *Store) ReadFolder(ctx context.Context, root cid.Cid) iter.Seq2[FolderEntry, error] {
	return func(yield func(FolderEntry, error) bool) {
		dag := dagService{s, nil}
		node, err := dag.Get(ctx, root)
		if err != nil {
			yield(FolderEntry{}, fmt.Errorf("folder: %w", err))
			return
		}
		dir, err := unixfsio.NewDirectoryFromNode(dag, node)
		if err != nil {
			yield(FolderEntry{}, fmt.Errorf("%w: folder %s: %v", ErrFormat, root, err))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for l := range dir.EnumLinksAsync(ctx) {
			if l.Err != nil {
				yield(FolderEntry{}, fmt.Errorf("folder %s: %w", root, l.Err))
				return
			}
			e, err := s.folderEntry(ctx, l.Link)
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// folderEntry finds out what a link of a directory leads to.
func (s *Store) folderEntry(ctx context.Context, l *ipld.Link) (FolderEntry, error) {
	e := FolderEntry{Name: l.Name, Root: l.Cid}
	data, err := s.get(ctx, l.Cid, nil)
	if err != nil {
		return e, fmt.Errorf("folder entry %q: %w", l.Name, err)
	}
	file, err := decodeFileNode(l.Cid, data)
	if errors.Is(err, errDirectory) {
		e.Folder = true
		return e, nil
	}
	if err != nil {
		return e, fmt.Errorf("folder entry %q: %w", l.Name, err)
	}
	e.Size = int64(file.size())
	return e, nil
}

// IsFolder tells whether root is a UnixFS directory.
func (s *Store) IsFolder(ctx context.Context, root cid.Cid) (bool, error) {
	e, err := s.folderEntry(ctx, &ipld.Link{Cid: root})
	return e.Folder, err
}

// treeSize returns the bytes of all blocks under root, as links of UnixFS
// directories carry them.
func treeSize(ctx context.Context, s *Store, root cid.Cid) (uint64, error) {
	data, err := s.get(ctx, root, nil)
	if err != nil {
		return 0, err
	}
	size := uint64(len(data))
	if root.Type() == cid.Raw {
		return size, nil
	}
	node, err := merkledag.DecodeProtobuf(data)
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %v", ErrFormat, root, err)
	}
	for _, l := range node.Links() {
		size += l.Size
	}
	return size, nil
}

// linked stands for a node that is in the store: a directory wants its CID and
// size only.
type linked struct {
	ipld.Node
	c    cid.Cid
	size uint64
}

func (l linked) Cid() cid.Cid          { return l.c }
func (l linked) Size() (uint64, error) { return l.size, nil }

var errReadOnly = errors.New("blockstore: read only")

// dagService shows a store to boxo's directories. Without a writer it only reads.
type dagService struct {
	store  *Store
	writer *Writer
}

func (d dagService) Get(ctx context.Context, c cid.Cid) (ipld.Node, error) {
	data, err := d.store.get(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	block, err := blocks.NewBlockWithCid(data, c)
	if err != nil {
		return nil, err
	}
	if c.Type() == cid.Raw {
		return merkledag.DecodeRawBlock(block)
	}
	node, err := merkledag.DecodeProtobufBlock(block)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %v", ErrFormat, c, err)
	}
	return node, nil
}

func (d dagService) GetMany(ctx context.Context, cids []cid.Cid) <-chan *ipld.NodeOption {
	out := make(chan *ipld.NodeOption, len(cids))
	defer close(out)
	for _, c := range cids {
		node, err := d.Get(ctx, c)
		out <- &ipld.NodeOption{Node: node, Err: err}
	}
	return out
}

func (d dagService) Add(ctx context.Context, n ipld.Node) error {
	if d.writer == nil {
		return errReadOnly
	}
	if _, ours := n.(linked); ours {
		return nil
	}
	return d.writer.Put(ctx, n.Cid(), n.RawData())
}

func (d dagService) AddMany(ctx context.Context, nodes []ipld.Node) error {
	for _, n := range nodes {
		if err := d.Add(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// Remove and RemoveMany do nothing: garbage collection does.
func (d dagService) Remove(context.Context, cid.Cid) error       { return nil }
func (d dagService) RemoveMany(context.Context, []cid.Cid) error { return nil }
