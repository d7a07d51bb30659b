package fetch

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/tree"
)

// sendTree sends what the tree root has that the older tree then has not: as edits, or the nodes where those are too many. Of a
// tree that is not here any more there is no difference.
func (s *Server) sendTree(ctx context.Context, root, then cid.Cid, w *packer) error {
	if then.Defined() {
		edits, err := graft.Between(ctx, s.blocks, then, root)
		switch {
		case err == nil:
			return sendEdits(edits, w)
		case errors.Is(err, blockstore.ErrNotFound):
			then = cid.Undef
		case !errors.Is(err, graft.ErrMany):
			return err
		}
	}
	return s.sendNodes(ctx, root, then, w)
}

func sendEdits(edits []graft.Edit, w *packer) error {
	var batch answer
	size := 0
	for _, e := range edits {
		batch.Edits = append(batch.Edits, e)
		if size += e.Bytes(); size >= nodeBatch || len(batch.Edits) == leafBatch {
			if err := w.write(batch, nil); err != nil {
				return err
			}
			batch, size = answer{}, 0
		}
	}
	if len(batch.Edits) == 0 {
		return nil
	}
	return w.write(batch, nil)
}

// sendNodes sends the nodes of root that the tree base does not have, parents first.
func (s *Server) sendNodes(ctx context.Context, root, base cid.Cid, w *packer) error {
	var batch answer
	size := 0
	for node, err := range tree.Walk(ctx, s.blocks, base, root) {
		if err != nil {
			return err
		}
		batch.Nodes = append(batch.Nodes, node.Data)
		if size += len(node.Data); size >= nodeBatch {
			if err := w.write(batch, nil); err != nil {
				return err
			}
			batch, size = answer{}, 0
		}
	}
	if size == 0 {
		return nil
	}
	return w.write(batch, nil)
}

// spot is what lies at a path of a tree.
type spot struct {
	root cid.Cid // undefined where there is no file
	held bool    // for the share, so that it may be read
}

// find looks the paths of files up in a tree. A tree that came from another hive can name the hash of anybody's file, so what
// counts is that this hive holds the file for the share, and not that its blocks are here.
func (s *Server) find(ctx context.Context, ref Ref, root cid.Cid, files []File, path func(File) []string) ([]spot, error) {
	f := newFinder(s.blocks, root)
	spots, uids := make([]spot, len(files)), make([]tree.UID, len(files))
	roots := make(map[tree.UID]cid.Cid, len(files))
	for i, file := range files {
		e, ok, err := f.look(ctx, path(file))
		if err != nil {
			return nil, err
		}
		if ok {
			spots[i].root, uids[i], roots[e.UID] = e.Root, e.UID, e.Root
		}
	}
	if len(roots) == 0 {
		return spots, nil
	}
	held, err := s.source.Held(ctx, ref, roots)
	for i, uid := range uids {
		spots[i].held = held[uid] && roots[uid].Equals(spots[i].root) // of two with one identity only one was asked about
	}
	return spots, err
}

// missing is the answer instead of a file that is not at its place with the root that was asked for, or not held.
func (p spot) missing(file File) (instead answer, missing bool) {
	want, named := castCID(file.Root)
	if !p.root.Defined() || named && !p.root.Equals(want) {
		return answer{Gone: true}, true
	}
	return answer{NotHeld: true}, !p.held
}

// sendLists sends the chunk lists of files, as differences to those of old where the file is there.
func (s *Server) sendLists(ctx context.Context, q request, now, old []spot, w *packer) error {
	for i, file := range q.Files {
		if instead, missing := now[i].missing(file); missing {
			instead.File = i
			if err := w.write(instead, nil); err != nil {
				return err
			}
			continue
		}
		base, err := s.baseList(ctx, old[i])
		if err != nil {
			return err
		}
		if err := s.sendList(ctx, i, now[i].root, base, w); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) sendList(ctx context.Context, index int, content cid.Cid, base *places, w *packer) error {
	batch := lister{to: w, index: index, base: base}
	for leaf, err := range s.blocks.Leaves(ctx, content) {
		if Lost(err) {
			return w.write(answer{File: index, NotHeld: true}, nil)
		}
		if err != nil {
			return err
		}
		if err := batch.add(leaf); err != nil {
			return err
		}
	}
	return batch.flush()
}

// Lost tells whether an error of the store says that content is not here, or not as it was: others may have it, and a base like that
// is of no use.
func Lost(err error) bool {
	return errors.Is(err, blockstore.ErrNotFound) || errors.Is(err, blockstore.ErrFormat) || errors.Is(err, blockstore.ErrCorrupt)
}

// part is a frame on its way to the conn, with the bytes that follow it.
type part struct {
	frame  answer
	data   []byte
	buffer *[]byte // what data lies in, to be used again; may be nil
}

// buffers hold chunks on their way out, and what deltas are made of. None is nil.
var buffers = sync.Pool{New: func() any { return &[]byte{} }}

// sender takes a part of the answer.
type sender func(part) error

// sendContent sends the chunks of files, or deltas to bases where there are some. The next are read while one is sent.
func (s *Server) sendContent(ctx context.Context, q request, now []spot, bases *bases, w *packer) error {
	parts := make(chan part, readAhead)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(parts)
		for i, file := range q.Files {
			send := func(p part) error {
				p.frame.File = i
				select {
				case parts <- p:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			instead, missing := now[i].missing(file)
			var err error
			switch {
			case missing:
				err = send(part{frame: instead})
			case bases == nil || file.Plain:
				err = s.readChunks(ctx, now[i].root, file, send)
			default:
				err = s.readUpdate(ctx, now[i].root, bases, i, file, send)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		var bytes int64
		defer func() { s.sent(q.Ref.Share, bytes) }()
		for p := range parts {
			if err := w.write(p.frame, p.data); err != nil {
				return err
			}
			bytes += int64(len(p.data))
			if p.buffer != nil {
				buffers.Put(p.buffer)
			}
		}
		return nil
	})
	return g.Wait()
}

// readChunks sends the chunks of a file that were asked for. Who gets them checks them, so that they are not hashed here too.
func (s *Server) readChunks(ctx context.Context, content cid.Cid, file File, send sender) error {
	skip := file.Skip
	for chunk, err := range s.chunks(ctx, content, file) {
		buffer := buffers.Get().(*[]byte)
		if err == nil {
			*buffer, err = s.blocks.AppendUnverified(ctx, chunk, (*buffer)[:0])
		}
		if Lost(err) {
			if !errors.Is(err, blockstore.ErrNotFound) {
				s.log.Warn("content is damaged", "root", content.String(), "err", err)
			}
			return send(part{frame: answer{NotHeld: true}})
		}
		if err != nil {
			return err
		}
		data := *buffer
		if skip >= int64(len(data)) {
			skip = 0
		}
		if err := send(part{frame: answer{Size: int64(len(data)) - skip, Skip: skip}, data: data[skip:], buffer: buffer}); err != nil {
			return err
		}
		skip = 0
	}
	return nil
}

// chunks are those of the part of a file that was asked for.
func (s *Server) chunks(ctx context.Context, content cid.Cid, file File) iter.Seq2[cid.Cid, error] {
	return func(yield func(cid.Cid, error) bool) {
		if content.Type() == cid.Raw { // the file is one chunk
			yield(content, nil)
			return
		}
		end := file.Offset + file.Length
		for leaf, err := range s.blocks.LeavesFrom(ctx, content, file.Offset) {
			if err == nil && file.Length > 0 && leaf.Offset >= end {
				return
			}
			if !yield(leaf.CID, err) || err != nil {
				return
			}
		}
	}
}
