package fetch

import (
	"bufio"
	"context"
	"errors"
	"strings"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/wire"
	"github.com/melissiproject/hive/sharing/tree"
)

// sendTree sends the nodes of root that the tree from does not have, parents first. A tree that is not here any more is no
// help: then all nodes go.
func (s *Server) sendTree(ctx context.Context, root cid.Cid, from []byte, w *bufio.Writer) error {
	base, ok := castCID(from)
	if ok {
		if held, err := s.blocks.Has(ctx, base); err != nil || !held || base.Type() != cid.DagCBOR {
			base = cid.Undef
		}
	}
	var batch answer
	size := 0
	for node, err := range tree.Walk(ctx, s.blocks, base, root) {
		if err != nil {
			return err
		}
		batch.Nodes = append(batch.Nodes, node.Data)
		if size += len(node.Data); size >= nodeBatch {
			if err := wire.Write(w, batch); err != nil {
				return err
			}
			batch, size = answer{}, 0
		}
	}
	if size == 0 {
		return nil
	}
	return wire.Write(w, batch)
}

// finder looks paths up in a tree and remembers the folder it was last in, for requests come folder by folder.
type finder struct {
	blocks *blockstore.Store
	root   cid.Cid
	folder string
	names  map[string]tree.Entry
}

// find returns the root of the file that f names, or false where the tree has no such file.
func (f *finder) find(ctx context.Context, file File) (cid.Cid, bool, error) {
	want, ok := castCID(file.Root)
	if !ok || len(file.Path) == 0 || len(file.Path) > maxPath || file.Offset < 0 || file.Length < 0 {
		return cid.Undef, false, &wire.Refusal{Code: wire.Malformed, Text: "file"}
	}
	last := len(file.Path) - 1
	folder := strings.Join(file.Path[:last], "/")
	if f.names == nil || folder != f.folder {
		if err := f.enter(ctx, file.Path[:last], folder); err != nil {
			return cid.Undef, false, err
		}
	}
	e, ok := f.names[file.Path[last]]
	return want, ok && !e.Folder && e.Root.Equals(want), nil
}

// enter reads the folder at path. One that is not there has no names.
func (f *finder) enter(ctx context.Context, path []string, folder string) error {
	f.folder, f.names = folder, make(map[string]tree.Entry)
	root := f.root
	if len(path) > 0 {
		e, err := tree.At(ctx, f.blocks, f.root, path)
		if errors.Is(err, tree.ErrNotFound) || (err == nil && !e.Folder) {
			return nil
		}
		if err != nil {
			return err
		}
		root = e.Root
	}
	for e, err := range tree.List(ctx, f.blocks, root) {
		if err != nil {
			return err
		}
		f.names[e.Name] = e
	}
	return nil
}

// sendLists sends the chunk lists of files.
func (s *Server) sendLists(ctx context.Context, root cid.Cid, q request, w *bufio.Writer) error {
	f := finder{blocks: s.blocks, root: root}
	for i, file := range q.Files {
		content, ok, err := f.find(ctx, file)
		if err != nil {
			return err
		}
		if !ok {
			if err := wire.Write(w, answer{File: i, Gone: true}); err != nil {
				return err
			}
			continue
		}
		if err := s.sendList(ctx, i, content, w); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) sendList(ctx context.Context, index int, content cid.Cid, w *bufio.Writer) error {
	batch := answer{File: index}
	for leaf, err := range s.blocks.Leaves(ctx, content) {
		if errors.Is(err, blockstore.ErrNotFound) {
			return wire.Write(w, answer{File: index, NotHeld: true})
		}
		if err != nil {
			return err
		}
		if batch.Leaves = append(batch.Leaves, Leaf{CID: leaf.CID.Bytes(), Size: leaf.Size}); len(batch.Leaves) == leafBatch {
			if err := wire.Write(w, batch); err != nil {
				return err
			}
			batch = answer{File: index}
		}
	}
	return wire.Write(w, batch)
}

// part is a frame on its way to the conn, with the bytes that follow it.
type part struct {
	frame answer
	data  []byte
}

// sendContent sends the chunks of files. The next are read while one is sent.
func (s *Server) sendContent(ctx context.Context, root cid.Cid, q request, w *bufio.Writer) error {
	parts := make(chan part, readAhead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(parts)
		f := finder{blocks: s.blocks, root: root}
		for i, file := range q.Files {
			if err := s.readFile(ctx, &f, i, file, parts); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		var bytes int64
		defer func() { s.sent(q.Ref.Share, bytes) }()
		for p := range parts {
			if err := wire.Write(w, p.frame); err != nil {
				return err
			}
			if _, err := w.Write(p.data); err != nil {
				return err
			}
			bytes += int64(len(p.data))
		}
		return nil
	})
	return g.Wait()
}

// readFile reads the chunks of a file that were asked for.
func (s *Server) readFile(ctx context.Context, f *finder, index int, file File, parts chan<- part) error {
	send := func(p part) error {
		p.frame.File = index
		select {
		case parts <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	content, ok, err := f.find(ctx, file)
	if err != nil {
		return err
	}
	if !ok {
		return send(part{frame: answer{Gone: true}})
	}
	if content.Type() == cid.Raw { // the file is one chunk
		data, err := s.blocks.Get(ctx, content)
		if errors.Is(err, blockstore.ErrNotFound) {
			return send(part{frame: answer{NotHeld: true}})
		}
		if err != nil {
			return err
		}
		return send(part{frame: answer{Size: int64(len(data))}, data: data})
	}
	end := file.Offset + file.Length
	for leaf, err := range s.blocks.LeavesFrom(ctx, content, file.Offset) {
		var data []byte
		if err == nil {
			if file.Length > 0 && leaf.Offset >= end {
				return nil
			}
			data, err = s.blocks.Get(ctx, leaf.CID)
		}
		if errors.Is(err, blockstore.ErrNotFound) {
			return send(part{frame: answer{NotHeld: true}})
		}
		if err != nil {
			return err
		}
		if err := send(part{frame: answer{Size: int64(len(data))}, data: data}); err != nil {
			return err
		}
	}
	return nil
}
